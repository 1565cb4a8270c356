"""The heartbeat of a moving picture: one call for each new frame that a video element shows."""

import js

from detector.browser.interop import create_proxy, has, now


class FrameClock:
    """Calls `on_frame(now_ms)` for each frame between `start` and `stop`, with one proxy for all of them."""

    def __init__(self, video: object, on_frame: object) -> None:
        self._video = video
        self._on_frame = on_frame
        self._running = False
        self._handle = None
        # Frames of the video where the browser tells of them, else of the screen.
        self._by_video = has(video, "requestVideoFrameCallback")
        self._proxy = create_proxy(self._tick)

    def start(self) -> None:
        if not self._running:
            self._running = True
            self._ask()

    def stop(self) -> None:
        self._running = False
        if self._handle is not None:
            if self._by_video:
                self._video.cancelVideoFrameCallback(self._handle)
            else:
                js.cancelAnimationFrame(self._handle)
            self._handle = None

    def _ask(self) -> None:
        if self._by_video:
            self._handle = self._video.requestVideoFrameCallback(self._proxy)
        else:
            self._handle = js.requestAnimationFrame(self._proxy)

    def _tick(self, *_: object) -> None:
        if self._running:
            self._ask()
            self._on_frame(now())
