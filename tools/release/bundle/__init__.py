"""`make bundle`: the page as a zip that any static host can serve, dist/onlooker-VERSION.zip.

Beside it come what others' pages and programs use of it, which is in the zip too: see tools/release/packages.py; and
the whole product as a Python distribution and as an npm package: tools/release/distribution.py and npm_package.

The same files give the same zip, byte for byte: names in order, no times, one mode.

    path = build()
    check(path)
"""

import hashlib
import stat
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from detector.version import VERSION
from tools.common import files, paths, progress
from tools.common.progress import SetupError
from tools.release import npm_package, packages
from tools.release.bundle import contents
from tools.serve import content, precompressed
from tools.setup import npm, python_env

DIST = paths.ROOT / "dist"
NAME = f"onlooker-{VERSION}"
SUMS = "SHA256SUMS"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
PACKED = (*precompressed.ALREADY_SMALL, ".br")
ZIP_LEVEL = 6


def run(arguments: Sequence[str]) -> int:
    """Write the bundle, or with `--check` compare the one that is there with its checksums."""
    path = DIST / f"{NAME}.zip"
    if "--check" in arguments:
        print(f"{shown(path)}: {check(path)} files, all as in {SUMS}")
        return 0
    from tools.release import distribution, one_file  # which have the licences from here

    python_env.install(python_env.NATIVE, "Python packages for the network in CPython")  # its licences
    npm.ensure(tests=False)  # the licences; what the page needs of node_modules is in vendor/ already
    build()
    with progress.step("wheel") as step:
        step.add(distribution.write(DIST / distribution.NAME))
    others = [DIST / Path(name).name for name in (*packages.MAKERS, npm_package.NAME, distribution.NAME)]
    for made in (path, *others, one_file.build(DIST)):
        print(f"{shown(made)}  {progress.readable(made.stat().st_size)}")
    return 0


def shown(path: Path) -> str:
    """A path as the command line shows it."""
    return str(path.relative_to(paths.ROOT) if path.is_relative_to(paths.ROOT) else path)


def build(folder: Path = DIST) -> Path:
    """Write the zip and the packages into `folder`; give the zip's path. It holds one folder, onlooker-VERSION/."""
    target = folder / f"{NAME}.zip"
    with progress.step("bundle") as step:
        found = contents.everything()
        write(target, found)
        step.add(target)
        more = folder / f"{NAME}-webgl.zip"
        write(more, contents.webgl(content.listing(paths.ROOT)), f"{SUMS}.webgl")
        step.add(more)
        step.add(npm_package.write(folder / npm_package.NAME, found))
        for name in packages.MAKERS:
            step.add(files.write(folder / Path(name).name, found[name]))
    return target


def write(target: Path, found: Mapping[str, bytes], listed: str = SUMS) -> None:
    """Put files and the list of their checksums into a zip."""
    found = {**found, listed: sums(found)}
    with files.replacing(target) as stream, zipfile.ZipFile(stream, "w") as archive:
        for name in sorted(found):
            entry = zipfile.ZipInfo(f"{NAME}/{name}", EPOCH)
            entry.create_system = 3  # Unix, wherever it is made: the mode below is Unix' own
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            packed = PurePosixPath(name).suffix in PACKED
            entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            archive.writestr(entry, found[name], compresslevel=ZIP_LEVEL)


def sums(found: Mapping[str, bytes]) -> bytes:
    """What `sha256sum --check` reads: hash, two spaces, name."""
    lines = [f"{hashlib.sha256(found[name]).hexdigest()}  {name}\n" for name in sorted(found)]
    return "".join(lines).encode()


def check(path: Path) -> int:
    """Compare a zip with its own checksums; give the number of files. Raises `SetupError` naming what differs."""
    again = "Write it anew: python3 -m tools bundle."
    try:
        with zipfile.ZipFile(path) as archive:
            (folder,) = {name.split("/")[0] for name in archive.namelist()}
            found = {name.removeprefix(f"{folder}/"): archive.read(name) for name in archive.namelist()}
    except FileNotFoundError as error:
        raise SetupError(f"There is no {shown(path)}. {again}") from error
    except (zipfile.BadZipFile, ValueError) as error:
        raise SetupError(f"{shown(path)} is damaged ({error}). {again}") from error
    listed = found.pop(SUMS, b"").decode()
    expected = dict(line.split("  ", 1)[::-1] for line in listed.splitlines())
    different = [
        name
        for name in sorted({*found, *expected})
        if name not in found or hashlib.sha256(found[name]).hexdigest() != expected.get(name)
    ]
    if different:
        raise SetupError(
            f"In {shown(path)} these files are not those of {SUMS}: {', '.join(different)}. {again}"
        )
    return len(found)
