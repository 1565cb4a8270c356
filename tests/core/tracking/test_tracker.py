"""Identities over time, and where everything is between looks: steady ways and erratic ones, gaps, and crowds."""

from detector.detection import Box, Detection
from detector.tracking.tracker import Tracker
from tests.core.support import SEED, Dice, close
from tests.core.tracking.crowds import Crowd

WIDTH, HEIGHT = 640, 480
NAMES = {1: "person", 47: "cup"}


def seen(
    x: float, y: float, width: float = 100.0, height: float = 80.0, class_id: int = 1, score: float = 0.9
) -> Detection:
    return Detection(NAMES[class_id], class_id, score, Box(x, y, width, height))


def after(*looks: list, every_ms: float = 100.0) -> Tracker:
    """A tracker after these looks, the first at 1000 ms."""
    tracker = Tracker()
    for index, detections in enumerate(looks):
        tracker.update(detections, 1000.0 + index * every_ms)
    return tracker


def ids(detections: list) -> list:
    return [one.track_id for one in detections]


def walk(
    tracker: Tracker, looks: int, begin: float = 0.0, every_ms: float = 100.0, speed: float = 0.1
) -> list:
    """The ids of something that goes right, speed pixels a ms, in so many looks."""
    said = []
    for index in range(looks):
        at = begin + index * every_ms
        said += ids(tracker.update([seen(at * speed, 100)], at))
    return said


# Identities


def test_an_id_comes_with_the_second_look() -> None:
    tracker = Tracker()
    assert walk(tracker, 4) == [None, 1, 1, 1]
    (track,) = tracker.tracks
    assert (track.id, track.began_ms, track.seen_ms, track.hits) == (1, 0.0, 300.0, 4)
    assert walk(Tracker(confirm=1), 2) == [1, 1]
    assert walk(Tracker(confirm=3), 4) == [None, None, 1, 1]


def test_what_was_seen_once_is_none() -> None:
    tracker = after([seen(100, 100)], [])
    assert tracker.tracks == [] and tracker.update([seen(100, 100)], 1200.0)[0].track_id is None


def test_ids_begin_anew_after_forget_and_go_on_after_lose() -> None:
    tracker = Tracker()
    walk(tracker, 3)
    tracker.lose()
    assert tracker.tracks == [] and tracker.at(1000.0) == []
    assert walk(tracker, 2, begin=1000.0) == [None, 2]
    tracker.forget()
    assert walk(tracker, 2) == [None, 1]


def test_what_is_missed_for_a_while_is_the_same_and_after_the_memory_another() -> None:
    tracker = Tracker()
    walk(tracker, 5)
    assert tracker.update([], 500.0) == []
    assert walk(tracker, 1, begin=1900.0) == [1], "behind a pillar for one and a half seconds"
    assert tracker.update(None, 3800.0) == [] and [track.id for track in tracker.tracks] == [1]
    tracker.update(None, 4000.0)
    assert tracker.tracks == []
    assert walk(tracker, 2, begin=4100.0) == [None, 2]


def test_one_look_a_second_is_enough() -> None:
    assert walk(Tracker(), 8, every_ms=1000.0, speed=0.06) == [None] + [1] * 7


def test_a_look_at_the_same_time_and_one_before_do_no_harm() -> None:
    tracker = Tracker()
    walk(tracker, 3)
    assert ids(tracker.update([seen(20, 100)], 200.0)) == [1]
    assert ids(tracker.update([seen(20, 100)], 50.0)) == [1]
    assert ids(tracker.update([seen(30, 100)], 300.0)) == [1]
    assert all(abs(edge) < 1e6 for edge in tracker.tracks[0].box(400.0))


def test_what_is_seen_hardly_goes_on_and_begins_nothing() -> None:
    tracker = Tracker()
    walk(tracker, 3)
    for look in range(3):
        at = 300.0 + 100.0 * look
        (found,) = tracker.update([seen(at / 10, 100, score=0.2), seen(400, 300, score=0.3)], at)
        assert (found.track_id, found.score, found.box.x) == (1, 0.5, at / 10), "where it is, as just sure"
    assert [(track.id, track.seen_ms) for track in tracker.tracks] == [(1, 500.0)]


def test_what_was_missed_for_long_has_to_be_seen_surely() -> None:
    """Else what somebody has left behind, a shadow, would go on for them."""
    tracker = Tracker()
    walk(tracker, 3)
    tracker.update([], 300.0)
    assert ids(tracker.update([seen(40, 100, score=0.2)], 400.0)) == [1]
    tracker.update([], 500.0)
    assert tracker.update([seen(95, 100, score=0.2)], 950.0) == []
    assert walk(tracker, 1, begin=1000.0) == [1]


def test_what_is_sure_finds_its_track_before_what_is_not() -> None:
    tracker = Tracker()
    walk(tracker, 3)
    found = tracker.update([seen(45, 100), seen(30, 100, score=0.4)], 300.0)
    assert [(one.track_id, one.score) for one in found] == [(1, 0.9)], "though the other is nearer"


def test_two_who_cross_keep_their_ids() -> None:
    tracker = Tracker()
    left, right = set(), set()
    for look in range(40):
        at = look * 100.0
        found = tracker.update([seen(at / 10, 100), seen(400 - at / 10, 130)], at)
        if look:
            left.add(found[0].track_id)
            right.add(found[1].track_id)
    assert len(left) == len(right) == 1 and left != right


def test_one_goes_behind_another_and_comes_out() -> None:
    """Somebody walks behind a pillar of 150 pixels, at 100 pixels a second."""
    tracker = Tracker()
    said = set()
    for look in range(60):
        at = look * 100.0
        x = at / 10
        hidden = 200 < x + 50 < 350
        found = tracker.update([] if hidden else [seen(x, 100, 60, 160)], at)
        if look:
            said.update(ids(found))
    assert said == {1}


def test_the_class_is_what_most_looks_say() -> None:
    tracker = Tracker()
    for look in range(5):
        tracker.update([seen(100, 100)], look * 100.0)
    (found,) = tracker.update([seen(101, 100, class_id=47)], 500.0)
    assert (found.track_id, found.label, found.class_id) == (1, "person", 1)
    for look in range(40):
        (found,) = tracker.update([seen(100, 100, class_id=47)], 600.0 + look * 100.0)
    assert (found.track_id, found.label, found.class_id) == (1, "cup", 47), "until they say otherwise"


def test_a_cup_before_a_person_is_another() -> None:
    both = [seen(100, 100, 200, 300), seen(180, 250, 40, 50, class_id=47)]
    tracker = after(both, both, both)
    assert sorted(ids(tracker.update(both, 1400.0))) == [1, 2]


def test_a_crowd_is_followed_at_any_rate() -> None:
    print("seed", SEED)
    for rate in (25.0, 10.0, 5.0):
        tracker = Tracker()
        said: dict = {}
        for at, there, found in Crowd(people=8, missed=0.05, wrong=0.0).looks(rate):
            tracked = tracker.update(found, at)
            given = [one.track_id for one in tracked if one.track_id is not None]
            assert len(given) == len(set(given))
            for one in tracked:
                if one.track_id is not None:
                    said.setdefault(one.track_id, set()).add(nearest(one.box, there))
        alone = [track for track in said if len(said[track]) == 1]
        assert len(alone) >= 0.75 * len(said), (rate, said)


def nearest(box: Box, there: list) -> int:
    return min(
        [
            (abs(other.x - box.x) + abs(other.y - box.y) + abs(other.height - box.height), number)
            for number, other in there
        ]
    )[1]


def held(looks: list, hold: float = 0.5, every_ms: float = 100.0) -> list:
    """The ids that each look tells, of a tracker that holds."""
    tracker = Tracker(hold=hold)
    return [ids(tracker.update(one, number * every_ms, WIDTH, HEIGHT)) for number, one in enumerate(looks)]


def test_what_is_missed_for_a_moment_is_held() -> None:
    walks = [[seen(100 + 10 * look, 100)] for look in range(5)]
    assert held(walks + [[]] * 8)[4:] == [[1]] * 6 + [[]] * 3
    assert held(walks + [[]] * 8, hold=0.0)[4:] == [[1]] + [[]] * 8
    assert held([[seen(100, 100)]] * 3 + [[]] * 2, every_ms=1000.0)[2:] == [[1], [1], []], (
        "one look is no blink"
    )
    assert held([[seen(100, 100)], []]) == [[None], []], "what has no number is not held"


def test_what_is_held_goes_on_and_leaves_the_picture() -> None:
    tracker = Tracker(hold=0.5)
    for look in range(6):
        tracker.update([seen(420 + 25 * look, 100)], look * 100.0, WIDTH, HEIGHT)
    (found,) = tracker.update([], 600.0, WIDTH, HEIGHT)
    assert 560 < found.box.x < 580 and found.box.right == WIDTH and found.track_id == 1
    assert tracker.at(650.0, WIDTH, HEIGHT)[0].box.x > found.box.x + 8
    tracker.update([], 700.0, WIDTH, HEIGHT)
    tracker.update([], 800.0, WIDTH, HEIGHT)
    assert tracker.update([], 950.0, WIDTH, HEIGHT) == []


def test_nothing_is_held_where_something_of_its_kind_is_seen_nor_beyond_the_most() -> None:
    tracker = Tracker(hold=1.0)
    both = [seen(100, 100), seen(400, 100)]
    for look in range(3):
        tracker.update(both, look * 100.0)
    assert ids(tracker.update([seen(400, 100)], 300.0)) == [2, 1]
    tracker.most = 1
    assert ids(tracker.update([seen(400, 100)], 400.0)) == [2]
    tracker.most = 9
    assert len(tracker.update([seen(400, 100), seen(105, 102, 120, 100)], 500.0)) == 2
    assert ids(tracker.update([seen(400, 100), seen(100, 100, class_id=47)], 600.0)) == [2, None, 1]


def test_nothing_is_held_after_another_choice() -> None:
    tracker = Tracker(hold=1.0)
    for look in range(3):
        tracker.update([seen(100, 100)], look * 100.0)
    tracker.let_go(250.0)
    assert tracker.update([], 300.0) == []
    assert ids(tracker.update([seen(100, 100)], 400.0)) == [1]
    assert ids(tracker.update([], 500.0)) == [1]
    tracker.let_go(600.0)
    assert ids(tracker.update([seen(100, 100)], 590.0)) == [1], "a look that was under way"
    assert tracker.update([], 700.0) == []


def test_of_two_that_are_missing_the_one_seen_last_is_held() -> None:
    tracker = Tracker(hold=1.0)
    both = [seen(100, 100), seen(400, 100)]
    for look in range(3):
        tracker.update(both, look * 100.0)
    tracker.most = 1
    for look in range(3, 9):
        assert ids(tracker.update([seen(400, 100)], look * 100.0)) == [2]
    assert ids(tracker.update([], 900.0)) == [2]


def test_what_is_held_lies_among_the_others_by_its_score() -> None:
    tracker = Tracker(hold=1.0)
    three = [seen(100, 100, score=0.9), seen(300, 100, score=0.8), seen(500, 100, score=0.7)]
    for look in range(3):
        tracker.update(three, look * 100.0)
    assert ids(tracker.update([three[0], three[2]], 300.0)) == [1, 2, 3]
    assert ids(tracker.at(350.0)) == [1, 2, 3]


# Looking closer


def small(x: float = 400.0, score: float = 0.9, part: int = 3) -> Detection:
    return Detection("person", 1, score, Box(x, 300, 40, 60), None, part)


def always(one: Detection) -> bool:
    return True


def never(one: Detection) -> bool:
    return False


def told(detections: list) -> list:
    """(x, score, look) of each"""
    return [(one.box.x, one.score, one.look) for one in detections]


def test_a_look_at_a_part_tells_all_that_is_known() -> None:
    tracker = Tracker(hold=0.5)
    tracker.update([seen(100, 100, score=0.8)], 0.0)
    assert told(tracker.update([small()], 100.0, part=3)) == [(400, 0.9, 3), (100, 0.8, 0)], "the best first"
    assert ids(tracker.at(150.0)) == [None, None], "that is the same look at the first once more"
    assert told(tracker.update([], 200.0, part=1)) == [(400, 0.9, 3), (100, 0.8, 0)]
    assert [(track.hits, track.missed) for track in tracker._tracks] == [(1, 0), (1, 0)]


def test_what_a_part_has_shown_is_seen_once_more_while_its_place_stays() -> None:
    tracker = Tracker(hold=0.5)
    tracker.update([small()], 100.0, part=3)
    for look in range(1, 40):
        (found,) = tracker.update([], 100.0 + 1000.0 * look, stays=always)
        assert (found.track_id, found.look, found.box.x) == (1, 3, 400)
    (track,) = tracker.tracks
    assert track.age == 39.0
    assert ids(tracker.update([], 40_000.0, stays=never)) == [1], "missed for the first time: held"
    assert tracker.update([], 40_600.0, stays=never) == []
    assert ids(tracker.update([], 40_700.0, stays=always)) == [1], "somebody went by before it"


def test_a_part_that_is_looked_at_again_takes_back_what_it_has_shown() -> None:
    tracker = Tracker(hold=0.5)
    tracker.update([small(), small(100)], 0.0, part=3)
    tracker.update([], 100.0, stays=always)
    assert told(tracker.update([small(100)], 200.0, part=3)) == [(100, 0.9, 3)]
    assert 400 not in [one.box.x for one in tracker.update([], 800.0, stays=always)]
    assert told(tracker.update([], 900.0, part=2)) == [(100, 0.9, 3)], "another part says nothing of it"


def test_of_two_looks_at_one_thing_the_better_is_told() -> None:
    tracker = Tracker(hold=0.5)
    whole = Detection("person", 1, 0.6, Box(402, 300, 40, 60))
    tracker.update([whole], 0.0)
    assert told(tracker.update([small()], 100.0, part=3)) == [(400, 0.9, 3)]
    assert told(tracker.update([whole], 200.0, stays=always)) == [(400, 0.9, 3)]
    assert told(tracker.update([whole], 300.0, stays=never)) == [(402, 0.6, 0)], "it has moved"
    better = whole.scored(0.95)
    assert told(tracker.update([better], 400.0, stays=always)) == [(402, 0.95, 0)]
    assert told(tracker.update([small(score=0.7)], 500.0, part=3)) == [(402, 0.95, 0)]
    assert told(tracker.update([], 600.0, stays=always)) == [(400, 0.7, 3)], "which the part still sees"
    assert ids(tracker.at(600.0)) == [1], "all of that is one"


def test_what_a_part_hardly_sees_does_not_come_and_go() -> None:
    tracker = Tracker(hold=0.5)
    there = []
    for look, score in enumerate((0.45, 0.52, 0.45, 0.36, 0.49)):
        tracker.update([small(score=score)], 200.0 * look, part=3)
        there.append(bool(tracker.update([], 200.0 * look + 100.0, stays=always)))
    assert there == [False, True, True, True, True]


def test_no_more_is_told_than_is_asked_for_also_of_parts() -> None:
    tracker = Tracker(hold=0.5)
    tracker.most = 2
    tracker.update([seen(100, 100, score=0.8)], 0.0)
    assert told(tracker.update([small(), small(500, 0.7)], 100.0, part=3)) == [(400, 0.9, 3), (100, 0.8, 0)]
    assert len(tracker.update([seen(100, 100, score=0.8)], 200.0, stays=always)) == 2


def test_what_parts_have_shown_is_told_only_if_it_is_sure_enough_by_now() -> None:
    tracker = Tracker(hold=0.5)
    tracker.update([small(score=0.6), small(100, 0.9)], 0.0, part=3)
    tracker.update([], 100.0, stays=always)
    tracker.let_go(150.0)
    tracker.sure = 0.7
    assert told(tracker.update([], 200.0, stays=always)) == [(100, 0.9, 3)]


def test_looks_far_apart_take_nothing_away_that_stays() -> None:
    tracker = Tracker(hold=0.5)
    tracker.update([small()], 0.0, part=3)
    assert ids(tracker.update([], 5000.0, stays=always)) == [1]
    assert ids(tracker.update([], 20_000.0, stays=always)) == [1]


def test_a_choice_of_classes_is_not_outvoted_by_what_was_seen_before() -> None:
    tracker = Tracker()
    for look in range(10):
        tracker.update([seen(100, 100)], look * 100.0)
    tracker.let_go(950.0)
    (found,) = tracker.update([seen(100, 100, class_id=47)], 1000.0)
    assert (found.track_id, found.label) == (1, "cup")


def test_a_clock_that_jumps_far_back_is_another_beginning() -> None:
    tracker = Tracker()
    walk(tracker, 5, begin=100_000.0)
    assert walk(tracker, 3) == [None, 2, 2] and [track.id for track in tracker.tracks] == [2]


# Between looks


def test_nothing_known_nothing_shown() -> None:
    tracker = Tracker()
    assert tracker.at(0.0) == [] and not tracker.moves(0.0, 100.0) and not tracker.rest()
    tracker.update([], 1000.0)
    assert tracker.at(1050.0) == []


def test_a_first_look_stands_still() -> None:
    tracker = after([seen(100, 100)])
    assert tracker.at(1000.0) == tracker.at(1500.0) == [seen(100, 100)]
    assert not tracker.moves(1000.0, 1500.0)


def steady(looks: int = 6, across: float = 20.0, down: float = -10.0) -> list:
    return [[seen(100 + across * look, 300 + down * look)] for look in range(looks)]


def test_a_box_goes_on_as_it_went() -> None:
    tracker = after(*steady())
    box = tracker.at(1550.0)[0].box
    assert (
        close(box.x, 210, 3)
        and close(box.y, 245, 2)
        and close(box.width, 100, 2)
        and close(box.height, 80, 2)
    )
    assert tracker.moves(1500.0, 1550.0)


def test_what_comes_nearer_grows() -> None:
    looks = [[seen(300 - 10 * look, 300 - 10 * look, 100 + 20 * look, 80 + 20 * look)] for look in range(6)]
    tracker = after(*looks)
    sizes = [tracker.at(1500.0 + late)[0].box.width for late in (0, 50, 100)]
    assert 190 < sizes[0] < sizes[1] < sizes[2], sizes


def test_after_an_interval_it_slows_down_and_then_holds() -> None:
    tracker = after(*steady())
    ways = [tracker.at(1500.0 + time)[0].box.x for time in range(400)]
    steps = [b - a for a, b in zip(ways, ways[1:])]
    assert all(close(step, 0.2, 0.03) for step in steps[:100])
    assert all(a >= b - 1e-9 for a, b in zip(steps[100:], steps[101:])), "it slows down, and never back"
    assert ways[150] == ways[399]
    assert tracker.moves(1649.0, 1651.0) and not tracker.moves(1650.0, 5000.0)


def test_the_networks_own_unrest_is_no_motion() -> None:
    tracker = after([seen(100, 100)], [seen(101, 99.5)], [seen(100, 100)])
    assert [one.box for one in tracker.at(1280.0)] == [Box(100, 100, 100, 80)]
    assert not tracker.moves(1200.0, 1300.0)


def test_boxes_stay_in_the_picture_and_leave_it() -> None:
    tracker = after(*[[seen(330 + 50 * look, 100)] for look in range(5)])
    box = tracker.at(1450.0, WIDTH, HEIGHT)[0].box
    assert box.x > 545 and close(box.right, WIDTH)
    tracker = after(*[[seen(-15.0 * look, 100, 30)] for look in range(3)])
    assert tracker.at(1310.0, WIDTH, HEIGHT) == [], "and what has left is not"


def test_what_shrinks_does_not_turn_inside_out() -> None:
    tracker = after(
        *[[seen(100 + 30 * look, 100 + 30 * look, 300 - 60 * look, 300 - 60 * look)] for look in range(5)]
    )
    box = tracker.at(1600.0)[0].box
    assert box.width >= 30 and box.height >= 30


def test_looks_far_apart_tell_nothing_of_the_time_between() -> None:
    tracker = after([seen(100, 100)], [seen(120, 100)], [seen(140, 100)], every_ms=1000.0)
    assert tracker.at(3500.0)[0].box == Box(140, 100, 100, 80) and not tracker.moves(3000.0, 3500.0)


def test_rest_puts_boxes_where_they_were_found() -> None:
    tracker = after(*steady())
    assert tracker.at(1550.0)[0].box.x > 203
    assert tracker.rest()
    assert tracker.at(1550.0)[0].box == seen(200, 250).box and not tracker.moves(1500.0, 1600.0)
    assert not tracker.rest()


def test_it_is_nearer_the_truth_than_standing_still() -> None:
    """Something that walks, with looks each 100 ms that are known 50 ms late and off by some pixels."""
    print("seed", SEED)
    dice = Dice()
    tracker = Tracker()
    standing = predicted = 0.0
    for index in range(1, 30):
        taken = index * 100.0
        tracker.update([seen(0.15 * taken + dice.between(-2, 2), 100 + dice.between(-2, 2))], taken)
        for late in range(50, 150, 17):
            truth = 0.15 * (taken + late)
            standing += abs(truth - 0.15 * taken)
            predicted += abs(truth - tracker.at(taken + late)[0].box.x)
    assert predicted < standing / 3


def test_smoothing_does_not_fall_behind() -> None:
    """Of something that walks steadily and trembles, the smoothed box trembles less, and is as far as the truth."""
    print("seed", SEED)
    dice = Dice()
    tracker = Tracker()
    seen_off, smooth_off, behind = 0.0, 0.0, 0.0
    for look in range(60):
        truth = 2.0 * look
        raw = truth + dice.between(-6, 6)
        tracker.update([seen(raw, 100)], look * 100.0)
        if look >= 10:
            x = tracker.tracks[0].box(look * 100.0).x
            seen_off += abs(raw - truth)
            smooth_off += abs(x - truth)
            behind += truth - x
    assert smooth_off < 0.9 * seen_off and abs(behind / 50) < 1.5
