"""Find Firefox, WebKitGTK's MiniBrowser with its driver, and Xvfb, or install Debian's where that is allowed."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.common import progress
from tools.common.progress import SetupError
from tools.setup import chromium

ALL = ("chromium", "firefox", "webkit")
# Debian's packages, and what each is there for.
PACKAGES = ("firefox-esr", "webkit2gtk-driver", "xvfb")
FIREFOX = ("firefox-esr", "firefox")
MINI_BROWSERS = (
    "lib/*/webkit2gtk-4.1/MiniBrowser",
    "lib/*/webkitgtk-6.0/MiniBrowser",
    "libexec/webkit2gtk-4.1/MiniBrowser",
    "libexec/webkitgtk-6.0/MiniBrowser",
)


@dataclass(frozen=True)
class Engines:
    """The programs, or None for those that were not found."""

    firefox: Path | None
    webkit_driver: Path | None
    mini_browser: Path | None
    xvfb: Path | None

    def missing(self) -> list[str]:
        """Debian's names of the packages that would bring what is missing."""
        there = (self.firefox, self.webkit_driver and self.mini_browser, self.xvfb)
        return [package for package, program in zip(PACKAGES, there, strict=True) if program is None]


def chosen(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Which engines to test: all, unless $ENGINES names some of them, with commas between. Raises SetupError."""
    wanted = tuple(name.strip() for name in environment.get("ENGINES", ",".join(ALL)).split(","))
    unknown = [name for name in wanted if name not in ALL]
    if unknown:
        raise SetupError(f"ENGINES has {', '.join(unknown)}: it takes {', '.join(ALL)}, with commas between.")
    return wanted


def find(environment: Mapping[str, str] = os.environ, usr: Path = Path("/usr")) -> Engines:
    """What is on this machine: $FIREFOX or the usual commands, and WebKitGTK where distributions put it."""
    path = environment.get("PATH")

    def command(*names: str) -> Path | None:
        return next((Path(found) for name in names if (found := shutil.which(name, path=path))), None)

    firefox = environment.get("FIREFOX")
    if firefox and not command(firefox):
        raise SetupError(f"FIREFOX={firefox} is not a program that can be run. Unset it, or name a Firefox.")
    mini_browser = next((found for pattern in MINI_BROWSERS for found in sorted(usr.glob(pattern))), None)
    return Engines(
        command(firefox) if firefox else command(*FIREFOX),
        command("WebKitWebDriver"),
        mini_browser,
        command("Xvfb"),
    )


def ensure() -> Engines:
    """All of them: found, or installed by apt-get as root or by sudo without a password; else `SetupError`."""
    found = find()
    missing = found.missing()
    apt = chromium.apt_command() if missing else []
    if apt:
        with progress.step("other browsers, by apt-get"):
            chromium.apt_install(apt, missing)
        found = find()
        missing = found.missing()
    if not missing:
        return found
    raise SetupError(
        f"The tests run the page in three engines, and {' and '.join(missing)} cannot be found here. Install what is "
        f"missing (Debian: apt-get install --no-install-recommends {' '.join(missing)}; elsewhere Firefox, WebKitGTK "
        "2.44 or newer with its MiniBrowser and WebKitWebDriver, and Xvfb), or say which engines to test: "
        "ENGINES=chromium make test."
    )
