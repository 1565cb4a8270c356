"""Every frame of a video file, as fast as the network takes them. Loaded when a video is opened.

The video is sought from frame to frame (detector/stepping.py), and each is looked at once. Nothing is kept but what was
found.
"""

import asyncio

import js

from detector.browser.interop import create_proxy, has, listen, supervise
from detector.browser.language import word
from detector.browser.page import element
from detector.stepping import FrameSteps

PATIENCE_MS = 250  # until a browser that shows nothing new is taken at its word
BEYOND_S = 1e7  # later than any video ends


class Seeker:
    """Shows the frame at a time, and tells when that frame begins."""

    def __init__(self, video: object) -> None:
        self._video = video
        self._tells = has(video, "requestVideoFrameCallback")
        self._begins = None
        self._seeks = 0  # a seek that another one follows is given up
        self._handle = 0
        self._sought = asyncio.Event()
        self._shown = asyncio.Event()
        self._proxy = create_proxy(self._on_frame)
        self._late = create_proxy(lambda *_: self._shown.set())
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
            timer = js.setTimeout(self._late, PATIENCE_MS)
            await self._shown.wait()
            js.clearTimeout(timer)
        if turn != self._seeks:
            return None
        return self._of_a_copy() if self._begins is None else self._begins

    def _on_frame(self, now_ms: float, about: object) -> None:
        self._begins = about.mediaTime
        self._shown.set()

    def _of_a_copy(self) -> "float | None":
        """When the frame begins, by a copy of it: of a frame that was shown already browsers tell nothing."""
        if not has(js.globalThis, "VideoFrame") or not self._tells:
            return None
        frame = js.VideoFrame.new(self._video)
        begins = frame.timestamp / 1e6
        frame.close()
        return begins


class EveryFrame:
    """The row under a video: look at every frame, how far that is, Cancel."""

    def __init__(self, app: object, most: int) -> None:
        """most: frames whose detections are kept."""
        self._app = app
        self._most = most
        self._video = element("video")
        self._seeker = Seeker(self._video)
        self._round = 0
        self._count = 0
        self.going = False
        listen(element("clip-every"), "click", lambda event: self.begin())
        listen(element("clip-cancel"), "click", lambda event: self.cancel())

    def offer(self) -> None:
        """A video is open."""
        element("clip").hidden = False
        self._end("")

    def forget(self) -> None:
        """The video is closed."""
        self._round += 1
        self.going = False
        element("clip").hidden = True

    def begin(self) -> None:
        """Look at every frame, from the first one on."""
        if self.going:
            return
        self._round += 1
        turn = self._round
        self.going = True
        self._count = 0
        self._video.pause()
        self._video.controls = False
        self._show(True)
        self._app.stepping()

        def failed(error: BaseException) -> None:
            if turn == self._round:
                self._app.fail(error)

        supervise(self._go(turn), failed)

    def cancel(self) -> None:
        """Enough. What was found so far stays."""
        if self.going:
            self._finish(word("Stopped after {count} frames.", count=self._count))

    async def _go(self, turn: int) -> None:
        seeker = self._seeker
        length = await seeker.end()
        steps = FrameSteps(length)
        target = steps.target()
        while target is not None and turn == self._round:
            shown = await seeker.seek(target)
            if turn != self._round:
                return
            if steps.landed(shown):
                await self._app.look_at_frame(steps.time)
                if turn != self._round:
                    return
                self._count += 1
                self._show_progress(steps.time, length)
                if self._count == self._most:
                    self.cancel()
                    return
            target = steps.target()
        if turn == self._round:
            self._finish(
                word("Every frame was looked at: {count}.", count=self._count)
                if steps.exact
                else word(
                    "Frames that were looked at: {count}. Some that come unevenly may be missing.",
                    count=self._count,
                )
            )

    def _show_progress(self, time: float, length: float) -> None:
        element("clip-bar").value = time / length if length else 1.0
        element("clip-count").textContent = word(
            "Frame {count}, {time} of {length} s",
            count=self._count,
            time=f"{time:.1f}",
            length=f"{length:.1f}",
        )

    def _finish(self, words: str) -> None:
        self._round += 1
        self._end(words)
        self._app.stepped()

    def _end(self, words: str) -> None:
        self.going = False
        self._video.controls = True
        self._show(False)
        element("clip-text").textContent = words

    def _show(self, going: bool) -> None:
        element("clip-every").hidden = going
        element("clip-cancel").hidden = not going
        bar = element("clip-bar")
        bar.hidden = not going
        bar.value = 0.0
        element("clip-count").textContent = ""
        element("clip-text").textContent = ""


def _is_finite(number: object) -> bool:
    return bool(js.Number.isFinite(number))
