"""WebKitGTK's MiniBrowser by WebKitWebDriver, on a screen of its own."""

import os
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
)
SCREEN = "1600x1200x24"
# WebKit prints no console of a driven browser, and its driver tells of none: so the page itself keeps what is said
# there from its load on. Before that only web/boot.js runs, and if that fails nothing else works.
HEAR = """
() => {
  window.heard = [];
  for (const way of ["error", "warn"]) {
    const said = console[way].bind(console);
    console[way] = (...words) => { window.heard.push(`${way}: ${words.join(" ")}`); said(...words); };
  }
  addEventListener("error", (event) => window.heard.push(`uncaught: ${event.message}`));
  addEventListener("unhandledrejection", (event) => window.heard.push(`unhandled: ${event.reason}`));
}
"""


class WebKit(WebDriver):
    """A MiniBrowser under Xvfb, and the driver between."""

    key = "webkit"
    name = "WebKitGTK"
    camera = "a drawing that moves, its own"

    def __init__(self, driver: Path, browser: Path, xvfb: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="onlooker-webkit-", ignore_cleanup_errors=True)
        self.downloads = Path(self._folder.name)
        self._messages: list[str] = []
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
            browser_options = {"binary": str(browser), "args": list(OPTIONS)}
            super().__init__(
                f"http://127.0.0.1:{port}",
                {"pageLoadStrategy": "normal", "webkitgtk:browserOptions": browser_options},
            )
        except BaseException:
            self._end()
            raise

    @property
    def messages(self) -> list[str]:
        return self._messages + self.evaluate("() => window.heard ?? []")

    def forget_messages(self) -> None:
        self._messages.clear()
        self.evaluate("() => { if (window.heard) window.heard = []; }")

    def open(self, url: str) -> None:
        self._messages = self.messages
        super().open(url)
        self.evaluate(HEAR)

    def reload(self) -> None:
        self._messages = self.messages
        super().reload()
        self.evaluate(HEAR)

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
