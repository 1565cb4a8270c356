"""Counting for a working day: nothing grows. CPython alone can count its objects."""

import gc

from detector.detection import Box, Detection
from detector.tracking.counting import MOST_EVENTS
from detector.tracking.tracker import Tracker
from tests.core.tracking.test_counting import HEIGHT, WIDTH, counted


def test_ten_hours_at_a_look_a_second_leave_no_more_than_two() -> None:
    counting, tracker = counted(), Tracker()
    objects = []
    for hour in range(10):
        for second in range(3600 * hour, 3600 * (hour + 1)):
            turn, step = divmod(second, 25)
            x = 20.0 + 30.0 * (step if turn % 2 == 0 else 19 - step)
            there = [Detection("person", 1, 0.9, Box(x, 200, 40, 100))] if step < 20 else []
            tracker.update(there, 1000.0 * second)
            counting.update(tracker.tracks, 1000.0 * second, WIDTH, HEIGHT)
        gc.collect()
        objects.append(len(gc.get_objects()))
    assert (counting.lines[0].total("in"), counting.lines[0].total("out")) == (720, 720)
    assert len(counting.events) == MOST_EVENTS and counting.gaps == []
    assert max(objects[4:]) <= objects[3] + 50, "from when all events that are kept are there"
