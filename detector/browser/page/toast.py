"""A short message over the picture that disturbs nothing: it goes by itself, or with what the visitor does next."""

import js

from detector.browser.platform.dom import element
from detector.browser.platform.interop import create_proxy, listen
from detector.browser.platform.language import told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import CustomEvent, KeyboardEvent

    from detector.errors import DetectorError

# For those who read slowly, or have to find it first: 12 letters a second, and some time to look there.
LEAST_MS = 5000.0
LETTER_MS = 80.0


class Toast:
    """One message at a time, in `#toast`; a click, Escape and another picture end it."""

    def __init__(self) -> None:
        self._place = element("toast")
        self._timer = 0
        self._lasts_ms = 0.0
        self._expired = create_proxy(self._expire)
        listen(js.document, "click", self.hide)
        listen(js.document, "keydown", self._pressed)
        listen(js.document, "detector:state", self._entered)

    def error(self, error: "DetectorError") -> None:
        """What went wrong and what to do, beside a page that goes on as it was."""
        self.say(error.message, error.hint)

    def say(self, *sentences: str) -> None:
        """Show English sentences in the page's language; they replace those before."""
        line = js.document.createElement("p")
        for sentence in sentences:
            if sentence:
                # An element of its own, so that a change of the language finds it.
                part = js.document.createElement("span")
                part.textContent = told(sentence)
                line.append(part, " ")
        self._place.replaceChildren(line)
        self._lasts_ms = LEAST_MS + LETTER_MS * len(str(line.textContent))
        self._wait()

    def hide(self, *_: object) -> None:
        """Nothing is said any more."""
        js.clearTimeout(self._timer)
        self._place.replaceChildren()

    def _wait(self) -> None:
        js.clearTimeout(self._timer)
        self._timer = js.setTimeout(self._expired, self._lasts_ms)

    def _expire(self, *_: object) -> None:
        if self._place.matches(":hover"):
            self._wait()  # somebody is reading it, or about to copy it
        else:
            self.hide()

    def _pressed(self, event: "KeyboardEvent") -> None:
        if event.key == "Escape":
            self.hide()

    def _entered(self, event: "CustomEvent") -> None:
        if event.detail.state == "loading":
            self.hide()
