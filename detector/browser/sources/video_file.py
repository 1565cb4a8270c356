"""A video file in the page's video element: at its own pace, or frame by frame."""

import js

from detector.browser.platform.interop import failure
from detector.browser.sources.frame_by_frame import FrameByFrame, Seeker
from detector.browser.sources.picture_decoder import check_video
from detector.browser.sources.source import Source
from detector.errors import MediaError
from detector.exports.look import Look
from detector.tracking.tracker import Tracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from js import File, HTMLVideoElement

    from detector.browser.sources.source import Turn
    from detector.detection import Detection
    from detector.result import Result

    class Row(Protocol):
        """Offers to look at every frame, and says how far that is."""

        def begin(self, video: "VideoFile") -> None: ...

        def stepping(self, going: bool) -> None: ...

        def progress(self, count: int, time: float, length: float) -> None: ...

        def ended(self, count: int, exact: bool | None) -> None: ...

        def clear(self) -> None: ...


MOST_LOOKS = 20_000  # frames whose detections are kept for a file: half an hour at ten a second


class VideoFiles:
    """Makes the sources of video files. There is one: what it listens with lives as long as the page."""

    def __init__(self, video: "HTMLVideoElement", row: "Row") -> None:
        self._video = video
        self._row = row
        self._seeker = Seeker(video)

    def open(self, file: "File", earlier: "list[Look]") -> "VideoFile":
        """The source of a file. earlier: what was found in photos that were given with it."""
        return VideoFile(self._video, file, self._seeker, self._row, earlier)


class VideoFile(Source):
    """One video file; made by VideoFiles."""

    kind = "video"
    settings = ("video",)

    def __init__(
        self, video: "HTMLVideoElement", file: "File", seeker: "Seeker", row: "Row", earlier: "list[Look]"
    ) -> None:
        self._video = video
        self._file = file
        self._name = str(file.name)
        self._seeker = seeker
        self._row = row
        self._looks = list(earlier)
        self._address = ""
        self._turn: "Turn | None" = None
        self._steps: "FrameByFrame | None" = None  # while it is looked at frame by frame
        self._stepped = False  # it was, and stands where that ended
        self._complete = False  # what is in each of its frames is known

    async def run(self, turn: "Turn") -> None:
        self._turn = turn
        await turn.ready()
        self._address = js.URL.createObjectURL(self._file)
        self._video.src = self._address
        self._video.controls = True
        turn.show_video()
        await turn.warm_up()  # before it plays: a clip of a second would be over
        self._row.begin(self)
        if turn.settings.video == "every":
            self.step_through()
            return
        try:
            await self._video.play()
        except Exception as error:
            turn.check()
            raise MediaError(self._name + " cannot be played (" + failure(error)[1] + ").")
        turn.check()
        turn.play()
        if self._video.ended:  # it was over before play() said that it had begun
            self._ended(turn)

    def close(self) -> None:
        steps, self._steps = self._steps, None
        if steps is not None:
            steps.cancel()
        address, self._address = self._address, ""
        if address:
            self._row.clear()
            self._video.pause()
            self._video.controls = False
            self._video.removeAttribute("src")
            self._video.load()
            js.URL.revokeObjectURL(address)

    @property
    def picture(self) -> "HTMLVideoElement":
        return self._video

    @property
    def moves(self) -> bool:
        return not self._stepped

    def looks(self) -> "list[Look]":
        return self._looks

    def look_again(self, turn: "Turn") -> None:
        turn.look_at_next()

    def found(self, result: "Result", time: float) -> None:
        if not self._complete and len(self._looks) < MOST_LOOKS:
            self._keep(result, time)

    def _keep(self, result: "Result", time: float) -> None:
        self._looks.append(Look(self._name, result.width, result.height, result.detections, time))

    # At its own pace

    def video_event(self, name: str, turn: "Turn") -> None:
        if not self._address:
            return
        if name == "resize":
            try:
                check_video(self._video, self._name)
            except MediaError as error:
                turn.fail(error)
        elif name == "error":
            turn.fail(MediaError("This video cannot be played.", "Try an MP4 or WebM clip."))
        elif self._steps is None:
            if name == "ended":
                self._ended(turn)
            elif name == "pause" and turn.state == "running":
                turn.enter("paused")
            elif name == "play" and turn.state in ("paused", "ready") and not turn.resting:
                self._played(turn)

    def _ended(self, turn: "Turn") -> None:
        if turn.state in ("running", "paused"):
            if not turn.resting:
                turn.look_now()
            turn.enter("ready")

    def _played(self, turn: "Turn") -> None:
        """The visitor plays it again."""
        if self._stepped:
            self._stepped = False
            turn.play()
        else:
            if turn.state == "ready":  # from its beginning
                turn.count_anew(live=True)
            turn.enter("running")

    # Frame by frame

    @property
    def is_stepping(self) -> bool:
        """Whether it is looked at frame by frame."""
        return self._steps is not None

    def setting_changed(self, name: str, turn: "Turn") -> None:
        if not self._address:
            return  # not open yet: it finds out by itself
        if turn.settings.video == "every":
            self.step_through()
        else:
            self.stop_stepping()

    def step_through(self) -> None:
        """Look at every frame, from the first one on."""
        turn = self._turn
        if self._steps is None and turn is not None:
            self._video.pause()
            self._video.controls = False
            turn.pause()
            turn.count_anew(live=False)
            self._looks = []
            self._stepped = self._complete = True
            self._steps = FrameByFrame(self._seeker, MOST_LOOKS)
            self._row.stepping(True)
            turn.enter("running")
            turn.supervise(self._step_through(self._steps, turn))

    def stop_stepping(self) -> None:
        """Enough. What was found so far stays."""
        if self._steps is not None and self._turn is not None:
            self._end_steps(None, self._turn)

    async def _step_through(self, steps: FrameByFrame, turn: "Turn") -> None:
        tracker = Tracker()

        def placed(result: "Result") -> "list[Detection]":
            if time is not None and self._steps is steps:  # else it is of a run that was given up
                tracker.follow(turn.settings)
                result.tracked(tracker, 1000.0 * time)
            return result.detections

        try:
            time = await steps.next()
            while time is not None:
                check_video(self._video, self._name)  # it may have grown, and nobody was told yet
                result = await turn.look(self._video, placed=placed)
                turn.told(result)
                if self._steps is steps:  # else it was cancelled during the look, and may have begun anew
                    self._keep(result, time)
                    self._row.progress(steps.count, time, steps.length)
                time = await steps.next()
        except Exception:
            if self._steps is steps:
                raise
        if self._steps is steps:
            self._end_steps(None if steps.count == MOST_LOOKS else steps.exact, turn)

    def _end_steps(self, exact: bool | None, turn: "Turn") -> None:
        """exact: whether every frame was looked at; None: it was stopped before the end."""
        steps, self._steps = self._steps, None
        assert steps is not None
        steps.cancel()
        self._video.controls = True
        self._row.stepping(False)
        self._row.ended(steps.count, exact)
        turn.count_end()
        turn.enter("ready")
