"""What a page around this one may ask for, once web/framed.js has let it: settings, a look at a picture, a snapshot.

Loaded only inside of a frame.
"""

from detector.browser.interop import (
    as_detector_error,
    create_proxy,
    load_module,
    record,
    supervise,
    to_js,
)
from detector.browser.pictures import decode
from detector.errors import DetectorError, MediaError
from detector.settings import NAMES, Settings


async def serve(app: object) -> None:
    """Answer the page around this one from now on."""

    def set_setting(name: str, text: str, default: bool, resolve: object, reject: object) -> None:
        usual = default and name in NAMES  # MicroPython asks nothing for a name of thousands of letters
        try:
            app.change(name, getattr(Settings(), name) if usual else text)
        except DetectorError as error:
            reject(to_js(error.as_dict()))
            return
        resolve()

    def look(frame: object, resolve: object, reject: object) -> None:
        supervise(_look(app, frame, resolve), lambda error: reject(_told(error)))

    def take(resolve: object, reject: object) -> None:
        supervise(_take(app, resolve), lambda error: reject(_told(error)))

    actions = record(set=create_proxy(set_setting), detect=create_proxy(look), snapshot=create_proxy(take))
    (await load_module("./web/framed.js")).serve(actions)


async def _look(app: object, frame: object, resolve: object) -> None:
    bitmap = frame if frame.constructor.name == "ImageBitmap" else await decode(frame, "The picture")
    try:
        detections = await app.look_aside(bitmap)
    finally:
        bitmap.close()
    resolve(to_js([detection.as_dict() for detection in detections]))


async def _take(app: object, resolve: object) -> None:
    canvas = app.drawn_picture()
    if canvas is None:
        raise MediaError("There is nothing to save yet: start the camera, or choose a picture.", " ")
    resolve(await canvas.convertToBlob())


def _told(error: BaseException) -> object:
    known = as_detector_error(error, lambda message: DetectorError("Something went wrong: " + message))
    return to_js(known.as_dict())
