"""A moving picture: which of its frames are looked at, and where the boxes are in between.

A frame is looked at when the pacer can afford it and the gate sees that something moved. On all others the boxes go
on as they went. Where there is time left, parts of the picture are looked at closer, one at a time.
"""

import js

from detector.browser.platform.interop import create_proxy, has, listen, now
from detector.browser.sources.frame_grabber import is_huge, is_resized
from detector.browser.sources.motion_cells import COLUMNS, MotionCells
from detector.pacing.motion_gate import MotionGate, changed_cells
from detector.pacing.pacer import FULL_DUTY, Pacer, Rate
from detector.tracking.closer_looks import CloserLooks
from detector.tracking.tracker import Tracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from js import HTMLVideoElement

    from detector.detection import Detection
    from detector.result import Result

# While nothing moves, this is how long something that begins to move waits at most. To look at every frame would
# cost twice as much: converting a video's frame is most of it.
GLANCE_MS = 60.0
# Who asks for closer looks gets one after so many at the whole, also where something always moves.
WHOLES = 3
# Where something has moved, it is likely to move on: nothing is looked at closer there for so long.
STILL_MS = 300.0
# For how many seconds a box stays that the network doesn't find: scores tremble about the threshold.
HOLD = 0.5


class FrameClock:
    """Calls `on_frame(now_ms)` for each frame between `start` and `stop`, with one proxy for all of them."""

    def __init__(self, video: "HTMLVideoElement", on_frame: "Callable[[float], object]") -> None:
        self._video = video
        self._on_frame = on_frame
        self._running = False
        self._handle: "int | None" = None
        # Frames of the video where the browser tells of them, else of the screen.
        self._by_video = has(video, "requestVideoFrameCallback")
        self._proxy = create_proxy(self._tick)

    def start(self) -> None:
        if not self._running:
            self._running = True
            self._ask()

    @property
    def running(self) -> bool:
        return self._running

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


class LiveFrames:
    """Calls `take(None)` for each frame to look at, `take(part)` for a part of one, and `draw(detections)` where boxes
    are elsewhere than drawn.

    `take` leads to `found(result)` and `finished()`, or to `finished()` alone if it failed.
    gate: None looks at every frame that the pacer takes, as do settings with skip=0. closer: which parts are looked at,
    and what they have shown. tracker: which object is which, and where each is. cells: of the frame taken last.
    size: of the last one that was looked at as a whole.
    """

    def __init__(
        self,
        video: "HTMLVideoElement",
        take: "Callable[[int | None], object]",
        draw: "Callable[[list[Detection]], object]",
    ) -> None:
        self.gate: "MotionGate | None" = MotionGate(COLUMNS)
        self._video = video
        self._take = take
        self._draw = draw
        self.closer = CloserLooks(COLUMNS)
        self.tracker = Tracker(hold=HOLD)
        self.cells = b""
        self._seen = b""  # the cells of the last frame of which the whole was looked at
        self._moved_at: list[float] = []  # when something was last seen to have moved, for each cell
        self._look = "once"
        self._wholes = 0  # looks at the whole since one at a part was due
        self._frame_at = 0.0  # when the last frame came,
        self._frame_ms = 0.0  # and how long they last
        self._clock = FrameClock(video, self._on_frame)
        self._glance = MotionCells()
        self._pacer = Pacer()
        self._duty = FULL_DUTY
        self._rate = Rate()
        self._drawn_at = 0.0
        self._next_glance = 0.0
        # What is there now will stay, and a look at an earlier frame has not ended yet.
        self._last_is_due = False
        self.size = (0.0, 0.0)
        listen(video, "resize", self._resized)
        listen(video, "seeking", self._sought)

    # Start and stop

    def begin(self, skip: "str | int") -> None:
        """A new picture, from its first frame on."""
        self._pacer = Pacer(skip, self._duty)
        self.tracker.forget()
        self.closer.forget()
        self._last_is_due = False
        self.resume()

    def resume(self) -> None:
        """Go on after `pause`: with a look, as nobody knows what has changed."""
        self.look_again()
        self.tracker.rest()
        self._rate = Rate()
        self._clock.start()

    def pause(self) -> None:
        """No frame is looked at, nor drawn on, until `resume`."""
        self._last_is_due = False
        self._clock.stop()

    def look_again(self) -> None:
        """Look at the next frame, whether or not it has changed, and then at its parts."""
        self._next_glance = 0.0
        self.closer.again()
        if self.gate is not None:
            self.gate.reset()

    def look_now(self) -> None:
        """Look at what is there, unless that was looked at: of a clip that has ended no frame comes any more."""
        self._last_is_due = self._pacer.in_flight
        if self._pacer.in_flight or is_huge(self._video):
            return
        self._next_glance = 0.0
        at = now()
        self.tracker.let_go(at)  # nothing comes any more that would take away what is held
        if self._changed(at):
            self.tracker.rest()  # nothing moves on
            self._begin_look(None, at)

    def look_closely(self, look: str) -> None:
        """How closely to look from now on: the setting `look`. auto: closer, where there is nothing else to do."""
        self._look = look

    def skip(self, skip: "str | int") -> None:
        """Which frames to leave out from now on: "auto" or a number, as in Pacer."""
        if skip != self._pacer.skip:
            in_flight = self._pacer.in_flight
            self._pacer = Pacer(skip, self._duty)
            if in_flight:
                self._pacer.started(now())
            self.look_again()

    def pace(self, duty: float) -> None:
        """The largest share of the time that inference may fill, with skip=auto."""
        self._duty = self._pacer.duty = duty

    # What there is to know

    @property
    def running(self) -> bool:
        """Whether frames are watched: from `begin` or `resume` to `pause`."""
        return self._clock.running

    @property
    def rate(self) -> float:
        """Results a second; 0 until it is known."""
        return self._rate.value

    @property
    def still(self) -> bool:
        """Whether the last frame was looked at only because it was time to, nothing having changed."""
        gate = self._gate_in_use()
        return gate is not None and gate.still

    def drawn(self) -> "list[Detection]":
        """The detections where they were drawn last."""
        return self.tracker.at(self._drawn_at, self.size[0], self.size[1])

    # One frame

    def found(self, result: "Result", wanted: "Callable[[Detection], bool]") -> "list[Detection]":
        """What a look has given. Its detections get their tracks. Returns them where they are by now, to be drawn.

        wanted: whether something that a closer look has found is still asked for.
        """
        if self.size != (result.width, result.height):
            self.size = (result.width, result.height)
            self.tracker.lose()
        at = now()
        self._rate.tick(at)
        result.tracked(self.tracker, stays=lambda one: wanted(one) and self._stays(one))
        return self._tracked(at)

    def found_closer(self, result: "Result", part: int) -> "list[Detection]":
        """What a look at a part has given; its detections become all that is known of the picture. As `found`."""
        at = now()
        self.closer.looked(part, self.cells, bool(result.detections))
        result.tracked(self.tracker, part=part)
        return self._tracked(at)

    def _tracked(self, at: float) -> "list[Detection]":
        if self.still:
            self.tracker.rest()  # what two looks see otherwise, one of them closely, has not moved
        return self._at(at)

    def _stays(self, one: "Detection") -> bool:
        width, height = self.size
        x0, y0, x1, y1 = one.box.corners
        return self.closer.stays(one.look, (x0 / width, y0 / height, x1 / width, y1 / height), self.cells)

    def finished(self) -> None:
        """The look has ended, well or badly."""
        at = now()
        self._pacer.finished(at)
        if self._last_is_due:
            self.look_now()
        elif self.running and self._parts_wanted and self._pacer.fits(self._frame_at + self._frame_ms):
            self._begin_part(self._seen, at)  # on a fast machine, before the next frame

    def _on_frame(self, now_ms: float) -> None:
        if is_huge(self._video):
            return  # a clip whose frames have grown: its end is on the way (App), and says why
        self._frame_ms += (min(now_ms - self._frame_at, 1000.0) - self._frame_ms) / 4
        self._frame_at = now_ms
        if self._pacer.offer(now_ms) and not self._insists(now_ms):
            if self._changed(now_ms):
                self._begin_look(None, now_ms)
            elif self._parts_wanted:
                self._begin_part(self.cells, now_ms)
        if self.tracker.moves(self._drawn_at, now_ms):
            self._draw(self._at(now_ms))

    def _resized(self, *_: object) -> None:
        """A camera was turned: what it has shown so far tells nothing of where things are now."""
        if is_resized(self._video, self.size[0], self.size[1]):
            self.tracker.lose()
            self.closer.forget()
            self.look_again()

    def _sought(self, *_: object) -> None:
        """Another moment of a clip: nothing is where it was, and a look that is under way shows what was."""
        self.tracker.lose()
        self.tracker.let_go(now())
        self.closer.again()

    # Closer

    @property
    def _parts_wanted(self) -> bool:
        """Whether a part may be due: in a scene that rests this is asked for each frame, and has to be cheap."""
        closely = self._look != "once" and not self.closer.all_seen
        return closely and self._gate_in_use() is not None and bool(self._seen)

    def _insists(self, now_ms: float) -> bool:
        """Whether a part is looked at although something moves: closer looks are asked for, and none was for long."""
        if self._look == "auto" or self._wholes < WHOLES or self.still or not self._parts_wanted:
            return False
        self._wholes = 0
        cells = self._glance.cells(self._video)
        self._note_moved(changed_cells(self._seen, cells, COLUMNS), now_ms)
        return self._begin_part(cells, now_ms)

    def _note_moved(self, moved: list[bool], now_ms: float) -> None:
        """moved: for each cell whether something has moved there; [] where nobody knows."""
        before = self._moved_at
        if not moved or len(moved) != len(before):
            self._moved_at = [now_ms] * len(self.cells)
        else:
            self._moved_at = [now_ms if moved[cell] else before[cell] for cell in range(len(moved))]

    def _begin_part(self, cells: bytes, now_ms: float) -> bool:
        """Look at a part of the frame with these cells, if one is due."""
        part = self.closer.next(cells, [now_ms - at < STILL_MS for at in self._moved_at])
        if part is not None:
            self.cells = cells
            self._begin_look(part, now_ms)
        return part is not None

    def _begin_look(self, part: "int | None", now_ms: float) -> None:
        video = self._video
        if part is None:
            self._wholes += 1
            look = "closer" if self._look == "auto" else self._look
            self.closer.begin(look if self._gate_in_use() else "once", video.videoWidth, video.videoHeight)
        else:
            self._wholes = 0
        self._pacer.started(now_ms)
        self._take(part)

    def _at(self, now_ms: float) -> "list[Detection]":
        self._drawn_at = now_ms
        return self.tracker.at(now_ms, self.size[0], self.size[1])

    def _gate_in_use(self) -> "MotionGate | None":
        return None if self._pacer.skip == 0 else self.gate

    def _changed(self, now_ms: float) -> bool:
        gate = self._gate_in_use()
        if gate is None:
            return True
        if 0.0 < self._next_glance - now_ms < GLANCE_MS:
            return False
        self.cells = self._glance.cells(self._video)
        if gate.should_infer(self.cells, now_ms):
            self._next_glance = 0.0
            if not gate.still:
                self.closer.moved()
                if self._look != "once":
                    self._note_moved(gate.moved_cells(), now_ms)
            self._seen = self.cells
            return True
        self._next_glance = now_ms + GLANCE_MS
        if self.tracker.rest():
            self._draw(self._at(now_ms))
        return False
