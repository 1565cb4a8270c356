"""“Save at full size” in the panel: the picture's own pixels, with boxes drawn on them by the studio."""

from detector.browser.interop import has, listen, record, supervise, to_js
from detector.browser.language import told
from detector.browser.offer import offer
from detector.browser.page import MB, element
from detector.browser.storage import FORMAT, store, stored
from detector.browser.studio import studio

NAMES = {"image/jpeg": "onlooker.jpg", "image/png": "onlooker.png", "image/webp": "onlooker.webp"}


class FullSize:
    """The button, and the choice of a format, which this browser keeps."""

    def __init__(self, app: object, section: object) -> None:
        self._app = app
        self._section = section
        self._format = element("full-size-format")
        listen(element("full-size"), "click", self._start)
        listen(self._format, "change", lambda event: supervise(self._remember(), app.fail))
        supervise(self._recall(), app.fail)

    async def _remember(self) -> None:
        await store(FORMAT, self._format.value)

    async def _recall(self) -> None:
        before = await stored(FORMAT)
        if before in NAMES:
            self._format.value = before

    def _start(self, *_: object) -> None:
        if self._app.last is not None:
            self._section.run(element("full-size"), "Taking the picture", self._save)

    async def _save(self, wanted: object) -> str:
        picture, found, mirror = await self._app.taken()
        if not wanted():
            return ""
        is_file = has(picture, "type")
        kind = self._format.value
        if kind not in NAMES:  # as the picture is; what a camera gives is nowhere stored
            kind = "image/jpeg" if is_file and picture.type == "image/jpeg" else "image/png"
        args = record(
            picture=picture,
            found=to_js([[one.label, one.class_id, one.score, list(one.box)] for one in found]),
            mirror=mirror,
            type=kind,
        )
        blob = await studio.ask("save", args, *([] if is_file else [picture]))
        name = NAMES[kind]
        offer(blob, name)
        return told(f"Saved as {name}, {blob.size / MB:.1f} MB.")
