"""What is dropped on the page or pasted into it: files, folders, addresses, pieces of web pages.

What is a picture is looked at, as if it had been chosen. What is not is said in a toast, and whatever the page shows
goes on. Nothing is asked of another origin: what lies there is its visitor's to fetch.
"""

import js

from detector.browser.page.toast import Toast
from detector.browser.platform.dom import element
from detector.browser.platform.interop import (
    as_detector_error,
    is_none,
    items,
    listen,
    load_module,
    record,
    supervise,
)
from detector.browser.platform.language import word
from detector.browser.sources.picture_decoder import fetch_file
from detector.errors import MediaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import DragEvent, Event, File

    from detector.browser.page.app import App
    from web import DroppedModule, Given

READER = "./web/dropped.js"


class DropAndPaste:
    """All of the page takes a drop; web/boot.js sees to it that none leads away."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self._toast = Toast()
        self._latest = 0
        listen(js.document, "dragover", self._dragged)
        listen(js.document, "dragleave", self._left)
        listen(js.document, "drop", self._dropped)
        listen(js.document, "paste", lambda event: self._take_from(event))

    def take(self, given: "Given") -> None:
        """Look at the pictures in what was dropped or pasted (web/boot.js has read it), or say that there are none."""
        self._latest += 1
        self._toast.hide()
        if given.held.length:
            supervise(self._walk(given, self._latest, self._app.watched[0]), self._failed)
        elif given.files.length:  # a web page often lies beside its picture: that is taken once
            self._app.look_at_files(items(given.files))
        elif not given.inField:  # else it is text for that field
            supervise(self._find(given, self._latest, self._app.watched[0]), self._failed)

    def _dragged(self, *_: object) -> None:
        element("stage").classList.add("drop")

    def _left(self, event: "DragEvent") -> None:
        if is_none(event.relatedTarget):
            element("stage").classList.remove("drop")

    def _dropped(self, event: "DragEvent") -> None:
        element("stage").classList.remove("drop")
        self._take_from(event)

    def _take_from(self, event: "Event") -> None:
        self.take(js.window.onlookerEarly.taken(event))

    def _is_late(self, number: int, turn: object) -> bool:
        """Whether the visitor has gone on to something else meanwhile."""
        return number != self._latest or turn is not self._app.watched[0]

    async def _walk(self, given: "Given", number: int, turn: object) -> None:
        found = await (await _reader()).walked(given.held)
        if self._is_late(number, turn):
            return
        if found.files.length:
            self._app.look_at_files(items(found.files))
            if found.more:
                count = found.files.length
                self._toast.say(
                    word(
                        "There is more in this folder: its first {count} photos and videos are looked at.",
                        count=count,
                    )
                )
        elif found.failed:
            reason = str(found.failed)
            raise MediaError(
                f"This folder cannot be read ({reason}).",
                "Drop the photos themselves, or choose them with “Photos”.",
            )
        else:
            raise MediaError(
                "There is no photo or video in this folder.", "Drop another one, or the photos themselves."
            )

    async def _find(self, given: "Given", number: int, turn: object) -> None:
        found = (await _reader()).named(given.html, given.addresses)
        files = items(found.files)
        for address in items(found.own):
            file = await _fetched(str(address))
            if file is not None:
                files.append(file)
        if self._is_late(number, turn):
            return
        if files:
            self._app.look_at_files(files)
        elif found.own.length:
            raise MediaError("There is no picture at this address.", "Drop the picture itself, or its file.")
        elif found.elsewhere:
            raise MediaError(
                "This leads to another site, and this page fetches nothing from there.",
                "Save the picture and drop its file here, or copy the picture itself and paste it.",
            )
        elif given.pasted:
            raise MediaError(
                "The clipboard holds no picture.", "Copy a picture, or save it and drop its file here."
            )
        else:
            raise MediaError(
                "There is no picture in what was dropped.", "Drop a photo, a video or a folder of them."
            )

    def _failed(self, error: Exception) -> None:
        self._toast.error(as_detector_error(error, _unread))


async def _reader() -> "DroppedModule":
    """Raises MediaError."""
    try:
        loaded: DroppedModule = await load_module(READER)
    except Exception:
        raise MediaError(
            "What reads folders and addresses could not be fetched.", "Check the connection and try again."
        )
    return loaded


async def _fetched(address: str) -> "File | None":
    """What lies at an address of this origin, if it is a picture or a video. Raises MediaError."""
    blob = await fetch_file(address)
    kind = str(blob.type)
    if not kind.startswith(("image/", "video/")):
        return None
    name = address.split("?")[0].split("#")[0].split("/")[-1]
    return js.File.new(js.Array.of(blob), name or "picture", record(type=kind))


def _unread(reason: str) -> MediaError:
    return MediaError(
        f"What was dropped or pasted cannot be read ({reason}).", "Save the picture and drop its file here."
    )
