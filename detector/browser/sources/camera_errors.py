"""Why a camera did not open: the browser's errors as ours, each with what to do next."""

import js

from detector.browser.platform.interop import allowed, failure, has, is_none, record
from detector.errors import (
    CameraBusyError,
    CameraConstraintError,
    CameraDeniedError,
    CameraDismissedError,
    CameraError,
    CameraPolicyError,
    NoCameraError,
)


async def camera_error(error: BaseException) -> CameraError:
    """What a visitor is to be told of a failed getUserMedia."""
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
    return await permission() == "prompt"


async def permission() -> str:
    """Whether this page may have the camera: "granted", "denied", "prompt" (the browser asks); "" if it is not told."""
    if not has(js.navigator, "permissions"):
        return ""
    try:
        status = await js.navigator.permissions.query(record(name="camera"))
    except Exception:  # this browser does not know the camera as a permission
        return ""
    return "" if is_none(status) else str(status.state)
