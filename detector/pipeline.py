"""Frame in, detections out: the one place where the parts are put together.

    detector = Detector(session, COCO_LABELS, clock, Settings())
    await detector.warm_up(frame)
    detections = await detector.detect(frame)
    detector.close()

What differs from one Python to the next, pixels and the network, is behind Session.
"""

import asyncio

from detector.detection import Detection
from detector.errors import ClosedError, InputError
from detector.labels import Labels
from detector.result import Result
from detector.settings import Settings
from detector.stream import Stream
from detector.tracking.tracker import Tracker
from detector.vision.merging import LEAST, merge
from detector.vision.non_maximum_suppression import select
from detector.vision.regions import WHOLE, Region, regions, resolved
from detector.vision.warmup import warm_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from detector.stream import Watch
    from detector.vision.merging import Merged
    from detector.vision.non_maximum_suppression import Candidates

    Looks = list[tuple[Region, Candidates]]

    class Session(Protocol):
        """What runs the network: anything with these.

        What a frame is, is the session's own affair: a video element or a canvas in the page, a Pillow image in
        CPython. So is the tensor: uint8 RGBA, [1, 300, 300, 4], wherever it lives. Hence Any for both.
        """

        @property
        def provider(self) -> str:
            """What runs the network: "webgpu", "webgl", "wasm", "cpu"."""

        def size(self, frame: Any) -> tuple[float, float]:
            """Width and height of a frame in its own pixels. InputError where it has none."""

        def resized(self, frame: Any, width: float, height: float) -> bool:
            """Whether a frame that had this size has another by now: a camera's, that was turned meanwhile."""

        def moves(self, frame: Any) -> bool:
            """Whether other pictures follow it, as in a video: nobody waits for all that is in this one."""

        def blank(self) -> Any:
            """A frame to warm up with: of the right size, with nothing on it."""

        async def grab(self, frame: Any, region: Region = WHOLE) -> Any:
            """A region of the frame as the network's input. It may be used for one run only, which may take it away."""

        async def run(self, tensor: Any) -> Candidates:
            """The network's candidates. Called for one tensor at a time: overlaps freeze some providers."""

        async def close(self) -> None:
            """Give back memory and threads. Called once, and never during a run."""


# Of the threshold: what scores at least so much, and follows what has scored more, is still there.
UNSURE = 0.7
MOST_TURNS = 3  # times that a frame is looked at anew because it was turned meanwhile


class Detector:
    """Detects objects in frames, one frame at a time.

    session: what runs the network. labels: the model's classes. clock: gives the time in ms.
    settings: may be replaced at any time; counts from the next frame on. watch: for stream(); watch(source, settings,
    keep) gives a Watch (stream.py).
    last: the Result of the latest frame, or None.
    """

    def __init__(
        self,
        session: "Session",
        labels: Labels,
        clock: "Callable[[], float]",
        settings: "Settings | None" = None,
        watch: "Callable[[Any, Settings, bool], Watch] | None" = None,
    ) -> None:
        self.session = session
        self.labels = labels
        self.settings = settings or Settings()
        self.last: Result | None = None
        self._clock = clock
        self._watch = watch
        self._lock = asyncio.Lock()
        self._frames = 0
        self._closing: asyncio.Task[None] | None = None

    @property
    def provider(self) -> str:
        """What runs the network now: "webgpu", "webgl", "wasm", "cpu"."""
        return self.session.provider

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closing is not None

    async def warm_up(self, frame: object) -> list[float]:
        """Run on a frame until the speed settles; gives each run's duration in ms. Counts as no frame."""

        async def run() -> None:
            self._check_open()
            await self.session.run(await self.session.grab(frame))

        async with self._lock:
            return await warm_up(run, self._clock)

    async def detect(self, frame: object) -> list[Detection]:
        """What is in a frame, best first, in the frame's own pixels. Calls that overlap wait for each other.

        With the setting look="auto", a picture that stands still is looked at closer, a video once.
        Raises InputError for a frame without pixels, ClosedError after close(), and what the session raises.
        """
        return (await self.look(frame)).detections

    async def look(
        self,
        frame: object,
        parts: "list[Region] | None" = None,
        seen: "Callable[[int, int, Result | None], bool] | None" = None,
        merged: "Callable[[Looks], Merged] | None" = None,
        moves: "bool | None" = None,
    ) -> Result:
        """The Result of a frame, as detect().

        parts: what of it is looked at, one after another; None: what the settings say, with moves, whether others
        follow it, where that is not to be asked of the session. seen: called after each look
        but the last as seen(looks so far, looks in all, what the first one gave, else None); with False that was
        enough. merged: what all that the looks have found is together; merging.merge by default.
        """
        async with self._lock:
            self._check_open()
            session = self.session
            for _ in range(1 + MOST_TURNS):
                began = self._clock()
                width, height = session.size(frame)
                spent = {"grab": 0.0, "infer": 0.0}
                moving = session.moves(frame) if moves is None else moves
                wanted = parts or regions(resolved(self.settings.look, moving), width, height)
                looks: Looks = []
                for region in wanted:
                    asked = self._clock()
                    tensor = await session.grab(frame, region)
                    grabbed = self._clock()
                    looks.append((region, await session.run(tensor)))
                    spent["grab"] += grabbed - asked
                    spent["infer"] += self._clock() - grabbed
                    if seen is not None and len(looks) < len(wanted):
                        first = None
                        if len(looks) == 1:
                            first = self._result(looks, (width, height), began, spent, merged)
                        if not seen(len(looks), len(wanted), first):
                            break
                # A video shows its next frame before it tells that frame's size: boxes would be stretched wrongly.
                if not session.resized(frame, width, height):
                    break
            self._frames += 1
            self.last = self._result(looks, (width, height), began, spent, merged, UNSURE if moving else 1.0)
            return self.last

    def choose_again(self, result: Result) -> Result:
        """What the same looks at the same frame give with the settings as they are now. Nothing is looked at."""
        before = result.timings
        spent = {"grab": before["grab"], "infer": before["infer"]}
        again = self._result(result.looks, (result.width, result.height), result.timestamp, spent, None)
        again.timings["total"] = sum([again.timings[name] for name in ("grab", "infer", "select")])
        again.frame = result.frame
        again.provider = result.provider
        self.last = again
        return again

    def _result(
        self,
        looks: "Looks",
        size: tuple[float, float],
        began: float,
        spent: dict[str, float],
        merged: "Callable[[Looks], Merged] | None",
        unsure: float = 1.0,
    ) -> Result:
        settings = self.settings
        asked = self._clock()
        if merged is None:
            candidates, numbers = merge(looks, settings.iou, min(LEAST, settings.threshold))
        else:
            candidates, numbers = merged(looks)
        found = select(
            candidates,
            size[0],
            size[1],
            threshold=unsure * settings.threshold,
            iou=settings.iou,
            max_count=settings.max,
            allow=settings.allow,
            deny=settings.deny,
            labels=self.labels,
            looks=numbers,
        )
        sure = len(found)
        while sure and found[sure - 1].score < settings.threshold:
            sure -= 1
        ended = self._clock()
        timings = dict(spent)
        timings["select"] = ended - asked
        timings["draw"] = 0.0
        timings["total"] = ended - began
        result = Result(self._frames, began, size[0], size[1], self.session.provider, timings, found[:sure])
        result.unsure = found[sure:]
        result.looks = looks
        return result

    def stream(self, source: object, keep: bool = False) -> Stream:
        """Results for as long as there are frames: `async for result in detector.stream(camera)`.

        source: in a page a camera, of open_camera(), which the stream closes, or a video element that plays; in CPython
        an iterable of frames, also an asynchronous one, such as a list of paths. keep: each result has the frame that
        was looked at as its `picture`.
        In a page frames are looked at as the settings' `skip` says: with "auto" no more than leaves the page time to
        breathe, and once a second where nothing moves; with 0 all that the network can take. With
        look="auto" each is looked at once, with "closer" or "closest" at all its parts. What is seen again has the same
        track_id, unless tracks="off", and the result's `tracks` have its age.
        Raises InputError, at once, where the source is none of these; ClosedError after close().
        """
        self._check_open()
        if self._watch is None:
            raise InputError("This detector has no way to watch a source.", "Make it with load().")
        tracker = Tracker()

        async def look(frame: object) -> Result:
            result = await self.look(frame, moves=True)
            tracker.follow(self.settings)
            result.tracked(tracker)
            return result

        return Stream(look, self._watch(source, self.settings, keep), keep)

    async def replace(self, session: "Session", labels: Labels) -> bool:
        """Go on with another session from the next frame on, and close the one before.

        False once the detector is closed: then the other session is closed at once.
        """
        async with self._lock:
            before = session
            if self._closing is None:
                before, self.session = self.session, session
                self.labels = labels
        await before.close()
        return before is not session

    def close(self) -> "asyncio.Task[None]":
        """Free the session, once a run in flight has ended. From now on detect() raises ClosedError.

        Await it to know when all is freed, or don't; call it again, and nothing more happens. Needs a running
        event loop.
        """
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        return self._closing

    async def _close(self) -> None:
        async with self._lock:
            await self.session.close()

    def _check_open(self) -> None:
        if self._closing is not None:
            raise ClosedError()

    async def __aenter__(self) -> "Detector":
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()
