"""The screen stays on while the camera or a video is looked at: nobody touches a phone that watches."""

import js

from detector.browser.platform.interop import allowed, attempt, failure, has, listen, supervise


class WakeLock:
    """Holds the browser's wake lock while the page runs. Browsers take it back when the page is hidden."""

    def __init__(self) -> None:
        self._lock: js.WakeLockSentinel | None = None
        self._wanted = False
        if has(js.navigator, "wakeLock") and allowed("screen-wake-lock"):
            listen(js.document, "detector:state", lambda event: self._want(event.detail.state == "running"))

    def _want(self, wanted: bool) -> None:
        self._wanted = wanted
        supervise(self._change(wanted), _refused)

    async def _change(self, wanted: bool) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            await attempt(lock, "release")
        if not wanted or self._lock is not None:
            return
        lock = await attempt(js.navigator.wakeLock, "request", "screen")
        if self._wanted and self._lock is None:
            self._lock = lock
        else:
            await attempt(lock, "release")  # stopped meanwhile


def _refused(error: BaseException) -> None:
    # On a low battery, for instance. The page works all the same.
    js.console.info("The screen may go off: " + failure(error)[1])
