"""The pipeline over a session that stands in for a network: order, timings, closing, and what goes wrong."""

import asyncio

from detector.errors import ClosedError, InputError, OutOfMemoryError
from detector.labels import COCO_LABELS
from detector.pipeline import Detector
from detector.settings import Settings
from detector.vision.merging import Merged
from detector.vision.regions import WHOLE, regions
from tests.core.support import Clock, candidates, close, run


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

    def moves(self, frame: tuple) -> bool:
        return True

    async def grab(self, frame: tuple, region: object = WHOLE) -> str:
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


class Parts(Stage):
    """Photos of a street: the whole shows a bus, and the second part a person."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.grabbed = []

    def moves(self, frame: tuple) -> bool:
        return False

    async def grab(self, frame: tuple, region: object = WHOLE) -> str:
        self.grabbed.append(region)
        return await super().grab(frame, region)

    async def run(self, tensor: str) -> object:
        await super().run(tensor)
        number = len(self.grabbed) - 1
        if number == 0:
            return candidates((0.9, 6, (0.1, 0.1, 0.5, 0.5)))
        if number == 2:
            return candidates((0.8, 1, (0.5, 0.5, 0.6, 0.7)))
        return candidates()


def looked(look: str, **how: object) -> tuple:
    """(result, what was looked at, what was told meanwhile)"""

    async def play() -> tuple:
        clock = Clock()
        session = Parts(clock)
        detector = Detector(session, COCO_LABELS, clock, Settings().changed("look", look))
        told = []

        def seen(done: int, of: int, first: object) -> bool:
            told.append((done, of, None if first is None else [one.label for one in first.detections]))
            return done < how.get("enough", 99)

        result = await detector.look(FRAME, how.get("parts"), seen)
        assert detector.last is result and result.frame == 1
        return result, session.grabbed, told

    return run(play())


def test_a_picture_that_stands_still_is_looked_at_closer() -> None:
    result, grabbed, told = looked("auto")
    assert grabbed == regions("closer", 640, 480) == result.regions
    assert [(one.label, one.look) for one in result.detections] == [("bus", 0), ("person", 2)]
    part = grabbed[2]
    assert close(result.detections[1].box.x, 640 * (part.x0 + 0.5 * (part.x1 - part.x0)))
    assert told == [(1, 5, ["bus"]), (2, 5, None), (3, 5, None), (4, 5, None)]
    assert (result.timings["grab"], result.timings["infer"], result.timings["total"]) == (10.0, 250.0, 260.0)


def test_looking_is_as_close_as_is_asked_for_and_stops_when_told() -> None:
    assert len(looked("once")[1]) == 1 and looked("once")[2] == []
    assert len(looked("closest")[1]) == 14
    result, grabbed, told = looked("closest", enough=3)
    assert len(grabbed) == 3 == len(told) == len(result.regions)
    assert [one.label for one in result.detections] == ["bus", "person"], "what was found until then"
    part = regions("closer", 640, 480)[3]
    result, grabbed, told = looked("auto", parts=[part])
    assert grabbed == [part] and told == []


def test_of_what_the_looks_have_found_somebody_else_may_make_one() -> None:
    async def play() -> None:
        clock = Clock()
        detector = Detector(Parts(clock), COCO_LABELS, clock)
        theirs = candidates((0.7, 17, (0.0, 0.0, 0.5, 0.5)))
        result = await detector.look(FRAME, [WHOLE], merged=lambda looks: Merged(theirs, [4]))
        assert [(one.label, one.look) for one in result.detections] == [("cat", 4)]

    run(play())


def test_other_settings_choose_again_without_a_look() -> None:
    async def play() -> None:
        detector, session = made()
        first = await detector.look(FRAME)
        detector.settings = Settings().changed("threshold", 0.25)
        log = list(session.log)
        again = detector.choose_again(first)
        assert [one.label for one in again.detections] == ["person", "cat", "dog"]
        assert session.log == log and detector.last is again
        assert (again.frame, again.timestamp, again.regions) == (first.frame, first.timestamp, first.regions)
        assert again.timings == first.timings
        assert [one.label for one in first.detections] == ["person", "cat"]

    run(play())


class Turning(Stage):
    """Its frame is a camera's, a list that has another size once so many runs were begun with it."""

    def __init__(self, clock: Clock, turns: int) -> None:
        super().__init__(clock)
        self.turns = turns

    def size(self, frame: list) -> tuple:
        return tuple(frame)

    async def grab(self, frame: list, region: object) -> str:
        tensor = await super().grab(frame, region)
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
