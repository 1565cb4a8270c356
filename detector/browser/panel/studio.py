"""The panel's section of the studio: what it makes, one thing at a time, with progress and Cancel."""

import js

from detector.browser.page.events import publish
from detector.browser.panel.full_size import FullSize
from detector.browser.panel.heat_map import HeatMap
from detector.browser.platform.dom import element
from detector.browser.platform.interop import as_detector_error, is_none, listen, supervise
from detector.browser.platform.language import explained, in_bytes, told
from detector.browser.studio.worker import studio
from detector.errors import StudioError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from js import Element

    from detector.browser.page.app import App

    # Makes something, unless the function that it is given says that nobody wants it any more.
    Work = Callable[[Callable[[], bool]], Awaitable[str]]


class Section:
    """The section's tools, and the progress below them."""

    def __init__(self, app: "App") -> None:
        self._turn = 0  # one for each thing that is made and each Cancel, as in `app`
        self._button: "Element | None" = None  # what was pressed, while it works
        self._words = ""  # what it does, in English
        self._parts: dict[str, tuple[int, int]] = {}  # part: (bytes received, bytes in all, 0 while unknown)
        listen(element("full-size-cancel"), "click", self._cancel)
        FullSize(app, self)
        HeatMap(app, self)
        element("studio-tools").disabled = False

    def run(self, button: "Element", words: str, work: "Work") -> None:
        """Make something. words: what is done first. work(wanted): a coroutine that gives the words for its end, or ""
        when it finds that wanted() is not true any more; errors are shown.
        """
        if self._button is not None:
            return
        turn = self._new_turn(words, button=button)

        def failed(error: BaseException) -> None:
            if turn == self._turn:
                self._fail(error)

        supervise(self._work(turn, work), failed)

    async def _work(self, turn: int, work: "Work") -> None:
        studio.begin(self)
        words = await work(lambda: turn == self._turn)
        if turn == self._turn:
            studio.end(self)
            element("full-size-cost").hidden = True
            self._new_turn(words)

    def _cancel(self, *_: object) -> None:
        self._new_turn("Cancelled.")
        studio.end(self, cancel=True)

    def _fail(self, error: BaseException) -> None:
        known = as_detector_error(
            error, lambda told: StudioError("The picture was not saved (" + told + ").")
        )
        self._new_turn("", error=explained(known))
        studio.end(self)
        publish("error", known.as_dict())

    # What is shown

    def _new_turn(self, words: str, button: "Element | None" = None, error: str = "") -> int:
        self._turn += 1
        before, self._button = self._button, button
        focused = js.document.activeElement
        had = not is_none(focused) and focused.id in ("full-size-cancel", button.id if button else "")
        busy = button is not None
        element("studio-tools").disabled = busy
        element("full-size-cancel").hidden = not busy
        focus = element("full-size-cancel") if busy else before
        if had and focus is not None:
            focus.focus()
        element("full-size-bar").hidden = not busy
        element("full-size-error").textContent = error
        element("full-size-error").hidden = not error
        self.step(words)
        return self._turn

    def step(self, words: str) -> None:
        """What it does now."""
        self._parts = {}
        self._words = words
        element("full-size-text").textContent = told(words)
        element("full-size-bar").removeAttribute("value")
        element("full-size-bytes").textContent = ""

    def progress(self, part: str, received: int, total: int) -> None:
        """Bytes of a part that arrives."""
        self._parts[part] = (received, total)
        names = sorted(self._parts)
        known = all(self._parts[name][1] for name in names)
        got = sum(self._parts[name][0] for name in names)
        wanted = sum(self._parts[name][1] for name in names) if known else 0
        if wanted:
            element("full-size-bar").value = got / wanted
        else:
            element("full-size-bar").removeAttribute("value")
        lines = [told(name) + " " + in_bytes(*self._parts[name]) for name in names]
        element("full-size-bytes").textContent = "\n".join(lines)
        each = [
            {"part": name, "received": self._parts[name][0], "total": self._parts[name][1]} for name in names
        ]
        publish("progress", {"stage": self._words, "received": got, "total": wanted, "parts": each})
