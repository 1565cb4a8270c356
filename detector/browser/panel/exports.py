"""The panel's section “Save”: what was found, as files and on the clipboard."""

import js

from detector import by_name
from detector.browser.platform.dom import add_button, element
from detector.browser.platform.interop import attempt, bridge, failure, is_none, listen, record, supervise
from detector.browser.platform.language import told
from detector.browser.platform.save_file import save_file
from detector.exports import EXPORTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from detector.browser.page.app import App


class Section:
    """A button for each of EXPORTS, and one for the picture."""

    def __init__(self, app: "App") -> None:
        self._app = app
        for name in EXPORTS:
            self._connect(by_name.module(name))
        listen(element("copy-picture"), "click", lambda event: supervise(self._copy(), app.fail))

    def opened(self) -> None:
        """The panel is open."""

    def _connect(self, export: "ModuleType") -> None:
        name = "save-" + by_name.short(export.__name__).replace("_export", "")
        button = element(name)
        if is_none(button):
            button = add_button(element("exports"), export.BUTTON)
            button.id = name
            button.disabled = not self._app.view.has_picture
            button.dataset.needsPicture = ""
        listen(button, "click", lambda event: self._save(export))

    def _save(self, export: "ModuleType") -> None:
        looks = self._app.looks()
        if not looks:
            self._tell("There is nothing to save yet: start the camera, or choose a picture.")
            return
        text = export.text(looks, self._app.settings.now.model)
        file = export.FILE
        save_file(js.Blob.new(js.Array.of(text), record(type=export.TYPE)), file)
        self._tell(f"Saved as {file}.")

    async def _copy(self) -> None:
        canvas = self._app.stage.annotated_picture()
        if canvas is None:
            self._tell("There is nothing to copy yet: start the camera, or choose a picture.")
            return
        try:
            blob = await (await bridge()).blobOf(canvas)
            item = js.ClipboardItem.new(record(**{"image/png": blob}))
            await attempt(js.navigator.clipboard, "write", js.Array.of(item))
        except Exception as error:
            js.console.info("Not copied: " + failure(error)[1])
            self._tell("This browser does not let the page copy pictures. Save it instead.")
            return
        self._tell("The picture is copied.")

    def _tell(self, words: str) -> None:
        element("exports-text").textContent = told(words)
