"""Who crosses a line: straight over it, back and forth, round its end, at one look a second, and in a crowd."""

from detector.detection import Box, Detection
from detector.tracking.lines import Line, LineCounter
from detector.tracking.tracker import Tracker
from tests.core.support import SEED, Dice

WIDTH, HEIGHT = 640.0, 480.0
DOOR = Line("door", 0.5, 0.0, 0.5, 1.0)  # downwards: in is to the right of the picture


def person(x: float, y: float, width: float = 40.0, height: float = 100.0) -> Detection:
    """Whose foot is there."""
    return Detection("person", 1, 0.9, Box(x - width / 2, y - height, width, height))


def counted(line: Line, ways: list, every_ms: float = 100.0, after: int = 30) -> LineCounter:
    """The counts after looks at people: of each look the places of their feet; in the end nobody is there."""
    tracker, counter = Tracker(), LineCounter(line)
    for look, feet in enumerate(ways + [[]] * after):
        at = look * every_ms
        tracker.update([person(*foot) for foot in feet], at)
        counter.update(tracker.tracks, at, WIDTH, HEIGHT)
    return counter


def totals(counter: LineCounter) -> tuple:
    return counter.total("in"), counter.total("out")


def straight(begin: float, end: float, looks: int, y: float = 300.0) -> list:
    return [[(begin + (end - begin) * look / (looks - 1), y)] for look in range(looks)]


def test_in_is_to_the_left_of_who_walks_along_the_line() -> None:
    assert totals(counted(DOOR, straight(100, 540, 30))) == (1, 0)
    assert totals(counted(DOOR, straight(540, 100, 30))) == (0, 1)
    upwards = Line("door", 0.5, 1.0, 0.5, 0.0)
    assert totals(counted(upwards, straight(100, 540, 30))) == (0, 1)


def test_a_crossing_says_who_and_when() -> None:
    tracker, counter = Tracker(), LineCounter(DOOR)
    crossings = []
    for look, ((x, y),) in enumerate(straight(100, 540, 45)):
        tracker.update([person(x, y)], look * 100.0)
        crossings += counter.update(tracker.tracks, look * 100.0, WIDTH, HEIGHT)
    (crossing,) = crossings
    assert (crossing.line, crossing.direction, crossing.track_id, crossing.label) == (
        "door",
        "in",
        1,
        "person",
    )
    assert 2200.0 < crossing.at_ms < 2600.0 and counter.counts == {"in": {"person": 1}, "out": {}}


def test_only_the_line_itself_counts_and_not_what_lies_beyond_its_ends() -> None:
    short = Line("door", 0.5, 0.0, 0.5, 0.4)
    assert totals(counted(short, straight(100, 540, 30, y=300))) == (0, 0)
    assert totals(counted(short, straight(100, 540, 30, y=150))) == (1, 0)
    # There over the line, and back round its end.
    back = straight(100, 540, 30, y=150) + [[(540, 150 + 10 * look)] for look in range(20)]
    back += straight(540, 100, 30, y=350) + [[(100, 350 - 10 * look)] for look in range(20)]
    assert totals(counted(short, back + straight(100, 540, 30, y=150))) == (2, 0)


def test_who_stands_on_it_for_an_hour_has_not_crossed() -> None:
    print("seed", SEED)
    dice = Dice()
    stands = [[(320 + dice.between(-6, 6), 300 + dice.between(-3, 3))] for _ in range(3600)]
    assert totals(counted(DOOR, stands, every_ms=1000.0)) == (0, 0)
    assert totals(counted(DOOR, straight(100, 316, 20) + stands, every_ms=200.0)) == (0, 0)
    assert totals(
        counted(DOOR, straight(100, 320, 20) + stands + straight(320, 540, 20), every_ms=200.0)
    ) == (1, 0)


def test_who_turns_back_has_not_crossed() -> None:
    assert totals(counted(DOOR, straight(100, 322, 30) + straight(322, 100, 30))) == (0, 0)


def test_there_and_back_counts_both_ways() -> None:
    assert totals(counted(DOOR, straight(100, 540, 30) + straight(540, 100, 30))) == (1, 1)


def test_one_look_a_second() -> None:
    assert totals(counted(DOOR, straight(200, 440, 7), every_ms=1000.0)) == (1, 0)


def test_a_flash_on_the_other_side_is_none() -> None:
    way = straight(250, 300, 20)
    way[10] = [(340, 300)]  # one look is wrong
    assert totals(counted(DOOR, way)) == (0, 0)


def test_forty_pixels_a_frame_across_a_narrow_line() -> None:
    tracker, counter = Tracker(), LineCounter(DOOR)
    for look in range(60):
        there = [person(20 + 40 * look, 300, 60, 150)] if look < 16 else []
        tracker.update(there, look * 40.0)
        counter.update(tracker.tracks, look * 40.0, WIDTH, HEIGHT)
    assert totals(counter) == (1, 0)


def test_who_is_gone_right_after_it_has_crossed() -> None:
    assert totals(counted(DOOR, straight(100, 352, 25), every_ms=100.0)) == (1, 0)


def test_two_who_cross_each_other_count_one_each_way() -> None:
    ways = [[(100 + 15 * look, 300), (540 - 15 * look, 320)] for look in range(30)]
    assert totals(counted(DOOR, ways)) == (1, 1)


def test_behind_a_pillar_on_the_line() -> None:
    ways = [[] if 250 < x < 400 else [(x, 300)] for ((x, _),) in straight(100, 540, 45)]
    assert totals(counted(DOOR, ways)) == (1, 0)


def test_seven_one_way_and_three_the_other() -> None:
    print("seed", SEED)
    dice = Dice()
    ways: list = [[] for _ in range(300)]
    for number in range(10):
        begin = 25 * number
        y = 150 + 30 * number
        for look in range(45):
            x = 60 + 12 * look if number % 3 or number == 9 else 580 - 12 * look
            ways[begin + look].append((x + dice.between(-2, 2), y + dice.between(-2, 2)))
    assert totals(counted(DOOR, ways)) == (7, 3)


def test_a_point_is_no_line_and_reset_forgets() -> None:
    assert totals(counted(Line("none", 0.5, 0.5, 0.5, 0.5), straight(100, 540, 30))) == (0, 0)
    counter = counted(DOOR, straight(100, 540, 30))
    counter.reset()
    assert totals(counter) == (0, 0)


def test_where_something_was_before_it_had_an_id_counts() -> None:
    """One look before the line and two behind it: it gets its id on the other side."""
    ways = [[(x, 300, 120)] for x in (280, 345, 400, 450, 500)]
    assert totals(counted(DOOR, ways, every_ms=300.0, after=12)) == (1, 0)


def test_looks_far_apart() -> None:
    """Further than a trail reaches: whoever has just got an id has been somewhere before all the same."""
    tracker, counter = Tracker(memory=10.0), LineCounter(DOOR)
    for look in range(4):
        tracker.update([person(300, 300)], 4000.0 * look)
        assert counter.update(tracker.tracks, 4000.0 * look, WIDTH, HEIGHT) == []
    tracker, counter = Tracker(memory=10.0), LineCounter(DOOR)
    for look, x in enumerate((260, 340, 420, 500)):
        tracker.update([person(x, 300, 160)], 4000.0 * look)
        counter.update(tracker.tracks, 4000.0 * look, WIDTH, HEIGHT)
    assert totals(counter) == (1, 0)


def test_a_way_from_before_the_line_was_there_does_not_count() -> None:
    tracker, counter = Tracker(), LineCounter(DOOR)
    for look, x in enumerate((250, 345, 400, 450, 500, 550)):
        tracker.update([person(x, 300, 160)], 300.0 * look)
        if look:
            counter.update(tracker.tracks, 300.0 * look, WIDTH, HEIGHT)
    assert totals(counter) == (0, 0)


def test_whoever_is_on_the_other_side_in_the_last_look_has_crossed() -> None:
    counter = counted(DOOR, straight(260, 350, 12), after=0)
    assert totals(counter) == (0, 0)
    (crossing,) = counter.finish()
    assert crossing.direction == "in" and totals(counter) == (1, 0) and counter.finish() == []


def test_touching_the_line_and_turning_round_its_end_is_no_crossing() -> None:
    short = Line("door", 0.5, 0.0, 0.5, 0.625)  # down to y = 300
    ways = [[(x, 290)] for x in (400, 360, 340, 320, 340, 360)] + [[(360, 350)], [(320, 360)], [(270, 350)]]
    assert totals(counted(short, ways + [[(240, 330)]] * 8, every_ms=100.0)) == (0, 0)
