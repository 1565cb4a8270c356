"""Detection in a moving picture: each frame that is due is looked at, and nothing while nobody sees the page."""

import js

from detector.browser.platform.interop import listen, now
from detector.browser.platform.language import speaker
from detector.browser.sources.frame_grabber import is_huge
from detector.browser.sources.live_frames import LiveFrames
from detector.browser.sources.source import TurnPassed
from detector.errors import ClosedError, InputError
from detector.pipeline import UNSURE
from detector.tracking.announcing import Announcer, counts_of, in_words
from detector.vision.merging import Merged, fused, gathered
from detector.vision.non_maximum_suppression import is_wanted
from detector.vision.regions import WHOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.browser.page.turn import Turn
    from detector.browser.page.view import PageView
    from detector.browser.stage.stage import Stage
    from detector.detection import Detection
    from detector.pipeline import Looks
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
        self._opened = 0  # which camera that was of
        listen(js.document, "visibilitychange", self._visibility_changed)

    def begin(self, turn: "Turn") -> None:
        """Look at what the video element shows, from its next frame on, for this turn."""
        self._turn = turn
        self._opened = turn.source.opened
        self.frames.look_closely(turn.settings.look)
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
        """Look at the next frame, whether or not it has changed; only what is found there is shown."""
        self.frames.tracker.let_go(now())
        self.frames.look_again()

    def look_now(self) -> None:
        """Look at what the video shows, unless that was looked at: no frame may follow."""
        self.frames.look_now()

    def _take(self, part: "int | None") -> None:
        turn = self._turn
        if turn is None:
            return
        if turn.source.opened != self._opened:  # another camera: nothing of its picture was seen closely
            self._opened = turn.source.opened
            self.frames.closer.forget()
            self.frames.tracker.lose()
            part = None
        turn.supervise(self._look(turn, part, self._opened, self._video.currentTime))

    async def _look(self, turn: "Turn", part: "int | None", opened: int, time: float) -> None:
        source, frames = turn.source, self.frames
        try:
            result = await self._looked(turn, part, opened)
        except TurnPassed:
            raise
        except Exception as error:
            if not turn.passed:
                frames.finished()
            # A frame of a camera that another takes the place of may be gone before it is drawn, and what was found
            # in it is not where it was; of a clip that has grown, the end is on the way, and says why. A part can wait.
            passed = opened != source.opened or part is not None or is_huge(self._video)
            gone = isinstance(error, InputError) and passed
            if gone or isinstance(error, ClosedError):
                return
            raise
        if result is not None:
            source.found(result, time)
        frames.finished()
        if result is None:
            return
        self._view.result(result, now(), frames.rate, frames.still)
        appeared, left = self._announcer.update(counts_of(result.detections), now())
        changes = in_words(appeared, left, speaker())
        if changes and turn.settings.announce:
            self._view.announce(changes)

    async def _looked(self, turn: "Turn", part: "int | None", opened: int) -> "Result | None":
        """A look at the whole, or at a part. None: something moves, and it waits for the next whole to be shown."""
        source, frames = turn.source, self.frames
        settings = turn.settings
        region = WHOLE if part is None else frames.closer.region(part)

        def merged(looks: "Looks") -> "Merged":
            (_, candidates), number = looks[0], part or 0
            if not number:
                return Merged(candidates, None)
            return fused(gathered(region, candidates, UNSURE * settings.threshold, number), settings.iou)

        def wanted(one: "Detection") -> bool:
            return is_wanted(one.label, settings.allow, settings.deny)

        def placed(result: "Result") -> "list[Detection]":
            if opened != source.opened:
                raise InputError()  # another camera shows something else by now
            if part is not None and frames.size != (result.width, result.height):
                raise InputError()  # it was turned: what the whole has shown is not where it was
            if not source.moves:
                return result.detections
            frames.tracker.follow(settings)
            drawn = frames.found(result, wanted) if part is None else frames.found_closer(result, part)
            result.looks = [(WHOLE, result.looks[0][1])] + frames.closer.seen
            return drawn

        if part is None or frames.still:
            return await turn.look(self._video, parts=[region], merged=merged, placed=placed)
        placed(await turn.look_aside(self._video, [region], merged))
        return None

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
