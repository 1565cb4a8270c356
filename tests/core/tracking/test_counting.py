"""Lines and zones together: events, counts, gaps, what a change of them keeps, and their exports."""

from detector.detection import Box, Detection
from detector.tracking.counting import GAP, HEADER, MOST_EVENTS, MOST_GAPS, Counting
from detector.tracking.tracker import Tracker

WIDTH, HEIGHT = 640.0, 480.0
DOOR, ZONE = "door:0.5,0,0.5,1", "right:0.6,0,1,0,1,1,0.6,1"


def walk(
    counting: Counting, tracker: Tracker, begin: float, end: float, at_ms: float, looks: int = 30
) -> list:
    """Somebody walks through the picture, and is gone; gives the events."""
    events = []
    for look in range(looks + 30):
        at = at_ms + 100.0 * look
        x = begin + (end - begin) * look / (looks - 1)
        there = [Detection("person", 1, 0.9, Box(x - 20, 200, 40, 100))] if look < looks else []
        tracker.update(there, at)
        events += counting.update(tracker.tracks, at, WIDTH, HEIGHT)
    return events


def counted(lines: str = DOOR, zones: str = ZONE) -> Counting:
    counting = Counting()
    counting.choose(lines, zones)
    return counting


def test_who_walks_through_crosses_enters_and_leaves() -> None:
    counting = counted()
    events = walk(counting, Tracker(), 100, 540, 1000.0)
    assert [event.kind for event in events] == ["cross", "zone-enter", "zone-leave"]
    assert events == counting.events
    cross, enter, leave = [event.detail() for event in events]
    assert cross == {
        "version": 1,
        "kind": "cross",
        "trackId": 1,
        "class": "person",
        "timestamp": events[0].at_ms,
        "line": "door",
        "direction": "in",
    }
    assert enter["zone"] == "right" and "dwell" not in enter and "direction" not in enter
    assert leave["zone"] == "right" and 0.5 < leave["dwell"] < 2.0
    told = counting.as_dict()
    assert told["lines"] == [{"name": "door", "in": {"person": 1}, "out": {}}]
    (zone,) = told["zones"]
    assert zone["present"] == {} and zone["entered"] == zone["left"] == {"person": 1}
    assert zone["longest"] == round(leave["dwell"], 3)
    assert [event["time"] for event in told["events"]] == [round(event.at_ms / 1000.0, 3) for event in events]


def test_without_any_nothing_happens() -> None:
    counting = counted("", "")
    assert not counting.active and walk(counting, Tracker(), 100, 540, 0.0) == []
    assert counting.as_dict() == {"version": 1, "lines": [], "zones": [], "events": [], "gaps": []}


def test_one_that_stays_keeps_its_counts_and_one_that_moved_begins_anew() -> None:
    counting = counted()
    walk(counting, Tracker(), 100, 540, 0.0)
    counting.choose("gate:0.2,0,0.2,1;" + DOOR, "right:0.7,0,1,0,1,1,0.7,1")
    assert [(one.line.name, one.total("in")) for one in counting.lines] == [("gate", 0), ("door", 1)]
    assert counting.zones[0].entered == {} and counting.active and len(counting.events) == 3
    counting.reset()
    assert counting.lines[1].total("in") == 0 and counting.events == []


def test_a_time_in_which_nobody_looked_is_marked() -> None:
    counting, tracker = counted(), Tracker()
    walk(counting, tracker, 100, 540, 0.0)
    walk(counting, tracker, 540, 100, 60_000.0)
    assert counting.gaps == [(5900.0, 60_000.0)]
    assert counting.as_dict()["gaps"] == [[5.9, 60.0]]
    for pause in range(2 * MOST_GAPS):
        counting.update([], 100_000.0 + pause * (GAP + 1), WIDTH, HEIGHT)
    assert len(counting.gaps) == MOST_GAPS


def test_as_a_table() -> None:
    counting = counted("=a,b:0.5,0,0.5,1", "")
    tracker = Tracker()
    walk(counting, tracker, 100, 540, 0.0)
    walk(counting, tracker, 540, 100, 60_000.0)
    lines = counting.csv().split("\r\n")
    assert lines[0] == HEADER and lines[-1] == "" and len(lines) == 5
    assert lines[1].split(",")[1:] == ["cross", "'=a b", "in", "person", "1", ""]
    assert lines[2] == "5.9,gap,,,,,54.100"
    assert lines[3].split(",")[1:] == ["cross", "'=a b", "out", "person", "2", ""]
    assert counting.csv(lambda at: f"t{at:.0f}").split("\r\n")[2].startswith("t5900,gap")


def test_events_are_not_kept_for_ever() -> None:
    """A day of traffic has all its counts, and a memory as that of an hour."""
    counting, tracker = counted(zones=""), Tracker()
    for number in range(MOST_EVENTS // 2 + 20):
        walk(counting, tracker, 100, 540, 10_000.0 * number, looks=20)
        walk(counting, tracker, 540, 100, 10_000.0 * number + 5000.0, looks=20)
    assert (counting.lines[0].total("in"), counting.lines[0].total("out")) == (520, 520)
    assert len(counting.events) == MOST_EVENTS and counting.gaps == []
    assert len(counting.lines[0]._walks) <= 1 and len(tracker._tracks) <= 1


def test_at_the_end_whoever_is_inside_has_left() -> None:
    counting, tracker = counted(), Tracker()
    for look in range(25):
        tracker.update([Detection("person", 1, 0.9, Box(100.0 + 18 * look, 200, 40, 100))], 100.0 * look)
        counting.update(tracker.tracks, 100.0 * look, WIDTH, HEIGHT)
    assert counting.zones[0].present == {"person": 1}
    assert [event.kind for event in counting.finish()] == ["zone-leave"]
    assert counting.zones[0].present == {} and counting.finish() == [] and len(counting.events) == 3


def test_whoever_is_in_a_zone_that_is_moved_or_removed_has_left_it() -> None:
    for zones in ("right:0.5,0,1,0,1,1,0.5,1", "", "other:0.6,0,1,0,1,1,0.7,1"):
        counting, tracker = counted(lines=""), Tracker()
        for look in range(25):
            tracker.update([Detection("person", 1, 0.9, Box(100.0 + 18 * look, 200, 40, 100))], 100.0 * look)
            counting.update(tracker.tracks, 100.0 * look, WIDTH, HEIGHT)
        assert [event.kind for event in counting.events] == ["zone-enter"]
        counting.choose("", zones)
        (left,) = counting.update(tracker.tracks, 2500.0, WIDTH, HEIGHT)
        assert (left.kind, left.name, left.at_ms) == ("zone-leave", "right", 2400.0)
        assert left == counting.events[-1] and counting.update(tracker.tracks, 2600.0, WIDTH, HEIGHT) == []
        counting.choose("", ZONE)
        assert counting.finish() == [] and counting.zones[0].present == {}


def test_what_gets_another_name_goes_on_with_its_counts() -> None:
    counting, tracker = counted(), Tracker()
    events = walk(counting, tracker, 100, 540, 1000.0)
    assert [event.name for event in events] == ["door", "right", "right"]
    counting.choose(DOOR.replace("door", "gate"), ZONE.replace("right", "till"))
    assert counting.lines[0].line.name == "gate" and counting.lines[0].total("in") == 1
    assert counting.zones[0].zone.name == "till" and counting.zones[0].left == {"person": 1}
    assert [event.name for event in walk(counting, tracker, 100, 540, 20_000.0)] == ["gate", "till", "till"]
    two = DOOR + ";" + DOOR.replace("door", "gate")  # each its own, also where two are in one place
    counting.choose(two, "")
    assert [(one.line.name, one.total("in")) for one in counting.lines] == [("door", 0), ("gate", 2)]


def test_another_moment_of_a_clip_is_no_way_and_no_gap() -> None:
    counting = counted()
    walk(counting, Tracker(), 100, 300, 10_000.0, looks=10)
    tracker = Tracker()
    for look in range(3):
        tracker.update([Detection("person", 1, 0.9, Box(400, 200, 40, 100))], 100.0 * look)
        counting.update(tracker.tracks, 100.0 * look, WIDTH, HEIGHT)
    assert counting.gaps == [] and counting.lines[0].total("in") == 0
