"""Streams over a watch that gives what it is told to: order, and every way in which they end."""

import asyncio

from detector.errors import ClosedError, InputError, MediaError
from detector.labels import COCO_LABELS
from detector.pipeline import Detector
from tests.core.support import Clock, candidates, raises, run


class Still:
    """A session that finds one person in everything: as surely as a frame says that is a number."""

    provider = "still"

    def size(self, frame: object) -> tuple:
        return (100, 100)

    def resized(self, frame: object, width: float, height: float) -> bool:
        return False

    def moves(self, frame: object) -> bool:
        return True

    async def grab(self, frame: object, region: object = None) -> object:
        return frame

    async def run(self, tensor: object) -> object:
        await asyncio.sleep(0)
        if isinstance(tensor, Exception):
            raise tensor
        return candidates((tensor if isinstance(tensor, float) else 0.9, 1, (0.1, 0.1, 0.5, 0.5)))

    async def close(self) -> None:
        await asyncio.sleep(0)


class Given:
    """A watch over a list; a frame that is an event has to be waited for."""

    def __init__(self, frames: list) -> None:
        self.frames = frames
        self.log = []

    async def next(self) -> object:
        self.log.append("next")
        frame = self.frames.pop(0) if self.frames else None
        if isinstance(frame, asyncio.Event):
            await frame.wait()
        return frame

    def finished(self) -> None:
        self.log.append("finished")

    def close(self) -> None:
        self.log.append("close")


def made(frames: list) -> tuple:
    watch = Given(frames)
    asked = []

    def watching(source: object, settings: object, keep: bool) -> Given:
        asked.append((source, settings, keep))
        return watch

    return Detector(Still(), COCO_LABELS, Clock(), None, watching), watch, asked


def test_gives_a_result_for_each_frame_and_ends_with_them() -> None:
    async def go() -> None:
        detector, watch, asked = made(["a", "b"])
        stream = detector.stream("source")
        results = []
        async for result in stream:
            results.append(result)
        assert asked == [("source", detector.settings, False)]
        assert [result.frame for result in results] == [1, 2]
        assert [result.count("person") for result in results] == [1, 1]
        assert results[0].count("cat") == 0
        assert results[0].picture is None
        assert stream.closed
        assert watch.log == ["next", "finished", "next", "finished", "next", "close"]

    run(go())


def test_what_is_seen_again_has_the_same_number() -> None:
    detector, _, _ = made([1, 2, 3])

    async def go() -> list:
        results = []
        async for result in detector.stream("source"):
            results.append(result)
        return results

    results = run(go())
    assert [result.detections[0].track_id for result in results] == [None, 1, 1]
    assert [[track.id for track in result.tracks] for result in results] == [[], [1], [1]]
    told = results[-1].detail("video")["detections"][0]
    assert told["trackId"] == 1 and told["age"] == results[-1].tracks[0].age >= 0.0
    assert "trackId" not in results[0].detail("video")["detections"][0]
    detector, _, _ = made([1, 2, 3])
    detector.settings = detector.settings.changed("tracks", "off")
    for result in run(go()):
        assert result.detections[0].track_id is None and result.tracks == []
    detector, _, _ = made([1, 2, 3])
    detector.settings = detector.settings.changed("threshold", "0.2")
    assert [result.detections[0].track_id for result in run(go())] == [None, 1, 1]


def test_a_score_that_falls_a_little_below_the_threshold_takes_nothing_away() -> None:
    detector, _, _ = made([0.4, 0.9, 0.9, 0.4, 0.36, 0.34, 0.4, 0.9])

    async def go() -> list:
        said = []
        async for result in detector.stream("source"):
            said.append([(one.track_id, one.score) for one in result.detections])
        return said

    goes_on = [[(1, 0.9)], [(1, 0.5)], [(1, 0.5)], [], [(1, 0.5)], [(1, 0.9)]]
    assert run(go()) == [[], [(None, 0.9)]] + goes_on, "but nothing begins so, and 0.34 is nothing"


def test_keeps_the_frame_where_it_is_told_to() -> None:
    async def go() -> None:
        detector, _, asked = made(["a"])
        async for result in detector.stream("source", keep=True):
            assert result.picture == "a"
        assert asked[0][2] is True

    run(go())


def test_nothing_is_asked_for_while_a_result_is_in_its_takers_hands() -> None:
    async def go() -> None:
        detector, watch, _ = made(["a", "b"])
        async for _ in detector.stream("source"):
            for _ in range(5):
                await asyncio.sleep(0)
            assert watch.log == ["next", "finished"]
            break

    run(go())


def test_a_block_closes_it_however_it_is_left() -> None:
    async def go() -> None:
        detector, watch, _ = made(["a", "b"])
        async with detector.stream("source") as results:
            async for _ in results:
                break
        assert watch.log[-1] == "close" and results.closed
        results.close()
        assert watch.log.count("close") == 1
        async for _ in results:
            raise AssertionError("a closed stream gives nothing")

    run(go())


def test_closing_it_ends_the_loop_that_waits() -> None:
    async def go() -> None:
        moment = asyncio.Event()
        detector, watch, _ = made(["a", moment])
        stream = detector.stream("source")
        seen = []

        async def loop() -> None:
            async for result in stream:
                seen.append(result)

        task = asyncio.create_task(loop())
        while len(watch.log) < 3:
            await asyncio.sleep(0)
        stream.close()
        moment.set()
        await task
        assert len(seen) == 1

    run(go())


def test_closing_the_detector_ends_it_without_an_error() -> None:
    async def go() -> None:
        detector, watch, _ = made(["a", "b", "c"])
        seen = 0
        async for _ in detector.stream("source"):
            seen += 1
            detector.close()
        assert seen == 1 and watch.log[-1] == "close"
        raises(ClosedError, detector.stream, "source")

    run(go())


def test_an_error_closes_it_and_is_raised() -> None:
    async def go() -> None:
        detector, watch, _ = made(["a", MediaError("broken"), "c"])
        seen = 0
        try:
            async for _ in detector.stream("source"):
                seen += 1
        except MediaError as error:
            assert error.message == "broken"
        else:
            raise AssertionError("the error was swallowed")
        assert seen == 1 and watch.log[-2:] == ["finished", "close"]

    run(go())


def test_a_task_that_is_cancelled_closes_it() -> None:
    async def go() -> None:
        detector, watch, _ = made([asyncio.Event()])

        async def loop() -> None:
            async for _ in detector.stream("source"):
                raise AssertionError("there is no frame")

        task = asyncio.create_task(loop())
        while not watch.log:
            await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            assert watch.log == ["next", "close"]
        else:
            raise AssertionError("the task went on")

    run(go())


def test_a_detector_without_a_way_to_watch_says_so() -> None:
    raises(InputError, Detector(Still(), COCO_LABELS, Clock()).stream, "source")
