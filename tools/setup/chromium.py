"""Find a Chrome or Chromium for the browser tests, or install Debian's where that is allowed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tools.common import progress
from tools.common.progress import SetupError
from tools.setup import python_env

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# WebGPU and WebGL where there is no GPU: right, and slow.
SOFTWARE_GPU = (
    "--enable-unsafe-webgpu",
    "--use-webgpu-adapter=swiftshader",
    "--enable-features=Vulkan",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)
MAC_APPLICATIONS = ("Google Chrome", "Chromium")
PLAYWRIGHT = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)


def find(environment: Mapping[str, str] = os.environ, home: Path | None = None) -> Path | None:
    """The first browser found: $CHROME, the commands, macOS's applications, Playwright's downloads; or None.

    A $CHROME that can't be run is an error, not a reason to look elsewhere: somebody meant that one.
    """
    wanted = environment.get("CHROME")
    if wanted:
        path = shutil.which(wanted, path=environment.get("PATH"))
        if path is None:
            raise SetupError(
                f"CHROME={wanted} is not a program that can be run. Unset it, or name a Chrome or Chromium."
            )
        return Path(path)
    return next(_places(environment, home or Path.home()), None)


def _places(environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    for command in COMMANDS:
        path = shutil.which(command, path=environment.get("PATH"))
        if path:
            yield Path(path)
    for folder in (Path("/Applications"), home / "Applications"):
        for name in MAC_APPLICATIONS:
            program = folder / f"{name}.app/Contents/MacOS/{name}"
            if program.is_file():
                yield program
    caches = [home / ".cache/ms-playwright", home / "Library/Caches/ms-playwright"]
    if environment.get("PLAYWRIGHT_BROWSERS_PATH"):
        caches.insert(0, Path(environment["PLAYWRIGHT_BROWSERS_PATH"]))
    for cache in caches:
        for pattern in PLAYWRIGHT:
            # the highest build number last, so look from the end
            for program in sorted(cache.glob(pattern), reverse=True):
                if os.access(program, os.X_OK):
                    yield program


def ensure() -> Path:
    """A browser: found, or installed by apt-get as root or by sudo without a password; else `SetupError`."""
    found = find()
    if found:
        return found
    apt = apt_command()
    if apt:
        with progress.step("Chromium, by apt-get"):
            apt_install(apt, ["chromium"])
        found = find()
    if found:
        return found
    raise SetupError(
        "The tests need Chrome or Chromium, and none was found. Install one (Debian: apt-get install "
        "chromium; macOS: brew install --cask chromium; anywhere: .venv/bin/python -m playwright install "
        "chromium), or name yours: CHROME=/path/to/chrome make test."
    )


def apt_install(apt: Sequence[str], packages: Sequence[str]) -> None:
    """Install Debian's packages by `apt`, an `apt_command()`. Raises SetupError."""
    python_env.run([*apt, "update"], "apt-get update failed")
    install = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    python_env.run(install, f"Installing Debian's {' '.join(packages)} failed")


def apt_command() -> list[str]:
    """How to run apt-get here with the right to install, or []."""
    if not sys.platform.startswith("linux") or not shutil.which("apt-get"):
        return []
    if os.geteuid() == 0:
        return ["apt-get"]
    if not shutil.which("sudo"):
        return []
    allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    return ["sudo", "-n", "apt-get"] if allowed else []
