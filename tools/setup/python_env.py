"""The project's own Python in `.venv`, with packages pinned by hash in requirements/*.txt, a list for each need."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.common import paths, progress, stamps
from tools.common.progress import SetupError

LISTS = paths.ROOT / "requirements"
SETUP, HTTPS, NATIVE = "setup.txt", "https.txt", "native.txt"
TEST, EVALUATE, TRACKING, NODE = "test.txt", "evaluate.txt", "tracking.txt", "node.txt"

# Bytes that all of set-up takes. Asked for at the start: on a disk that is nearly full Python's compiler cuts off
# its files without an error, and pip doesn't notice.
ROOM = 700_000_000

# There while pip installs. If it is there later, pip was stopped half-way (a full disk, a lost machine), and can
# itself not tell a half-written package from a whole one: then .venv is made anew.
UNFINISHED = paths.VENV / "unfinished"


def python() -> Path:
    """The interpreter of `.venv`."""
    return paths.VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def active() -> bool:
    """Is this process running under `.venv` already?"""
    return Path(sys.prefix).resolve() == paths.VENV.resolve()


def continue_inside(arguments: Sequence[str]) -> None:
    """Replace this process by the same command under `.venv`'s Python. Does not return."""
    sys.stdout.flush()
    command = [str(python()), "-m", "tools", *arguments]
    if os.name == "nt":  # there, exec detaches from the terminal
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


def ensure() -> None:
    """Make `.venv` and install what set-up needs."""
    if not active():
        create = stamps.Stamp("venv", [sys.version, str(paths.VENV)])
        if UNFINISHED.exists():
            create.file.unlink(missing_ok=True)
        stamps.run_once(create, "Python environment", _create)
    elif UNFINISHED.exists():
        raise SetupError(
            "The Python environment .venv is unfinished, and can't be made anew by its own Python. Run the command "
            "with the Python that it was made with: python3 -m tools."
        )
    install(SETUP, "Python packages")


def install(requirements: str, title: str) -> bool:
    """Install a locked list into `.venv`; say whether there was anything to do."""
    locked = LISTS / requirements
    stamp = stamps.Stamp(f"python-{locked.stem}", [locked, sys.version, str(paths.VENV)])
    return stamps.run_once(stamp, title, lambda step: _install(locked, step))


def _create(step: progress.Step) -> list[Path]:
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise SetupError(
            f"This Python ({sys.executable}) can't make virtual environments: its venv or ensurepip module "
            "is missing. Install it (Debian and Ubuntu: apt-get install python3-venv) and run the command "
            "again."
        )
    free = shutil.disk_usage(paths.VENV.parent).free
    if free < ROOM:
        raise SetupError(
            f"Set-up needs about {progress.readable(ROOM)} of disk, and {progress.readable(free)} are free. Free "
            "some and run the same command again."
        )
    command = [sys.executable, "-m", "venv", "--clear", str(paths.VENV)]
    run(command, "Making the Python environment .venv failed")
    config = paths.VENV / "pyvenv.cfg"
    step.add(config)
    return [config, python()]


def _install(requirements: Path, step: progress.Step) -> list[Path]:
    command = [str(python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", str(requirements)]
    UNFINISHED.touch()
    run(command, f"Installing the Python packages of {requirements.name} failed")
    UNFINISHED.unlink()
    # A package's RECORD lists its files: if it is there with its size, nobody took the package away.
    lines = requirements.read_text("utf-8").splitlines()
    names = {
        line.split("==")[0].lower().replace("-", "_").replace(".", "_") for line in lines if "==" in line
    }
    records = [
        record
        for record in sorted(paths.VENV.glob("lib/python*/site-packages/*.dist-info/RECORD"))
        if record.parent.name.split("-")[0].lower().replace(".", "_") in names
    ]
    for record in records:
        for line in record.read_text("utf-8").splitlines():
            size = line.rpartition(",")[2]
            step.add(int(size) if size.isdigit() else 0)
    return records


def run(command: Sequence[str], failed: str, cwd: Path | None = None, limit: float | None = None) -> str:
    """Run a command quietly and give its output back; if it fails, say `failed` and its last words.

    limit: seconds that it may take.
    """
    try:
        result = subprocess.run(
            command, cwd=cwd or paths.ROOT, capture_output=True, text=True, check=False, timeout=limit
        )
    except subprocess.TimeoutExpired as error:
        raise SetupError(f"{failed}: it had not ended after {limit:.0f} seconds.") from error
    if result.returncode == 0:
        return result.stdout
    raise SetupError(explain(failed, result.stderr.strip() or result.stdout.strip()))


def explain(failed: str, said: str) -> str:
    """One paragraph for a failed command, from what it said."""
    lower = said.lower()
    if "no space left" in lower or "enospc" in lower or "errno 28" in lower:
        return progress.disk_full(failed)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("ERROR:", "npm error"))]
    text = " ".join((errors or lines)[-5:])
    if "do not match the hashes" in lower or "eintegrity" in lower:
        advice = "What was downloaded is not what the lock file expects, so it was not installed."
    else:
        advice = (
            "If the network was down, or a proxy or mirror has to be set (pip's and npm's own settings are "
            "used), mend that."
        )
    again = "Then run the same command again: it goes on from where it stopped."
    return f"{failed}. {advice} {again} It said: {text}"
