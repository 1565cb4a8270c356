"""The visitor's camera: opened, watched for being pulled out, and given back."""

import js

from detector.browser.interop import allowed, create_proxy, failure, has, is_none, items, record, to_js
from detector.errors import (
    CameraBusyError,
    CameraConstraintError,
    CameraDeniedError,
    CameraDismissedError,
    CameraError,
    CameraInsecureError,
    CameraPolicyError,
    NoCameraError,
)

# What a live detector wants: enough pixels to look good, few enough to draw quickly.
IDEAL_SIZE = (1280, 720)


async def cameras() -> list:
    """(name, id) of each camera. Browsers tell names only once a camera was allowed: none before."""
    if not has(js.navigator, "mediaDevices"):
        return []
    devices = items(await js.navigator.mediaDevices.enumerateDevices())
    return [(one.label, one.deviceId) for one in devices if one.kind == "videoinput" and one.label]


async def has_camera() -> bool:
    """Whether a camera is connected; before one was allowed its name is unknown, but not that it is there."""
    found = [one.kind for one in items(await js.navigator.mediaDevices.enumerateDevices())]
    return "videoinput" in found


class Camera:
    """`open` a camera into a video element; `close` stops it. `on_lost()` is called when it goes away by itself."""

    def __init__(self, video: object, on_lost: object) -> None:
        self._video = video
        self._stream = None
        self._on_lost = on_lost
        self.changes = 0  # another number after each `open` and `close`
        self._ended = create_proxy(self._track_ended)

    @property
    def is_open(self) -> bool:
        return self._stream is not None

    async def open(self, settings: object) -> bool:
        """Ask for a camera, as near to the settings as there is one, and show it in the place of the one before.

        False if it was closed or another was asked for meanwhile: then nothing of this one stays open. Raises a
        CameraError.
        """
        self.close()
        opening = self.changes
        if not has(js.navigator, "mediaDevices"):
            raise CameraInsecureError()
        width, height = IDEAL_SIZE
        if settings.resolution != "auto":
            width, height = [int(side) for side in settings.resolution.split("x")]
        video = {"width": {"ideal": width}, "height": {"ideal": height}}
        known = [device_id for name, device_id in await cameras() if name == settings.camera]
        if settings.camera and known:
            video["deviceId"] = {"exact": known[0]}
        else:
            video["facingMode"] = {"ideal": settings.facing}
        wanted = to_js({"audio": False, "video": video})
        try:
            stream = await js.navigator.mediaDevices.getUserMedia(wanted)
        except Exception as error:
            typed = await _typed(error)
            if opening != self.changes:
                return False
            raise typed
        if opening != self.changes:
            _stop(stream)
            return False
        self._stream = stream
        for track in items(stream.getVideoTracks()):
            track.addEventListener("ended", self._ended)
        self._video.srcObject = stream
        try:
            await self._video.play()
        except Exception as error:
            if opening == self.changes:
                self.close()
                message = failure(error)[1]
                raise CameraError("The camera opened, but its picture could not be shown (" + message + ").")
        return opening == self.changes

    def front_facing(self) -> bool:
        """Whether the picture should be mirrored, as people know themselves: any camera but one that faces away."""
        if self._stream is None:
            return False
        settings = self._stream.getVideoTracks()[0].getSettings()
        return getattr(settings, "facingMode", "user") != "environment"

    @property
    def name(self) -> str:
        """The name of the open camera, or ""."""
        return "" if self._stream is None else str(self._stream.getVideoTracks()[0].label)

    def close(self) -> None:
        """Stop the camera: its light goes out. Calling it again does nothing."""
        self.changes += 1
        stream, self._stream = self._stream, None
        if stream is None:
            return
        for track in items(stream.getTracks()):
            track.removeEventListener("ended", self._ended)
        _stop(stream)
        self._video.pause()
        self._video.srcObject = js.JSON.parse("null")

    def _track_ended(self, *_: object) -> None:
        if self._stream is not None:
            self.close()
            self._on_lost()


def _stop(stream: object) -> None:
    for track in items(stream.getTracks()):
        track.stop()


async def _typed(error: BaseException) -> CameraError:
    name, message = failure(error)
    if name in ("NotAllowedError", "SecurityError") and not allowed("camera"):
        return CameraPolicyError()
    if name == "NotAllowedError":
        if "dismissed" in message.lower() or await _undecided():
            return CameraDismissedError()
        return CameraDeniedError()
    if name == "SecurityError":
        return CameraDeniedError()
    if name in ("NotFoundError", "DevicesNotFoundError"):
        return NoCameraError()
    if name in ("NotReadableError", "TrackStartError", "AbortError"):
        return CameraBusyError()
    if name in ("OverconstrainedError", "ConstraintNotSatisfiedError"):
        return CameraConstraintError()
    return CameraError("The camera could not be opened (" + name + ": " + message + ").")


async def _undecided() -> bool:
    """Whether the browser would ask again: then the question was closed, not answered."""
    if not has(js.navigator, "permissions"):
        return False
    try:
        status = await js.navigator.permissions.query(record(name="camera"))
    except Exception:  # this browser does not know the camera as a permission: then a refusal is a refusal
        return False
    return not is_none(status) and status.state == "prompt"
