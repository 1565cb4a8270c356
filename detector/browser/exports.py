"""What was found, as files and on the clipboard. Loaded when the panel is opened."""

import js

from detector.browser.interop import attempt, failure, listen, record, supervise
from detector.browser.language import told
from detector.browser.offer import offer
from detector.browser.page import element
from detector.export import as_coco, as_csv, as_json

KINDS = {
    "save-json": ("onlooker.json", "application/json"),
    "save-csv": ("onlooker.csv", "text/csv"),
    "save-coco": ("onlooker-coco.json", "application/json"),
}


class Exports:
    """The panel's buttons: a picture to the clipboard, detections as files."""

    def __init__(self, app: object) -> None:
        self._app = app
        for name in KINDS:
            self._connect(name)
        listen(element("copy-picture"), "click", lambda event: supervise(self._copy(), app.fail))

    def _connect(self, name: str) -> None:
        listen(element(name), "click", lambda event: self._save(name))

    def _save(self, name: str) -> None:
        looks = self._app.looks()
        if not looks:
            self._tell("There is nothing to save yet: start the camera, or choose a picture.")
            return
        if name == "save-csv":
            text = as_csv(looks)
        elif name == "save-coco":
            text = as_coco(looks)
        else:
            text = as_json(looks, self._app.settings.model)
        file, kind = KINDS[name]
        offer(js.Blob.new(js.Array.of(text), record(type=kind)), file)
        self._tell(f"Saved as {file}.")

    async def _copy(self) -> None:
        canvas = self._app.drawn_picture()
        if canvas is None:
            self._tell("There is nothing to copy yet: start the camera, or choose a picture.")
            return
        try:
            blob = await canvas.convertToBlob()
            item = js.ClipboardItem.new(record(**{"image/png": blob}))
            await attempt(js.navigator.clipboard, "write", js.Array.of(item))
        except Exception as error:
            js.console.info("Not copied: " + failure(error)[1])
            self._tell("This browser does not let the page copy pictures. Save it instead.")
            return
        self._tell("The picture is copied.")

    def _tell(self, words: str) -> None:
        element("exports-text").textContent = told(words)
