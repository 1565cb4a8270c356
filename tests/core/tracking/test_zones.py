"""Who is in a zone, who came and went, and for how long."""

from detector.detection import Box, Detection
from detector.tracking.tracker import Tracker
from detector.tracking.zones import Zone, ZoneCounter, inside

WIDTH, HEIGHT = 640.0, 480.0
TILL = Zone("till", [(0.25, 0.25), (0.75, 0.25), (0.75, 0.9), (0.25, 0.9)])


def person(x: float, y: float) -> Detection:
    return Detection("person", 1, 0.9, Box(x - 20, y - 100, 40, 100))


def visits(ways: list, every_ms: float = 100.0, zone: Zone = TILL) -> tuple:
    """(counter, visits) after looks at people: of each look the places of their feet."""
    tracker, counter = Tracker(), ZoneCounter(zone)
    told = []
    for look, feet in enumerate(ways):
        at = look * every_ms
        tracker.update([person(*foot) for foot in feet], at)
        told += counter.update(tracker.tracks, at, WIDTH, HEIGHT)
    return counter, told


def test_inside() -> None:
    square = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    assert inside(square, 0.5, 0.5) and not inside(square, 1.5, 0.5) and not inside(square, 0.5, -0.1)
    horseshoe = [
        (0.0, 0.0),
        (1.0, 0.0),
        (1.0, 1.0),
        (0.7, 1.0),
        (0.7, 0.3),
        (0.3, 0.3),
        (0.3, 1.0),
        (0.0, 1.0),
    ]
    assert inside(horseshoe, 0.15, 0.8) and inside(horseshoe, 0.85, 0.8) and not inside(horseshoe, 0.5, 0.8)
    assert not inside([(0.5, 0.5)], 0.5, 0.5) and not inside([(0.2, 0.2), (0.8, 0.8)], 0.5, 0.4)


def test_one_comes_stays_and_goes() -> None:
    walk = [[(60 + 10 * look, 300)] for look in range(25)]
    stay = [[(300, 300)]] * 50
    leave = [[(300 + 10 * look, 300)] for look in range(48)]
    counter, told = visits(walk + stay + leave)
    (came, went) = told
    assert (came.kind, came.label, came.track_id, came.dwell) == ("enter", "person", 1, 0.0)
    assert came.zone == went.zone == "till" and went.kind == "leave"
    assert 900 <= came.at_ms <= 1200 and 7.5 < went.dwell < 9.5 and counter.longest == went.dwell
    assert counter.entered == counter.left == {"person": 1} and counter.present == {}


def test_who_is_there_now_and_for_how_long() -> None:
    counter, _ = visits([[(300, 300), (400, 300), (40, 300)]] * 30)
    assert counter.present == {"person": 2} and counter.entered == {"person": 2} and counter.left == {}
    assert len(counter.dwell()) == 2 and all(2.5 < seconds < 3 for seconds in counter.dwell().values())


def test_what_is_missed_for_a_moment_has_not_left() -> None:
    ways = [[] if look % 10 in (6, 7, 8) else [(300, 300)] for look in range(60)]
    _, told = visits(ways)
    assert [visit.kind for visit in told] == ["enter"]


def test_a_foot_that_trembles_on_the_edge() -> None:
    ways = [[(160 + (6 if look % 2 else -6), 300)] for look in range(80)]
    _, told = visits(ways)
    assert len(told) <= 1


def test_who_only_passes_through_a_corner_has_not_come() -> None:
    ways = [[(150 + 10 * look, 300)] for look in range(2)] + [[(150, 400)]] * 30
    _, told = visits(ways)
    assert told == []


def test_one_look_a_second() -> None:
    ways = [[(100, 300)], [(140, 300)]] + [[(200, 300)]] * 5 + [[(140, 300)], [(100, 300)], [(60, 300)]]
    _, told = visits(ways, every_ms=1000.0)
    assert [visit.kind for visit in told] == ["enter", "leave"]


def test_reset() -> None:
    counter, _ = visits([[(300, 300)]] * 30)
    counter.reset()
    assert counter.present == counter.entered == counter.left == {} and counter.longest == 0.0
