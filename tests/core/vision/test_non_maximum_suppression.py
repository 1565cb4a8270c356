"""select: what counts, what is a double, and what odd input does."""

from math import inf, nan

from detector.errors import InputError, SettingError
from detector.labels import Labels
from detector.vision.boxes import iou as iou_of
from detector.vision.non_maximum_suppression import Candidates, select
from tests.core.support import Dice, candidates, close, raises

LEFT = (0.1, 0.1, 0.4, 0.5)
RIGHT = (0.6, 0.1, 0.9, 0.5)
NEAR_LEFT = (0.12, 0.1, 0.42, 0.5)


class Counting:
    """An array that keeps which of its numbers were read."""

    def __init__(self, values: list) -> None:
        self._values = values
        self.reads = []

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, index: int) -> float:
        self.reads.append(index)
        return self._values[index]


def labels_of(detections: list) -> list:
    return [detection.label for detection in detections]


def test_boxes_come_in_source_pixels() -> None:
    (found,) = select(candidates((0.9, 18, (0.25, 0.5, 0.75, 1.0))), 640, 480)
    assert (found.label, found.class_id, found.score) == ("dog", 18, 0.9)
    assert found.box == (160.0, 240.0, 320.0, 240.0) and found.track_id is None


def test_reading_stops_at_the_first_score_under_the_threshold() -> None:
    rows = [(0.9 - 0.1 * n, 1, (0.01 * n, 0.01 * n, 0.01 * n + 0.1, 0.9)) for n in range(8)]
    plain = candidates(*rows)
    scores = Counting(plain.scores)
    counted = Candidates(plain.boxes, scores, plain.class_ids, plain.anchor_ids)
    assert len(select(counted, 100, 100, threshold=0.65, iou=1.0)) == 3
    assert scores.reads == [0, 1, 2, 3]


def test_a_score_at_the_threshold_counts() -> None:
    rows = candidates((0.5, 1, LEFT), (0.25, 1, RIGHT))
    assert len(select(rows, 100, 100, threshold=0.5)) == 1
    assert len(select(rows, 100, 100, threshold=0.25)) == 2
    assert len(select(rows, 100, 100, threshold=0.0)) == 2 and select(rows, 100, 100, threshold=1.0) == []


def test_doubles_of_one_class_are_left_out_and_the_better_stays() -> None:
    found = select(candidates((0.9, 1, LEFT), (0.8, 1, NEAR_LEFT), (0.7, 1, RIGHT)), 100, 100)
    assert [detection.score for detection in found] == [0.9, 0.7]


def test_another_class_is_no_double_unless_asked() -> None:
    rows = candidates((0.9, 17, LEFT), (0.8, 18, NEAR_LEFT))
    assert labels_of(select(rows, 100, 100)) == ["cat", "dog"]
    assert labels_of(select(rows, 100, 100, class_agnostic=True)) == ["cat"]


def test_a_double_of_a_double_stays() -> None:
    # The third overlaps the second, which is gone, and not the first.
    rows = candidates(
        (0.9, 1, (0.0, 0.0, 0.4, 0.4)), (0.8, 1, (0.0, 0.08, 0.4, 0.48)), (0.7, 1, (0.0, 0.16, 0.4, 0.56))
    )
    assert [detection.score for detection in select(rows, 100, 100, iou=0.5)] == [0.9, 0.7]


def test_iou_at_its_ends() -> None:
    twice = candidates((0.9, 1, LEFT), (0.8, 1, LEFT), (0.7, 1, (0.3, 0.4, 0.7, 0.7)))
    assert len(select(twice, 100, 100, iou=1.0)) == 3  # nothing overlaps by more than wholly
    assert [found.score for found in select(twice, 100, 100, iou=0.0)] == [0.9]  # any overlap is too much
    assert len(select(candidates((0.9, 1, LEFT), (0.6, 1, RIGHT)), 100, 100, iou=0.0)) == 2


def test_boxes_that_only_touch_do_not_overlap() -> None:
    rows = candidates((0.9, 1, (0.0, 0.0, 0.5, 1.0)), (0.8, 1, (0.5, 0.0, 1.0, 1.0)))
    assert len(select(rows, 100, 100, iou=0.0)) == 2


def test_max_count_keeps_the_best() -> None:
    rows = candidates(*[(0.9 - 0.01 * n, 1 + n, LEFT) for n in range(10)])
    found = select(rows, 100, 100, max_count=3)
    assert [detection.class_id for detection in found] == [1, 2, 3]
    assert select(rows, 100, 100, max_count=0) == []


def test_allow_and_deny() -> None:
    rows = candidates((0.9, 1, LEFT), (0.8, 17, LEFT), (0.7, 18, LEFT))
    assert labels_of(select(rows, 100, 100, allow=frozenset(["cat", "dog"]))) == ["cat", "dog"]
    assert labels_of(select(rows, 100, 100, deny=frozenset(["cat"]))) == ["person", "dog"]
    assert labels_of(select(rows, 100, 100, allow=frozenset(["cat", "dog"]), deny=frozenset(["cat"]))) == [
        "dog"
    ]
    assert select(rows, 100, 100, allow=frozenset()) == []


def test_what_is_not_allowed_takes_no_place_and_suppresses_nothing() -> None:
    rows = candidates((0.9, 17, LEFT), (0.8, 18, LEFT), (0.7, 18, RIGHT))
    found = select(rows, 100, 100, deny=frozenset(["cat"]), max_count=1, class_agnostic=True)
    assert [detection.score for detection in found] == [0.8]


def test_only_the_best_class_of_an_anchor_counts_if_asked() -> None:
    rows = candidates((0.9, 17, LEFT, 5), (0.8, 18, LEFT, 5), (0.7, 18, RIGHT, 6))
    assert labels_of(select(rows, 100, 100)) == ["cat", "dog", "dog"]
    assert labels_of(select(rows, 100, 100, best_class_per_anchor=True)) == ["cat", "dog"]


def test_unknown_classes_are_left_out() -> None:
    rows = candidates((0.9, 12, LEFT), (0.85, 0, LEFT), (0.8, -1, LEFT), (0.7, 9999, LEFT), (0.6, 1, LEFT))
    assert [detection.score for detection in select(rows, 100, 100)] == [0.6]
    assert labels_of(select(rows, 100, 100, labels=Labels([(9999, "dragon")]))) == ["dragon"]


def test_boxes_are_clipped_and_those_outside_left_out() -> None:
    rows = candidates(
        (0.9, 1, (-0.5, -0.5, 0.5, 0.5)),
        (0.8, 2, (0.5, 0.5, 1.5, 1.5)),
        (0.7, 3, (-0.5, 0.2, 0.0, 0.4)),
        (0.65, 4, (0.2, 1.0, 0.4, 1.2)),
        (0.6, 5, (-2.0, -2.0, 3.0, 3.0)),
    )
    found = select(rows, 200, 100)
    assert [detection.class_id for detection in found] == [1, 2, 5]
    assert [tuple(detection.box) for detection in found] == [
        (0.0, 0.0, 100.0, 50.0),
        (100.0, 50.0, 100.0, 50.0),
        (0.0, 0.0, 200.0, 100.0),
    ]


def test_doubles_are_found_before_clipping() -> None:
    # Clipped, both are the whole picture; as the network sees them, they share a quarter.
    rows = candidates((0.9, 1, (-1.0, -1.0, 1.0, 1.0)), (0.8, 1, (0.0, 0.0, 2.0, 2.0)))
    assert len(select(rows, 100, 100, iou=0.2)) == 2


def test_boxes_without_area_are_left_out() -> None:
    rows = candidates(
        (0.9, 1, (0.5, 0.1, 0.5, 0.9)), (0.8, 1, (0.1, 0.5, 0.9, 0.5)), (0.7, 1, (0.9, 0.9, 0.1, 0.1))
    )
    assert select(rows, 100, 100) == []


def test_odd_scores_are_left_out_and_end_nothing() -> None:
    rows = candidates(
        (inf, 1, LEFT), (nan, 1, LEFT), (0.9, 1, LEFT), (nan, 1, RIGHT), (0.8, 1, RIGHT), (-inf, 1, LEFT)
    )
    assert [detection.score for detection in select(rows, 100, 100)] == [0.9, 0.8]


def test_odd_boxes_are_left_out() -> None:
    for odd in (nan, inf, -inf):
        for corner in range(4):
            box = [odd if index == corner else value for index, value in enumerate(LEFT)]
            found = select(candidates((0.9, 1, box), (0.8, 1, LEFT)), 100, 100)
            assert [detection.score for detection in found] == [0.8]


def test_huge_boxes_never_raise() -> None:
    for width in (1e30, 1e150, 1e300, 1.7e308):
        rows = candidates(
            (0.9, 1, (-width, -width, width, width)), (0.8, 1, (0.5, 0.5, width, width)), (0.7, 1, LEFT)
        )
        for iou in (0.0, 0.001, 0.6, 1.0):
            found = select(rows, 100, 100, iou=iou)
            assert found and found[-1].box.right <= 100


def test_nothing_in_nothing_out() -> None:
    assert select(candidates(), 640, 480) == []


def test_a_picture_without_pixels_is_refused() -> None:
    for width, height in ((0, 480), (640, 0), (-1, 480), (nan, 480), (640, inf)):
        assert raises(InputError, select, candidates(), width, height).code == "bad-input"


def test_arrays_that_disagree_are_refused() -> None:
    good = candidates((0.9, 1, LEFT))
    for bad in (
        Candidates(good.boxes[:3], good.scores, good.class_ids, good.anchor_ids),
        Candidates(good.boxes, [0.9, 0.8], good.class_ids, good.anchor_ids),
        Candidates(good.boxes, good.scores, [], good.anchor_ids),
        Candidates(good.boxes, good.scores, good.class_ids, [0, 1]),
    ):
        assert "disagree" in str(raises(InputError, select, bad, 640, 480))


def test_thresholds_out_of_range_are_refused() -> None:
    for bad in (nan, inf, -0.1, 1.1):
        raises(SettingError, select, candidates(), 640, 480, threshold=bad)
        raises(SettingError, select, candidates(), 640, 480, iou=bad)


def plain_select(rows: list, iou: float, max_count: int) -> list:
    """Greedy per-class suppression as in the books: indexes kept. rows: (score, class_id, box)."""
    kept = []
    for index, row in enumerate(rows):
        if len(kept) < max_count and all(
            rows[other][1] != row[1] or iou_of(rows[other][2], row[2]) <= iou for other in kept
        ):
            kept.append(index)
    return kept


def random_rows(dice: Dice, count: int) -> list:
    rows = []
    for index in range(count):
        width, height = dice.between(0.02, 0.6), dice.between(0.02, 0.6)
        x, y = dice.between(0.0, 1.0 - width), dice.between(0.0, 1.0 - height)
        if rows and dice.number() < 0.5:  # half of them near an earlier one, so that many are doubles
            _, class_id, (x, y, x1, y1) = rows[int(dice.number() * len(rows))]
            width, height = (x1 - x) * dice.between(0.7, 1.0), (y1 - y) * dice.between(0.7, 1.0)
        else:
            class_id = dice.choice([1, 1, 2, 3])
        rows.append((1.0 - 0.002 * index, class_id, (x, y, x + width, y + height)))
    return rows


def test_the_quick_way_finds_what_the_plain_way_finds() -> None:
    dice = Dice()
    for iou in (0.0, 0.05, 0.3, 0.45, 0.5, 0.6, 0.75, 0.9, 1.0):
        for max_count in (5, 200):
            rows = random_rows(dice, 60)
            found = select(candidates(*rows), 1, 1, iou=iou, max_count=max_count)
            expected = [rows[index] for index in plain_select(rows, iou, max_count)]
            assert [detection.score for detection in found] == [row[0] for row in expected], (iou, max_count)
            for detection, row in zip(found, expected):
                assert close(detection.box.x, row[2][0]) and close(detection.box.right, row[2][2])
