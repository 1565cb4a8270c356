"""Another version of onnxruntime-web: fetch it, find out which of our changes fit it, and go without the others.

`python3 -m tools update-runtime VERSION`. Each piece (fits.py) is made and tested together with those before it:
tests/tools/runtime compares what comes out with what the build computes as it comes. What fails is off for that
version, and set-up leaves it out. Only a file that the page names cannot be left out: without it nothing changes.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Collection, Sequence

from tools.common import files, paths
from tools.common.progress import SetupError
from tools.runtime import fits, trim
from tools.runtime.kernels import patch
from tools.runtime.snapshot import build as snapshot
from tools.runtime.trim import shorten
from tools.setup import npm, python_env, vendoring
from tools.setup import steps as setup

NAME = "onnxruntime-web"
PACKAGE = paths.NODE_MODULES / NAME
WRITTEN = (paths.ROOT / "package.json", paths.ROOT / "package-lock.json", fits.TABLE, shorten.KEPT)
TESTS = {
    fits.GEMM: "test_kernels.py",
    fits.DEPTHWISE: "test_kernels.py",
    fits.TRIM: "test_trim.py",
    fits.SNAPSHOT: "test_snapshot.py",
}
WITHOUT = {
    fits.GEMM: "pictures take longer (tools/runtime/kernels/patch.py looks for the functions)",
    fits.DEPTHWISE: "pictures take longer (tools/runtime/kernels/patch.py looks for the function)",
    fits.TRIM: "a visitor fetches 1.7 MB more (tools/runtime/trim)",
    fits.SNAPSHOT: "the first box comes later (tools/runtime/snapshot)",
}


def run(arguments: Sequence[str]) -> int:
    """The command. Raises SetupError where that version cannot be had or lacks a file; then all is as it was."""
    if len(arguments) != 1 or not re.fullmatch(r"\w[\w.-]*", arguments[0]):
        raise SetupError(f"Say which version: python3 -m tools update-runtime {fits.version()}")
    setup.models()
    python_env.install(python_env.TEST, "Python packages for the tests")
    before, kept = fits.version(), {path: path.read_bytes() for path in WRITTEN}
    try:
        set_version(arguments[0])
        npm.ensure(tests=False)
        said = [("file names", files_are_there()), ("licence", licence()), *try_all(fits.version())]
    except BaseException:
        for path, content in kept.items():
            files.write(path, content)
        print(f"{NAME} stays at {before}. The next set-up fetches that again.")
        raise
    print(f"\n{NAME} {fits.version()}, after {before}:")
    for what, words in said:
        print(f"  {what:<10}  {words}")
    print(f"\n{advice(fits.pieces())}")
    return 0


def set_version(wanted: str) -> None:
    """Write an exact version into package.json and its lock. Raises SetupError."""
    command = [npm.npm_path(), "install", "--package-lock-only", "--save-exact", f"{NAME}@{wanted}"]
    python_env.run(
        [*command, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        f"Asking npm for {NAME} {wanted} failed (npm view {NAME} versions lists them)",
    )


def files_are_there() -> str:
    """Whether the package has all files that set-up copies and web/ and detector/ ask for. Raises SetupError."""
    source, names = vendoring.COPIED["ort"]
    missing = [name for name in names if not (paths.NODE_MODULES / source / name).is_file()]
    if missing:
        raise SetupError(
            f"{NAME} {fits.version()} has no {', '.join(missing)}. These names stand in tools/setup/vendoring.py, "
            "detector/browser/network/runtime.py, web/ and tools/serve/generated.py: the page cannot go without them. "
            "Write the new ones there and run the same command again, or stay at the version before."
        )
    return f"all {len(names)} are there"


def licence() -> str:
    """Whether its terms are those that NOTICE tells of."""
    named = json.loads((PACKAGE / "package.json").read_text("utf-8"))["license"]
    brought = [path.name for path in vendoring.licences(PACKAGE)]
    notice = (paths.ROOT / "NOTICE").read_text("utf-8")
    if not re.search(rf"^  {NAME} +{re.escape(named)}\b", notice, re.MULTILINE):
        return f"now {named}, which NOTICE and tools/release/bundle/licences.py do not say: read it, and write it there"
    if brought:
        return f"{named}, now with {', '.join(brought)}: take it out of WITHOUT_LICENCE in tools/setup/vendoring.py"
    return f"{named}, as NOTICE says"


def try_all(version: str) -> list[tuple[str, str]]:
    """Make and test each piece with those before it that fit, and remember which do; (piece, what came of it)."""
    fitting, said = fits.NONE, []
    for piece in fits.PIECES:
        # Marks and snapshots read the build through the same code as the trimmed one is made with.
        words = "" if piece != fits.SNAPSHOT or fits.TRIM in fitting else "is made of a trimmed build only"
        words = words or attempt(version, fitting | {piece}, piece)
        if not words:
            fitting |= {piece}
        said.append((piece, f"off: {words}. Without it {WITHOUT[piece]}." if words else "fits"))
    lay_out(version, fitting)
    return said


def attempt(version: str, pieces: frozenset[str], piece: str) -> str:
    """Make a piece and test it; what is wrong with it, or nothing."""
    print(f"  trying {piece}", flush=True)
    try:
        prepare: dict[str, Callable[[Collection[str]], object]] = {fits.TRIM: keep_what_runs}
        prepare.get(piece, found)(pieces)
        lay_out(version, pieces)
        return failures(TESTS[piece])
    except Exception as error:  # of a build that nobody has seen: whatever it is, it can be left out
        name = "" if isinstance(error, SetupError | patch.UnknownBuildError) else f"{type(error).__name__}: "
        return name + " ".join(str(error).split()).rstrip(".")


def found(pieces: Collection[str]) -> None:
    """Raises patch.UnknownBuildError where the functions that the kernels replace are not found."""
    patch.improve((PACKAGE / "dist" / shorten.TRIMMED).read_bytes(), pieces)


def keep_what_runs(pieces: Collection[str]) -> None:
    """Write kept.txt anew, unless it is of this very build."""
    module = patch.improve((PACKAGE / "dist" / shorten.TRIMMED).read_bytes(), pieces)
    try:
        shorten.shorten(module, shorten.KEPT.read_text("utf-8"))
    except shorten.OtherBuildError:
        print(f"  {trim.find(pieces)}", flush=True)


def lay_out(version: str, pieces: frozenset[str]) -> None:
    """Make vendor/ort with these pieces, and have set-up make the same from now on."""
    fits.write(version, pieces)
    vendoring.ensure()
    snapshot.ensure()


def failures(module: str) -> str:
    """Which of a module's tests fail."""
    command = [str(python_env.python()), "-m", "pytest", "-q", "--tb=short", f"tests/tools/runtime/{module}"]
    environment = {**os.environ, "NODE": npm.node_path()}
    done = subprocess.run(
        command, cwd=paths.ROOT, env=environment, capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if done.returncode and not lines:
        lines = (done.stdout + done.stderr).splitlines()[-3:]
    return "; ".join(" ".join(line.split()) for line in lines)


def advice(pieces: frozenset[str]) -> str:
    """What to do next."""
    off = [piece for piece in fits.PIECES if piece not in pieces]
    all_or_some = (
        f"Off for this version: {', '.join(off)}. The page is slower for it, and right. docs/updating.md says more."
        if off
        else "All of it fits."
    )
    return f"{all_or_some} Next: make test, then make bench, then commit what git status shows."
