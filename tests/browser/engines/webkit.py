"""WebKitGTK's MiniBrowser by WebKitWebDriver, on a screen of its own."""

import os
import shlex
import socket
import tempfile
from pathlib import Path

from tests.browser.engines.process import Program
from tests.browser.engines.webdriver import WebDriver

OPTIONS = (
    "--automation",
    "--enable-media-stream=true",
    # Its own camera: a drawing that moves, given without a question to whoever drives it.
    "--enable-mock-capture-devices=true",
    "--enable-write-console-messages-to-stdout=true",
)
SCREEN = "1600x1200x24"
# What the console's lines begin with: "CONSOLE JS ERROR TypeError: ...", "CONSOLE NETWORK WARN ..."
BAD = (" ERROR ", " WARN ")


class WebKit(WebDriver):
    """A MiniBrowser under Xvfb, and the driver between."""

    key = "webkit"
    name = "WebKitGTK"
    camera = "a drawing that moves, its own"

    def __init__(self, driver: Path, browser: Path, xvfb: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="onlooker-webkit-", ignore_cleanup_errors=True)
        self._console = Path(self._folder.name, "console")
        self._console.touch()
        self._read = 0
        # The driver keeps what the browser writes to itself: a shell puts it where it can be read.
        started_as = Path(self._folder.name, "browser")
        started_as.write_text(
            f'#!/bin/sh\nexec {shlex.quote(str(browser))} "$@" >>{shlex.quote(str(self._console))} 2>&1\n'
        )
        started_as.chmod(0o700)
        self._programs: list[Program] = []
        try:
            screen = Program([str(xvfb), "-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"])
            self._programs.append(screen)
            display = screen.until(r"^(\d+)$")
            # Nothing of earlier visits, and nothing left behind.
            homes = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"), self._folder.name)
            environment = {**os.environ, **homes, "DISPLAY": f":{display}", "GDK_BACKEND": "x11"}
            port = free_port()
            server = Program([str(driver), f"--port={port}"], environment)
            self._programs.append(server)
            server.until_it_listens(port)
            browser_options = {"binary": str(started_as), "args": list(OPTIONS)}
            super().__init__(
                f"http://127.0.0.1:{port}",
                {"pageLoadStrategy": "normal", "webkitgtk:browserOptions": browser_options},
            )
        except BaseException:
            self._end()
            raise

    @property
    def messages(self) -> list[str]:
        """What the console said since the page was opened."""
        lines = self._console.read_text("utf-8", "replace").splitlines()[self._read :]
        return [line for line in lines if line.startswith("CONSOLE") and any(kind in line for kind in BAD)]

    def forget_messages(self) -> None:
        self._read = len(self._console.read_text("utf-8", "replace").splitlines())

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._end()

    def _end(self) -> None:
        for program in reversed(self._programs):
            program.end()
        self._folder.cleanup()


def free_port() -> int:
    """A port that nobody uses: the driver does not say which it took by itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
