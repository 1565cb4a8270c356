"""“Save at full size” in the panel: the picture's own pixels, with boxes drawn on them by the studio."""

from detector.browser.platform.dom import element
from detector.browser.platform.interop import listen, record, supervise, to_js
from detector.browser.platform.language import MB, told
from detector.browser.platform.save_file import save_file
from detector.browser.platform.storage import FORMAT, store, stored
from detector.browser.sources.frame_grabber import is_bitmap
from detector.browser.studio.worker import studio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from js import Blob

    from detector.browser.page.app import App
    from detector.browser.panel.studio import Section

NAMES = {"image/jpeg": "onlooker.jpg", "image/png": "onlooker.png", "image/webp": "onlooker.webp"}


class FullSize:
    """The button, and the choice of a format, which this browser keeps."""

    def __init__(self, app: "App", section: "Section") -> None:
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
        if self._app.stage.last is not None:
            self._section.run(element("full-size"), "Taking the picture", self._save)

    async def _save(self, wanted: "Callable[[], bool]") -> str:
        picture, found, mirror = await self._app.stage.original()
        if not wanted():
            return ""
        kind = self._format.value
        if kind not in NAMES:  # as the picture is; what a camera gives is nowhere stored
            kind = "image/jpeg" if not is_bitmap(picture) and picture.type == "image/jpeg" else "image/png"
        args = record(
            picture=picture,
            found=to_js([[one.label, one.class_id, one.score, list(one.box)] for one in found]),
            mirror=mirror,
            type=kind,
        )
        blob: Blob = await studio.ask("save", args, *([picture] if is_bitmap(picture) else []))
        name = NAMES[kind]
        save_file(blob, name)
        return told(f"Saved as {name}, {blob.size / MB:.1f} MB.")
