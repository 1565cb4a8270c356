"""Where boxes are between results: on steady and on erratic ways, at the picture's edge, and when nothing moves."""

from detector.detection import Box, Detection
from detector.tracking.prediction import Predictor
from tests.core.support import SEED, Dice, close

WIDTH, HEIGHT = 640, 480


def seen(x: float, y: float, width: float = 100.0, height: float = 80.0, class_id: int = 1) -> Detection:
    return Detection("person" if class_id == 1 else "cup", class_id, 0.9, Box(x, y, width, height))


def after(*results: list, every_ms: float = 100.0) -> Predictor:
    """A predictor that has been given results, the first at 1000 ms."""
    predictor = Predictor()
    for index, detections in enumerate(results):
        predictor.update(detections, 1000.0 + index * every_ms, WIDTH, HEIGHT)
    return predictor


def test_nothing_known_nothing_shown() -> None:
    predictor = Predictor()
    assert predictor.at(0.0) == [] and not predictor.moves(0.0, 100.0) and not predictor.hold()
    predictor.update([], 1000.0, WIDTH, HEIGHT)
    assert predictor.at(1050.0) == []


def test_a_first_result_stands_still() -> None:
    predictor = after([seen(100, 100)])
    assert predictor.at(1000.0) == predictor.at(1500.0) == [seen(100, 100)]
    assert not predictor.moves(1000.0, 1500.0)


def test_a_box_goes_on_as_it_went() -> None:
    predictor = after([seen(100, 100)], [seen(120, 90)])
    assert predictor.at(1100.0) == [seen(120, 90)]
    box = predictor.at(1150.0)[0].box
    # Half an interval further; a fifth of the speed is not believed.
    assert close(box.x, 128) and close(box.y, 86) and close(box.width, 100) and close(box.height, 80)
    assert predictor.moves(1100.0, 1150.0)


def test_what_comes_nearer_grows() -> None:
    predictor = after([seen(100, 100, 100, 80)], [seen(90, 90, 120, 100)])
    box = predictor.at(1200.0)[0].box
    assert close(box.x, 82) and close(box.right, 218) and close(box.y, 82) and close(box.bottom, 198)


def test_after_an_interval_it_slows_down_and_then_holds() -> None:
    predictor = after([seen(100, 100)], [seen(120, 100)])
    ways = [predictor.at(1100.0 + time)[0].box.x for time in range(400)]
    steps = [b - a for a, b in zip(ways, ways[1:])]
    assert all(close(step, 0.16, 1e-6) for step in steps[:100])
    assert all(a >= b - 1e-9 for a, b in zip(steps[100:], steps[101:])), "it slows down, and never back"
    assert max(steps) < 0.16 + 1e-6, "no jump anywhere"
    assert ways[150] == ways[399] and close(ways[150], 120 + 0.16 * 125)
    assert predictor.moves(1249.0, 1251.0) and not predictor.moves(1250.0, 5000.0)


def test_the_networks_own_unrest_is_no_motion() -> None:
    predictor = after([seen(100, 100)], [seen(101, 99.5)])
    assert predictor.at(1180.0) == [seen(101, 99.5)]
    assert not predictor.moves(1100.0, 1200.0)


def test_each_box_has_its_own_way_and_new_ones_stand() -> None:
    predictor = after(
        [seen(100, 100), seen(400, 100), seen(100, 300, class_id=47)],
        [seen(420, 100), seen(80, 100), seen(300, 300), seen(100, 310, class_id=47)],
    )
    boxes = [found.box for found in predictor.at(1200.0)]
    assert [round(box.x) for box in boxes] == [436, 64, 300, 100]
    assert [round(box.y) for box in boxes] == [100, 100, 300, 318]


def test_the_best_overlap_is_the_same_object() -> None:
    """Two people close together, who both go right: neither takes the other's place for its own past."""
    predictor = after([seen(100, 100), seen(130, 100)], [seen(140, 100), seen(110, 100)])
    assert [round(found.box.x) for found in predictor.at(1200.0)] == [148, 118]


def test_another_class_is_another_object() -> None:
    predictor = after([seen(100, 100)], [seen(120, 100, class_id=47)])
    assert predictor.at(1200.0) == [seen(120, 100, class_id=47)]


def test_labels_scores_and_tracks_stay() -> None:
    first = Detection("cat", 17, 0.5, Box(10, 10, 50, 50), 7)
    second = Detection("cat", 17, 0.8, Box(20, 10, 50, 50), 7)
    (found,) = after([first], [second]).at(1150.0)
    assert (found.label, found.class_id, found.score, found.track_id) == ("cat", 17, 0.8, 7)


def test_boxes_stay_in_the_picture_and_leave_it() -> None:
    predictor = after([seen(480, 100)], [seen(530, 100)])
    box = predictor.at(1250.0)[0].box
    assert close(box.x, 580) and close(box.right, WIDTH), "half of it has left"
    predictor = after([seen(0, 100, 30)], [seen(-15, 100, 30)])
    assert predictor.at(1100.0)[0].box.x == -15, "a result is shown as it is"
    assert predictor.at(1250.0) == [], "and what has left is not"


def test_what_shrinks_does_not_turn_inside_out() -> None:
    predictor = after([seen(100, 100, 300, 300)], [seen(160, 160, 180, 180)])
    box = predictor.at(1250.0)[0].box
    assert close(box.width, 90) and close(box.height, 90)


def test_results_far_apart_tell_nothing() -> None:
    predictor = after([seen(100, 100)], [seen(120, 100)], every_ms=1000.0)
    assert predictor.at(2500.0) == [seen(120, 100)] and not predictor.moves(2000.0, 2500.0)


def test_a_clock_that_goes_back_and_a_picture_of_another_size() -> None:
    predictor = after([seen(100, 100)], [seen(120, 100)])
    assert predictor.at(0.0) == [seen(120, 100)]
    predictor.update([seen(140, 100)], 500.0, WIDTH, HEIGHT)
    assert predictor.at(600.0) == [seen(140, 100)]
    predictor.update([seen(160, 100)], 600.0, WIDTH, HEIGHT)
    assert predictor.at(700.0) != [seen(160, 100)]
    predictor.update([seen(180, 100)], 700.0, HEIGHT, WIDTH)
    assert predictor.at(800.0) == [seen(180, 100)]


def test_hold_puts_boxes_where_they_were_found() -> None:
    predictor = after([seen(100, 100)], [seen(120, 100)])
    assert predictor.at(1150.0) != [seen(120, 100)]
    assert predictor.hold()
    assert predictor.at(1200.0) == [seen(120, 100)] and not predictor.moves(1100.0, 1200.0)
    assert not predictor.hold()


def test_it_is_nearer_the_truth_than_standing_still() -> None:
    """Something that walks, with results each 100 ms that are known 50 ms late and off by some pixels."""
    print("seed", SEED)
    dice = Dice()
    predictor = Predictor()
    standing = predicted = 0.0
    for index in range(1, 30):
        taken = index * 100.0
        predictor.update(
            [seen(0.15 * taken + dice.between(-2, 2), 100 + dice.between(-2, 2))], taken, WIDTH, HEIGHT
        )
        for late in range(50, 150, 17):
            truth = 0.15 * (taken + late)
            standing += abs(0.15 * taken - truth)
            predicted += abs(predictor.at(taken + late)[0].box.x - truth)
    print(f"off by {standing / 174:.1f} pixels standing still, by {predicted / 174:.1f} predicted")
    assert predicted < standing / 2
