"""The pipeline over a session that stands in for a network: order, timings, closing, and what goes wrong."""

import asyncio

from detector.errors import ClosedError, InputError, OutOfMemoryError
from detector.labels import COCO_LABELS
from detector.pipeline import Detector
from detector.settings import Settings
from tests.core.support import Clock, candidates, run


class Stage:
    """A session that finds what it is told to, takes the time it is told to, and keeps a record."""

    provider = "stage"

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.found = candidates(
            (0.9, 1, (0.1, 0.1, 0.5, 0.5)), (0.8, 17, (0.5, 0.5, 1.0, 1.0)), (0.3, 18, (0.0, 0.0, 0.2, 0.2))
        )
        self.log = []
        self.running = 0
        self.failure = None

    def size(self, frame: tuple) -> tuple:
        if not frame[0]:
            raise InputError()
        return frame

    def resized(self, frame: tuple, width: float, height: float) -> bool:
        return (width, height) != tuple(frame)

    async def grab(self, frame: tuple) -> str:
        self.log.append("grab")
        self.clock.advance(2.0)
        await asyncio.sleep(0)
        return "tensor"

    async def run(self, tensor: str) -> object:
        assert tensor == "tensor"
        self.running += 1
        assert self.running == 1, "two runs overlap"
        self.log.append("run")
        self.clock.advance(50.0)
        await asyncio.sleep(0)
        self.running -= 1
        if self.failure is not None:
            raise self.failure
        return self.found

    async def close(self) -> None:
        assert self.running == 0, "closed during a run"
        self.log.append("close")
        await asyncio.sleep(0)


FRAME = (640, 480)


def made(settings: object = None) -> tuple:
    clock = Clock()
    session = Stage(clock)
    return Detector(session, COCO_LABELS, clock, settings), session


def test_detect_gives_detections_and_keeps_the_result() -> None:
    async def play() -> None:
        detector, _ = made()
        assert detector.last is None and detector.provider == "stage"
        found = await detector.detect(FRAME)
        assert [detection.label for detection in found] == ["person", "cat"]
        assert found[0].box == (64.0, 48.0, 256.0, 192.0)
        result = detector.last
        assert (result.frame, result.width, result.height, result.provider) == (1, 640, 480, "stage")
        assert result.timestamp == 1000.0 and result.detections == found
        assert (result.timings["grab"], result.timings["infer"], result.timings["total"]) == (2.0, 50.0, 52.0)
        await detector.detect(FRAME)
        assert detector.last.frame == 2
        await detector.close()

    run(play())


class Turning(Stage):
    """Its frame is a camera's, a list that has another size once so many runs were begun with it."""

    def __init__(self, clock: Clock, turns: int) -> None:
        super().__init__(clock)
        self.turns = turns

    def size(self, frame: list) -> tuple:
        return tuple(frame)

    async def grab(self, frame: list) -> str:
        tensor = await super().grab(frame)
        if self.turns:
            self.turns -= 1
            frame.reverse()
        return tensor


def test_a_frame_that_was_turned_meanwhile_is_looked_at_anew() -> None:
    """Nobody knows which of the two shapes the network has seen."""

    async def play(turns: int, runs: int) -> None:
        clock = Clock()
        session = Turning(clock, turns)
        detector = Detector(session, COCO_LABELS, clock)
        frame = [640, 480]
        found = await detector.detect(frame)
        assert session.log == ["grab", "run"] * runs
        result = detector.last
        assert (result.frame, result.timings["total"]) == (1, 52.0)
        assert result.timestamp == 1000.0 + 52.0 * (runs - 1)
        if turns < runs:
            assert [result.width, result.height] == frame
            assert found[0].box == (0.1 * frame[0], 0.1 * frame[1], 0.4 * frame[0], 0.4 * frame[1])
        await detector.close()

    run(play(0, 1))
    run(play(1, 2))
    run(play(2, 3))
    run(play(99, 4))  # what never stops turning stops nobody


def test_settings_count_from_the_next_frame() -> None:
    async def play() -> None:
        detector, _ = made(Settings().changed("threshold", 0.85))
        assert len(await detector.detect(FRAME)) == 1
        detector.settings = Settings().changed("threshold", 0.2)
        assert len(await detector.detect(FRAME)) == 3
        detector.settings = detector.settings.changed("classes", "dog")
        assert [found.label for found in await detector.detect(FRAME)] == ["dog"]
        detector.settings = detector.settings.changed("classes", "-dog").changed("max", 1)
        assert [found.label for found in await detector.detect(FRAME)] == ["person"]
        await detector.close()

    run(play())


def test_detail_is_what_the_page_publishes() -> None:
    async def play() -> None:
        detector, _ = made()
        await detector.detect(FRAME)
        detector.last.drawn(3.0)
        detector.last.drawn(4.0)  # drawn anew: not twice
        detail = detector.last.detail("camera")
        detections = detail.pop("detections")
        assert detail == {
            "version": 1,
            "source": "camera",
            "frame": 1,
            "timestamp": 1000.0,
            "width": 640,
            "height": 480,
            "provider": "stage",
            "timings": {"grab": 2.0, "infer": 50.0, "select": 0.0, "draw": 4.0, "total": 56.0},
        }
        assert detections[0] == {"class": "person", "score": 0.9, "bbox": [64.0, 48.0, 256.0, 192.0]}
        await detector.close()

    run(play())


def test_calls_that_overlap_wait_for_each_other() -> None:
    async def play() -> None:
        detector, session = made()
        await asyncio.gather(detector.detect(FRAME), detector.detect(FRAME), detector.warm_up(FRAME))
        assert session.log == ["grab", "run"] * 4
        await detector.close()

    run(play())


def test_warming_up_counts_as_no_frame() -> None:
    async def play() -> None:
        detector, session = made()
        assert await detector.warm_up(FRAME) == [52.0, 52.0]
        assert session.log == ["grab", "run"] * 2 and detector.last is None
        await detector.detect(FRAME)
        assert detector.last.frame == 1
        await detector.close()

    run(play())


def test_close_once_whether_awaited_or_not() -> None:
    async def play() -> None:
        detector, session = made()
        assert not detector.closed
        detector.close()
        assert detector.closed
        await detector.close()
        await detector.close()
        assert session.log == ["close"]

    run(play())


def test_closed_detectors_refuse() -> None:
    async def play() -> None:
        detector, _ = made()
        detector.close()
        for refused in (detector.detect, detector.warm_up):
            try:
                await refused(FRAME)
            except ClosedError:
                continue
            raise AssertionError("it did not refuse")
        await detector.close()

    run(play())


def test_close_waits_for_the_run_in_flight_and_refuses_those_that_wait() -> None:
    async def play() -> None:
        detector, session = made()
        told = []

        async def detect() -> None:
            try:
                told.append(len(await detector.detect(FRAME)))
            except ClosedError:
                told.append("closed")

        tasks = [asyncio.create_task(detect()), asyncio.create_task(detect())]
        await asyncio.sleep(0)
        await detector.close()
        for task in tasks:
            await task
        assert told == [2, "closed"] and session.log == ["grab", "run", "close"]

    run(play())


def test_a_frame_without_pixels_is_refused_and_does_no_harm() -> None:
    async def play() -> None:
        detector, session = made()
        await refuses_empty(detector)
        assert session.log == [] and detector.last is None
        assert len(await detector.detect(FRAME)) == 2
        await detector.close()

    run(play())


async def refuses_empty(detector: Detector) -> None:
    try:
        await detector.detect((0, 0))
    except InputError:
        return
    raise AssertionError("it did not refuse")


def test_what_the_session_raises_is_passed_on_and_does_not_lock_up() -> None:
    async def play() -> None:
        detector, session = made()
        session.failure = OutOfMemoryError()
        try:
            await detector.detect(FRAME)
        except OutOfMemoryError:
            session.failure = None
        assert session.failure is None and len(await detector.detect(FRAME)) == 2
        await detector.close()

    run(play())


def test_leaving_the_context_closes() -> None:
    async def play() -> None:
        detector, session = made()
        async with detector as same:
            assert same is detector
            await detector.detect(FRAME)
        assert session.log == ["grab", "run", "close"]

    run(play())


def test_another_session_takes_over_between_two_frames() -> None:
    async def scene() -> None:
        detector, before = made()
        after = Stage(before.clock)
        after.provider = "other"
        running = asyncio.create_task(detector.detect(FRAME))
        await asyncio.sleep(0)
        assert await detector.replace(after, COCO_LABELS), "and waits for the frame in flight"
        await running
        assert before.log == ["grab", "run", "close"]
        await detector.detect(FRAME)
        assert (after.log, detector.provider) == (["grab", "run"], "other")
        assert detector.last.frame == 2, "the stream goes on"

    run(scene())


def test_a_closed_detector_takes_no_other_session() -> None:
    async def scene() -> None:
        detector, before = made()
        await detector.close()
        after = Stage(before.clock)
        assert not await detector.replace(after, COCO_LABELS)
        assert after.log == ["close"] and before.log == ["close"]

    run(scene())
