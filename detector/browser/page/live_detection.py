"""Detection in a moving picture: each frame that is due is looked at, and nothing while nobody sees the page."""

import js

from detector.browser.platform.interop import listen, now
from detector.browser.platform.language import speaker
from detector.browser.sources.frame_grabber import is_huge
from detector.browser.sources.live_frames import LiveFrames
from detector.browser.sources.source import TurnPassed
from detector.errors import ClosedError, InputError
from detector.tracking.announcing import Announcer, counts_of, in_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.browser.page.turn import Turn
    from detector.browser.page.view import PageView
    from detector.browser.sources.source import Source
    from detector.browser.stage.stage import Stage
    from detector.detection import Detection
    from detector.result import Result


class LiveDetection:
    """frames: which are looked at, and where boxes are in between. resting: paused because the page is hidden."""

    def __init__(self, stage: "Stage", view: "PageView") -> None:
        self.frames = LiveFrames(stage.video, self._take, stage.move)
        self.resting = False
        self._view = view
        self._video = stage.video
        self._turn: "Turn | None" = None
        self._announcer = Announcer()
        listen(js.document, "visibilitychange", self._visibility_changed)

    def begin(self, turn: "Turn") -> None:
        """Look at what the video element shows, from its next frame on, for this turn."""
        self._turn = turn
        self.frames.begin(turn.settings.skip)
        turn.enter("running")
        self._visibility_changed()

    def end(self) -> None:
        """The turn has passed."""
        self.frames.pause()
        self._turn = None
        self.resting = False
        self._announcer.forget()

    @property
    def rate(self) -> float:
        """Results a second; 0 while nothing moves on, or until it is known."""
        return self.frames.rate if self.frames.running else 0.0

    def pause(self) -> None:
        self.frames.pause()

    def resume(self) -> None:
        self.frames.resume()

    def look_again(self) -> None:
        """Look at the next frame, whether or not it has changed."""
        self.frames.look_again()

    def look_now(self) -> None:
        """Look at what the video shows, unless that was looked at: no frame may follow."""
        self.frames.look_now()

    def _take(self) -> None:
        turn = self._turn
        if turn is not None:
            turn.supervise(self._look(turn, turn.source.opened, self._video.currentTime))

    async def _look(self, turn: "Turn", opened: int, time: float) -> None:
        source = turn.source
        try:
            result = await turn.look(self._video, lambda result: self._placed(result, source, opened))
        except TurnPassed:
            raise
        except Exception as error:
            if not turn.passed:
                self.frames.finished()
            # A frame of a camera that another takes the place of may be gone before it is drawn, and what was found
            # in it is not where it was; of a clip that has grown, the end is on the way, and says why.
            gone = isinstance(error, InputError) and (opened != source.opened or is_huge(self._video))
            if gone or isinstance(error, ClosedError):
                return
            raise
        source.found(result, time)
        self.frames.finished()
        self._view.result(result, now(), self.frames.rate, self.frames.still)
        appeared, left = self._announcer.update(counts_of(result.detections), now())
        changes = in_words(appeared, left, speaker())
        if changes and turn.settings.announce:
            self._view.announce(changes)

    def _placed(self, result: "Result", source: "Source", opened: int) -> "list[Detection]":
        if opened != source.opened:
            raise InputError()  # another camera shows something else by now
        return self.frames.found(result) if source.moves else result.detections

    def _visibility_changed(self, *_: object) -> None:
        """Nobody looks at a hidden page, so it rests; the camera stays open, as asking again could fail."""
        turn = self._turn
        if turn is None:
            return
        hidden = js.document.visibilityState == "hidden"
        if hidden and not self.resting and self.frames.running:
            self.resting = True
            self.frames.pause()
            if turn.state == "running":
                turn.enter("paused")
        elif not hidden and self.resting:
            self.resting = False
            self.frames.resume()
            if turn.state == "paused" and not self._video.paused:
                turn.enter("running")
