"""A video file, frame by frame, as fast as whoever looks at them takes them.

The video is sought from frame to frame (detector/pacing/frame_steps.py). Nothing is kept.
"""

import asyncio

import js

from detector.browser.platform.interop import attempt, create_proxy, failure, has, listen, to_js
from detector.pacing.frame_steps import FrameSteps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import HTMLVideoElement, VideoFrame, VideoFrameMetadata

PATIENCE_MS = 250  # until a browser that shows nothing new is taken at its word,
MORE_FRAMES = 3  # and these frames of its own: one that has much to do shows late what it has sought
ROUNDING_S = 1e-5  # browsers tell times in microseconds
A_LITTLE_S = 0.0007  # shorter than any frame
BEYOND_S = 1e7  # later than any video ends


class Seeker:
    """Shows the frame at a time, and tells when that frame begins."""

    def __init__(self, video: "HTMLVideoElement") -> None:
        self._video = video
        self._tells = has(video, "requestVideoFrameCallback")
        self._begins: "float | None" = None
        self._echoes = False  # what the browser tells of when frames begin is what it was asked for
        self._seeks = 0  # a seek that another one follows is given up
        self._handle = 0
        self._sought = asyncio.Event()
        self._shown = asyncio.Event()
        self._proxy = create_proxy(self._on_frame)
        self._late = create_proxy(self._on_late)
        self._frames_left = 0
        self._frame = 0  # of these, the one that was asked for
        listen(video, "seeked", lambda event: self._sought.set())
        listen(video, "loadeddata", lambda event: self._sought.set())
        listen(js.document, "visibilitychange", lambda event: self._shown.set())

    async def end(self) -> float:
        """The video's length in s, once its first frame is there."""
        self._sought.clear()
        if self._video.readyState < 2:
            await self._sought.wait()
        if not _is_finite(
            self._video.duration
        ):  # recorded by a browser, which did not know how long it would be
            await self.seek(BEYOND_S)
        duration = self._video.duration
        return duration if _is_finite(duration) else self._video.currentTime

    async def seek(self, time: float) -> "float | None":
        """Show the frame at a time. Returns when it begins; None where the browser does not tell."""
        begins = await self._show(time)
        if begins is not None and not self._echoes and time > 0.0 and abs(begins - time) < ROUNDING_S:
            # It begins just there, or the browser (Firefox, WebKitGTK) says what it was asked for.
            later = time + A_LITTLE_S
            again = await self._show(later)
            self._echoes = again is not None and abs(again - later) < ROUNDING_S
        return None if self._echoes else begins

    async def _show(self, time: float) -> "float | None":
        """The same, as the browser tells it."""
        self._seeks += 1
        turn = self._seeks
        while js.document.visibilityState == "hidden":  # where browsers draw nothing
            self._shown.clear()
            await self._shown.wait()
        if turn != self._seeks:
            return None
        video = self._video
        self._begins = None
        self._sought.clear()
        self._shown.clear()
        if self._tells:
            video.cancelVideoFrameCallback(self._handle)
            self._handle = video.requestVideoFrameCallback(self._proxy)
        video.currentTime = time
        await self._sought.wait()
        if turn == self._seeks and self._tells and self._begins is None:
            self._frames_left = MORE_FRAMES
            timer = js.setTimeout(self._late, PATIENCE_MS)
            await self._shown.wait()
            js.clearTimeout(timer)
            js.cancelAnimationFrame(self._frame)
        if turn != self._seeks:
            return None
        return await self._of_a_copy() if self._begins is None else self._begins

    def give_up(self) -> None:
        """Whoever waits for a frame gets None: the video may be gone."""
        self._seeks += 1
        self._sought.set()
        self._shown.set()

    def _on_frame(self, now_ms: float, about: "VideoFrameMetadata") -> None:
        self._begins = about.mediaTime
        self._shown.set()

    def _on_late(self, *_: object) -> None:
        if self._frames_left:
            self._frames_left -= 1
            self._frame = js.requestAnimationFrame(self._late)
        else:
            self._shown.set()

    async def _of_a_copy(self) -> "float | None":
        """When the frame begins, by a copy of it: of a frame that was shown already browsers tell nothing."""
        if not has(js.globalThis, "VideoFrame") or not self._tells:
            return None
        try:
            frame: VideoFrame = await attempt(js.Reflect, "construct", js.VideoFrame, to_js([self._video]))
        except Exception as error:
            if failure(error)[0] != "InvalidStateError":
                raise
            return None  # it shows none: it was closed meanwhile, or is between two
        begins = frame.timestamp / 1e6
        frame.close()
        return begins


class FrameByFrame:
    """Every frame once, from the first one on. most: frames, and then it ends.

    count: frames shown so far. length: of the video, in s. exact: whether no frame was missed.
    """

    def __init__(self, seeker: Seeker, most: int) -> None:
        self.count = 0
        self.length = 0.0
        self._seeker = seeker
        self._most = most
        self._steps: "FrameSteps | None" = None
        self._cancelled = False

    @property
    def exact(self) -> bool:
        return self._steps is not None and self._steps.exact

    async def next(self) -> "float | None":
        """Show the next frame; when it begins, in s, or None where there is no other, or it was cancelled."""
        if self._steps is None:
            self.length = await self._seeker.end()
            self._steps = FrameSteps(self.length)
        steps = self._steps
        while not self._cancelled and self.count < self._most:
            target = steps.target()
            if target is None:
                return None
            shown = await self._seeker.seek(target)
            if not self._cancelled and steps.landed(shown):
                self.count += 1
                return steps.time
        return None

    def cancel(self) -> None:
        """There is no next frame."""
        self._cancelled = True
        self._seeker.give_up()


def _is_finite(number: float) -> bool:
    return bool(js.Number.isFinite(number))
