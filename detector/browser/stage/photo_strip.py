"""Several photos at once: a strip with each and what is in it, and one ZIP of all with their boxes.

Loaded when a second photo is given. Each picture is decoded when it is needed and freed after: a hundred photos take no
more memory than one, and their thumbnails.
"""

import js

from detector.browser.platform.dom import element
from detector.browser.platform.interop import bridge, is_none, listen, load_module, record, supervise
from detector.browser.platform.language import explained, label, listed, told, word
from detector.browser.platform.lazy_import import lazy_import
from detector.browser.platform.save_file import save_file
from detector.browser.sources.picture_decoder import decode
from detector.browser.stage.overlay import Painter, annotated
from detector.drawing.draw import draw
from detector.errors import DetectorError, MediaError
from detector.exports.csv_export import as_csv
from detector.exports.json_export import as_json
from detector.exports.look import Look
from detector.tracking.announcing import counts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from js import Blob, File, HTMLCanvasElement, ImageBitmap

    from detector.browser.sources.photos import PhotoBatch
    from detector.browser.studio.contact_sheet import ContactSheet
    from detector.detection import Detection
    from detector.live_settings import LiveSettings
    from detector.result import Result
    from web import ZipModule

SIDE = 112  # of a thumbnail, in CSS pixels


class PhotoStrip:
    """The strip under the picture. `begin`, then `add` for each photo that was looked at.

    detect: gives the detections in a bitmap, with the settings as they are then.
    """

    def __init__(
        self, settings: "LiveSettings", detect: "Callable[[ImageBitmap], Awaitable[list[Detection]]]"
    ) -> None:
        self._settings = settings
        self._detect = detect
        self._photos: "PhotoBatch | None" = None
        self._files: "list[File]" = []
        self._saving = 0  # the number of the archive that is being made; 0: none
        self._turn = 0
        self._sheet: "ContactSheet | None" = None  # the one that is being made
        self._button = ""  # what was pressed to save
        listen(element("strip-save"), "click", lambda event: self._begin_saving("strip-save", self._save))
        listen(
            element("strip-sheet"), "click", lambda event: self._begin_saving("strip-sheet", self._save_sheet)
        )
        listen(element("strip-cancel"), "click", lambda event: self._cancel("Nothing was saved."))

    def begin(self, photos: "PhotoBatch") -> None:
        """These photos are coming. Those that were here are gone."""
        self.clear()
        self._photos = photos
        self.coming(True)

    def clear(self) -> None:
        """No photos."""
        self._cancel("")
        self.coming(False)
        self._photos = None
        self._files = []
        element("strip-list").replaceChildren()
        element("strip").hidden = True

    def coming(self, more: bool) -> None:
        """Whether more photos are still to come: what is saved has all of them."""
        for name in ("strip-save", "strip-sheet"):
            element(name).disabled = more

    def add(self, file: "File", bitmap: "ImageBitmap", result: "Result") -> None:
        """A photo and what was found in it."""
        place = len(self._files)
        self._files.append(file)
        found = result.detections
        button = js.document.createElement("button")
        button.type = "button"
        button.append(_thumbnail(bitmap, found, self._settings.now.boxes))
        words = js.document.createElement("span")
        words.textContent = file.name
        count = js.document.createElement("span")
        count.className = "quiet"
        count.textContent = _counted(len(found))
        button.append(words, count)
        listen(button, "click", lambda event: self._show_again(place))
        item = js.document.createElement("li")
        item.append(button)
        element("strip-list").append(item)
        element("strip").hidden = len(self._files) < 2
        item.scrollIntoView(record(block="nearest", inline="nearest"))

    def _show_again(self, place: int) -> None:
        if self._photos is not None:
            self._photos.show_again(self._files[place])

    # All of them as files

    def _begin_saving(self, button: str, save: "Callable[[int], Awaitable[None]]") -> None:
        self._turn += 1
        self._button = button
        turn = self._saving = self._turn
        for name in ("strip-save", "strip-sheet"):
            element(name).hidden = True
        for name in ("strip-cancel", "strip-bar"):
            element(name).hidden = False
        element("strip-cancel").focus()
        supervise(save(turn), lambda error: self._failed(turn, error))

    async def _save(self, turn: int) -> None:
        zipping: ZipModule = await load_module("./web/zip.js")
        archive = zipping.archive()
        looks: list[Look] = []
        left_out = 0
        for place in range(len(self._files)):
            if turn != self._saving:
                return
            self._tell_done(f"Photo {place + 1} of {len(self._files)}", place / len(self._files))
            try:
                look, blob = await self._drawn(self._files[place])
            except MediaError:
                left_out += 1
                continue
            if turn != self._saving:
                return
            looks.append(look)
            await archive.add(_unique(look.file, [one.file for one in looks[:-1]]), blob)
        for name, text in (
            ("detections.json", as_json(looks, self._settings.now.model)),
            ("detections.csv", as_csv(looks)),
        ):
            await archive.add(name, js.Blob.new(js.Array.of(text)))
        if turn != self._saving:
            return
        save_file(archive.finish(), "onlooker.zip")
        saved = word(
            "{count} photos with their boxes, and detections as JSON and CSV, are saved.", count=len(looks)
        )
        self._stop(
            saved + (" " + word("{count} could not be read again.", count=left_out) if left_out else "")
        )

    async def _save_sheet(self, turn: int) -> None:
        self._tell("Loading")
        made = await lazy_import("detector.browser.studio.contact_sheet")
        if turn != self._saving:
            return

        def tell(words: str, done: "float | None") -> None:
            if turn == self._saving:
                self._tell_done(words, done)

        sheet: ContactSheet = made.ContactSheet(self._looked, tell)
        self._sheet = sheet
        said = await sheet.make(list(self._files))
        if turn == self._saving:
            self._stop(said)

    async def _looked(self, file: "File") -> "tuple[ImageBitmap, list[Detection], str]":
        """(the photo, what is in it, and that in words), with the settings as they are now."""
        bitmap = await decode(file, file.name)
        try:
            found = await self._detect(bitmap)
        except Exception:
            bitmap.close()
            raise
        return bitmap, found, in_words(found)

    async def _drawn(self, file: "File") -> "tuple[Look, Blob]":
        """(Look, the picture with its boxes as a JPEG). With the settings as they are now."""
        bitmap = await decode(file, file.name)
        try:
            width, height = bitmap.width, bitmap.height
            found = await self._detect(bitmap)
            canvas = annotated(bitmap, width, height, found, False, self._settings.now.boxes)
            blob = await (await bridge()).blobOf(canvas, "image/jpeg", 0.92)
        finally:
            bitmap.close()
        stem = _in_folder(file.name.rsplit(".", 1)[0])
        return Look(stem + ".jpg", width, height, found), blob

    def _cancel(self, words: str) -> None:
        if self._sheet is not None:
            self._sheet.cancel()
        self._stop(words)

    def _stop(self, words: str) -> None:
        self._saving = 0
        self._sheet = None
        focused = js.document.activeElement
        had = not is_none(focused) and focused.id == "strip-cancel"
        for name in ("strip-save", "strip-sheet"):
            element(name).hidden = False
        if had:
            element(self._button).focus()
        for name in ("strip-cancel", "strip-bar"):
            element(name).hidden = True
        self._tell(words)

    def _tell(self, words: str) -> None:
        element("strip-text").textContent = told(words)

    def _tell_done(self, words: str, done: "float | None") -> None:
        """done: how much of it, 0 to 1, or None where nobody knows."""
        self._tell(words)
        bar = element("strip-bar")
        if done is None:
            bar.removeAttribute("value")
        else:
            bar.value = done

    def _failed(self, turn: int, error: BaseException) -> None:
        if turn != self._saving:
            return  # it was cancelled before
        self._stop(explained(error) if isinstance(error, DetectorError) else word("Nothing was saved."))


def in_words(found: "list[Detection]") -> str:
    """What is in a photo: "cat 1, cup 2"."""
    counts = counts_of(found)
    return listed([label(name) + " " + str(counts[name]) for name in sorted(counts)]) or word("nothing found")


def _counted(count: int) -> str:
    if count < 2:
        return word("1 object") if count else word("nothing found")
    return word("{count} objects", count=count)


def _in_folder(name: str) -> str:
    """A file name that no system takes for a path: an archive is unpacked where the visitor says, and nowhere else."""
    safe = "".join(["_" if letter in '/\\:*?"<>|' or letter < " " else letter for letter in name])
    return safe.lstrip(".") or "picture"


def _unique(name: str, taken: list[str]) -> str:
    """The name, or with a number where there is one like it: `cat.jpg`, `cat 2.jpg`."""
    stem, _, kind = name.rpartition(".")
    again = len([one for one in taken if one == name])
    return f"{stem} {again + 1}.{kind}" if again else name


def _thumbnail(bitmap: "ImageBitmap", detections: "list[Detection]", style: str) -> "HTMLCanvasElement":
    """A small canvas with the picture and its boxes."""
    canvas = js.document.createElement("canvas")
    fit = SIDE * js.devicePixelRatio / max(bitmap.width, bitmap.height)
    canvas.width = max(1, round(bitmap.width * fit))
    canvas.height = max(1, round(bitmap.height * fit))
    context = canvas.getContext("2d")
    context.setTransform(fit, 0, 0, fit, 0, 0)
    context.drawImage(bitmap, 0, 0)
    style = "corners" if style == "corners" else "outline"  # a label would hide what it names
    commands = draw(
        detections, bitmap.width, bitmap.height, measure=lambda text, size: 0.0, scale=1 / fit, style=style
    )
    Painter(context).execute(commands)
    return canvas
