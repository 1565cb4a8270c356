"""Several photos at once: a strip with each and what is in it, and one ZIP of all with their boxes.

Loaded when a second photo is given. Each picture is decoded when it is needed and freed after: a hundred photos take no
more memory than one, and their thumbnails.
"""

import js

from detector.announce import counts_of
from detector.browser.interop import is_none, listen, load_module, record, supervise
from detector.browser.language import explained, label, listed, told, word
from detector.browser.late import late
from detector.browser.offer import offer
from detector.browser.overlay import Painter, snapshot
from detector.browser.page import element
from detector.browser.pictures import decode
from detector.drawing import draw
from detector.errors import DetectorError, MediaError
from detector.export import Look, as_csv, as_json

SIDE = 112  # of a thumbnail, in CSS pixels


class Batch:
    """The strip under the picture. `begin`, then `add` for each photo that was looked at."""

    def __init__(self, app: object) -> None:
        self._app = app
        self._files = []
        self._saving = 0  # the number of the archive that is being made; 0: none
        self._turn = 0
        self._sheet = None  # the one that is being made
        self._button = ""  # what was pressed to save
        listen(element("strip-save"), "click", lambda event: self._begin_saving("strip-save", self._save))
        listen(
            element("strip-sheet"), "click", lambda event: self._begin_saving("strip-sheet", self._save_sheet)
        )
        listen(element("strip-cancel"), "click", lambda event: self._cancel("Nothing was saved."))

    def begin(self) -> None:
        """No photos."""
        self._cancel("")
        self.coming(False)
        self._files = []
        element("strip-list").replaceChildren()
        element("strip").hidden = True

    def coming(self, more: bool) -> None:
        """Whether more photos are still to come: what is saved has all of them."""
        for name in ("strip-save", "strip-sheet"):
            element(name).disabled = more

    def add(self, file: object, bitmap: object, result: object) -> None:
        """A photo and what was found in it."""
        place = len(self._files)
        self._files.append(file)
        found = result.detections
        button = js.document.createElement("button")
        button.type = "button"
        button.append(_thumbnail(bitmap, found, self._app.settings.boxes))
        words = js.document.createElement("span")
        words.textContent = file.name
        count = js.document.createElement("span")
        count.className = "quiet"
        count.textContent = _counted(len(found))
        button.append(words, count)
        listen(button, "click", lambda event: self._app.look_at_one(self._files[place]))
        item = js.document.createElement("li")
        item.append(button)
        element("strip-list").append(item)
        element("strip").hidden = len(self._files) < 2
        item.scrollIntoView(record(block="nearest", inline="nearest"))

    # All of them as files

    def _begin_saving(self, button: str, save: object) -> None:
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
        archive = (await load_module("./web/zip.js")).archive()
        looks = []
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
            ("detections.json", as_json(looks, self._app.settings.model)),
            ("detections.csv", as_csv(looks)),
        ):
            await archive.add(name, js.Blob.new(js.Array.of(text)))
        if turn != self._saving:
            return
        offer(archive.finish(), "onlooker.zip")
        saved = word(
            "{count} photos with their boxes, and detections as JSON and CSV, are saved.", count=len(looks)
        )
        self._stop(
            saved + (" " + word("{count} could not be read again.", count=left_out) if left_out else "")
        )

    async def _save_sheet(self, turn: int) -> None:
        self._tell("Loading")
        made = await late("detector.browser.studio", "detector.browser.sheet")
        if turn != self._saving:
            return

        def tell(words: str, done: object) -> None:
            if turn == self._saving:
                self._tell_done(words, done)

        self._sheet = made.Sheet(self._looked, tell)
        said = await self._sheet.make(list(self._files))
        if turn == self._saving:
            self._stop(said)

    async def _looked(self, file: object) -> tuple:
        """(the photo, what is in it, and that in words), with the settings as they are now."""
        bitmap = await decode(file, file.name)
        try:
            found = await self._app.detector.detect(bitmap)
        except Exception:
            bitmap.close()
            raise
        return bitmap, found, in_words(found)

    async def _drawn(self, file: object) -> tuple:
        """(Look, the picture with its boxes as a JPEG). With the settings as they are now."""
        bitmap = await decode(file, file.name)
        try:
            app = self._app
            width, height = bitmap.width, bitmap.height
            found = await app.detector.detect(bitmap)
            canvas = snapshot(bitmap, width, height, found, False, app.settings.boxes)
            blob = await canvas.convertToBlob(record(type="image/jpeg", quality=0.92))
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

    def _tell_done(self, words: str, done: object) -> None:
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


def in_words(found: list) -> str:
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


def _unique(name: str, taken: list) -> str:
    """The name, or with a number where there is one like it: `cat.jpg`, `cat 2.jpg`."""
    stem, _, kind = name.rpartition(".")
    again = len([one for one in taken if one == name])
    return f"{stem} {again + 1}.{kind}" if again else name


def _thumbnail(bitmap: object, detections: list, style: str) -> object:
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
