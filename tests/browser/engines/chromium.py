"""Chromium by Playwright."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage
from playwright.sync_api import Error as PlaywrightError

from tests.browser.engines.engine import Engine, EngineError
from tests.browser.live_page import LIMIT_S, is_chromiums_own


class Chromium(Engine):
    """A page of a browser that Playwright started; closing it leaves that browser running."""

    key = "chromium"
    name = "Chromium"
    camera = "a film made from a photograph"

    def __init__(self, browser: Browser) -> None:
        self._messages: list[str] = []
        self.version = browser.version
        self._context = browser.new_context()
        self._context.set_default_timeout(1000 * LIMIT_S)
        self._page = self._context.new_page()
        self._page.on("console", self._heard)
        self._page.on("pageerror", lambda error: self._messages.append(f"uncaught: {error}"))

    @property
    def messages(self) -> list[str]:
        return list(self._messages)

    def forget_messages(self) -> None:
        self._messages.clear()

    def open(self, url: str) -> None:
        self._page.goto(url, wait_until="domcontentloaded")

    def reload(self) -> None:
        self._page.reload(wait_until="domcontentloaded")

    def evaluate(self, function: str, argument: object = None) -> Any:
        try:
            return self._page.evaluate(function, argument)
        except PlaywrightError as error:
            raise EngineError(error.message) from None

    def click(self, selector: str) -> None:
        try:
            self._page.click(selector)
        except PlaywrightError as error:
            raise EngineError(error.message) from None

    def give_files(self, selector: str, files: Sequence[Path]) -> None:
        self._page.set_input_files(selector, list(files))

    def resize(self, width: int, height: int) -> None:
        self._page.set_viewport_size({"width": width, "height": height})

    def screenshot(self) -> bytes:
        return self._page.screenshot()

    def close(self) -> None:
        self._context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not is_chromiums_own(message.text):
            self._messages.append(f"{message.type}: {message.text}")
