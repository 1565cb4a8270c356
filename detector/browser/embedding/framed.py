"""What a page around this one may ask for, once web/framed.js has let it: settings, a look at a picture, a snapshot.

Loaded only inside of a frame.
"""

from detector.browser.platform.interop import (
    as_detector_error,
    bridge,
    create_proxy,
    load_module,
    record,
    supervise,
    to_js,
)
from detector.browser.sources.frame_grabber import is_bitmap
from detector.browser.sources.picture_decoder import decode
from detector.errors import DetectorError, MediaError
from detector.settings import NAMES, Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import Blob, Callback, ImageBitmap, Object

    from detector.browser.page.app import App
    from web import FramedModule


async def serve(app: "App") -> None:
    """Answer the page around this one from now on."""

    def set_setting(name: str, text: str, default: bool, resolve: "Callback", reject: "Callback") -> None:
        usual = default and name in NAMES  # MicroPython asks nothing for a name of thousands of letters
        try:
            app.settings.change(name, getattr(Settings(), name) if usual else text)
        except DetectorError as error:
            reject(to_js(error.as_dict()))
            return
        resolve()

    def look(frame: "Blob | ImageBitmap", resolve: "Callback", reject: "Callback") -> None:
        supervise(_look(app, frame, resolve), lambda error: reject(_told(error)))

    def take(resolve: "Callback", reject: "Callback") -> None:
        supervise(_take(app, resolve), lambda error: reject(_told(error)))

    actions = record(set=create_proxy(set_setting), detect=create_proxy(look), snapshot=create_proxy(take))
    framed: FramedModule = await load_module("./web/framed.js")
    framed.serve(actions)


async def _look(app: "App", frame: "Blob | ImageBitmap", resolve: "Callback") -> None:
    bitmap = frame if is_bitmap(frame) else await decode(frame, "The picture")
    try:
        detections = await app.look_aside(bitmap)
    finally:
        bitmap.close()
    resolve(to_js([detection.as_dict() for detection in detections]))


async def _take(app: "App", resolve: "Callback") -> None:
    canvas = app.stage.annotated_picture()
    if canvas is None:
        raise MediaError("There is nothing to save yet: start the camera, or choose a picture.", " ")
    resolve(await (await bridge()).blobOf(canvas))


def _told(error: BaseException) -> "Object":
    known = as_detector_error(error, lambda message: DetectorError("Something went wrong: " + message))
    return to_js(known.as_dict())
