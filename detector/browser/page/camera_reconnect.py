"""A camera that was missed is back, or one was connected that was asked for: the page goes on by itself."""

import js

from detector.browser.platform.interop import has, listen, supervise
from detector.browser.sources.camera import has_camera
from detector.errors import CameraUnpluggedError, NoCameraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.browser.page.app import App


class CameraReconnect:
    """Starts the app again when a camera appears while the page says that there is none."""

    def __init__(self, app: "App") -> None:
        self._app = app
        if has(js.navigator, "mediaDevices"):
            listen(js.navigator.mediaDevices, "devicechange", self._devices_changed)

    def _devices_changed(self, *_: object) -> None:
        error = self._app.view.shown_error
        if isinstance(error, (CameraUnpluggedError, NoCameraError)):
            supervise(self._look_for_camera(error), self._app.fail)

    async def _look_for_camera(self, error: "CameraUnpluggedError | NoCameraError") -> None:
        if await has_camera() and self._app.view.shown_error is error:
            self._app.start()
