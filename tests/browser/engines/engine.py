"""What the tests ask of an engine, whichever it is."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.browser.live_page import LIMIT_S


class EngineError(Exception):
    """A script in the page failed, or the browser refused a command; the text is the browser's."""


class Engine(ABC):
    """One browser with one window."""

    key: str  # of tools.setup.engines.ALL
    name: str
    version: str  # as it gives it itself
    # "A drawing that moves": what its camera shows.
    camera: str
    downloads: Path  # the folder that it saves files in

    @property
    @abstractmethod
    def messages(self) -> list[str]:
        """The errors and warnings of its console since they were last forgotten."""

    @abstractmethod
    def forget_messages(self) -> None:
        """From here on only what is said from here on."""

    @abstractmethod
    def open(self, url: str) -> None:
        """Go there, and come back as soon as the document is parsed."""

    @abstractmethod
    def reload(self) -> None:
        """Load the same address again, as its button does."""

    @abstractmethod
    def evaluate(self, function: str, argument: object = None) -> Any:
        """Call a JavaScript function, `"(argument) => ..."`, and wait for its promise. All values are JSON.

        Raises EngineError with what the function threw.
        """

    @abstractmethod
    def click(self, selector: str) -> None:
        """Press the mouse in the middle of an element. Raises EngineError where that cannot be hit."""

    @abstractmethod
    def give_files(self, selector: str, files: Sequence[Path]) -> None:
        """Choose files in an `input[type=file]`."""

    def downloaded(self, name: str, ends: bytes, seconds: float = LIMIT_S) -> Path:
        """A file that the page has just given to be saved, once it is whole: browsers write it bit by bit."""
        file = self.downloads / name
        deadline = time.monotonic() + seconds
        while not (file.is_file() and file.read_bytes().endswith(ends)):
            if time.monotonic() > deadline:
                raise EngineError(f"{name} was not saved: there is {sorted(self.downloads.glob('*'))}")
            threading.Event().wait(0.05)
        return file

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Give the page this size, in CSS pixels."""

    @abstractmethod
    def screenshot(self) -> bytes:
        """What the window shows, as PNG."""

    @abstractmethod
    def close(self) -> None:
        """End the browser and everything that was started for it."""
