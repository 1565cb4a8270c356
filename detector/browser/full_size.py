"""“Save at full size” in the panel: the picture's own pixels, with boxes drawn on them by the studio."""

import js

from detector.browser.events import publish
from detector.browser.interop import as_detector_error, has, is_none, listen, record, supervise, to_js
from detector.browser.language import explained, told
from detector.browser.page import MB, element, in_bytes
from detector.browser.studio import Studio
from detector.errors import StudioError


class FullSize:
    """The section's button, progress and words."""

    def __init__(self, app: object) -> None:
        self._app = app
        self._turn = 0  # one for each save and each Cancel, as in `app`
        self._busy = False
        self._words = ""  # what it does, in English
        self._parts = {}  # part: (bytes received, bytes in all, 0 while unknown)
        self._studio = Studio(self._progress, self._step)
        listen(element("full-size"), "click", self._start)
        listen(element("full-size-cancel"), "click", self._cancel)
        listen(js.document, "detector:state", self._state_changed)

    def _start(self, *_: object) -> None:
        if self._busy or self._app.last is None:
            return
        turn = self._new_turn("Taking the picture", busy=True)

        def failed(error: BaseException) -> None:
            if turn == self._turn:
                self._fail(error)

        supervise(self._save(turn), failed)

    def _cancel(self, *_: object) -> None:
        self._new_turn("Cancelled.")
        self._studio.close()

    def _state_changed(self, event: object) -> None:
        """With the camera stopped or the picture closed, memory is given back; what is being saved still is."""
        if event.detail.state == "idle" and not self._busy:
            self._studio.close()

    async def _save(self, turn: int) -> None:
        picture, found, mirror = await self._app.taken()
        if turn != self._turn:
            return
        is_file = has(picture, "type")
        kind = "image/jpeg" if is_file and picture.type == "image/jpeg" else "image/png"
        args = record(
            picture=picture,
            found=to_js([[one.label, one.class_id, one.score, list(one.box)] for one in found]),
            mirror=mirror,
            type=kind,
        )
        blob = await self._studio.ask("save", args, *([] if is_file else [picture]))
        name = "onlooker.jpg" if kind == "image/jpeg" else "onlooker.png"
        offer(blob, name)
        element("full-size-cost").hidden = True
        self._new_turn(f"Saved as {name}, {blob.size / MB:.1f} MB.")

    def _fail(self, error: BaseException) -> None:
        known = as_detector_error(
            error, lambda told: StudioError("The picture was not saved (" + told + ").")
        )
        self._new_turn("", error=explained(known))
        self._studio.close()
        publish("error", known.as_dict())

    # What is shown

    def _new_turn(self, words: str, busy: bool = False, error: str = "") -> int:
        self._turn += 1
        self._busy = busy
        focused = js.document.activeElement
        element("full-size").hidden = busy
        element("full-size-cancel").hidden = not busy
        if not is_none(focused) and focused.id in ("full-size", "full-size-cancel"):
            element("full-size-cancel" if busy else "full-size").focus()
        element("full-size-bar").hidden = not busy
        element("full-size-error").textContent = error
        element("full-size-error").hidden = not error
        self._step(words)
        return self._turn

    def _step(self, words: str) -> None:
        self._parts = {}
        self._words = words
        element("full-size-text").textContent = told(words)
        element("full-size-bar").removeAttribute("value")
        element("full-size-bytes").textContent = ""

    def _progress(self, part: str, received: int, total: int) -> None:
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


def offer(blob: object, name: str) -> None:
    """Let the visitor have a file, under this name."""
    link = js.document.createElement("a")
    link.href = js.URL.createObjectURL(blob)
    link.download = name
    link.click()
    js.URL.revokeObjectURL(link.href)
