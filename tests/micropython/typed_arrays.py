"""In the page, candidates are JavaScript's typed arrays: here real ones, on MicroPython in Node."""

import js

from detector.errors import InputError
from detector.vision.non_maximum_suppression import Candidates, select
from tests.core.support import Dice, candidates, close, raises
from tests.core.vision.test_non_maximum_suppression import LEFT, NEAR_LEFT, RIGHT, random_rows


def typed(plain: Candidates) -> Candidates:
    """The same candidates in the arrays that the network's outputs come in."""
    boxes = js.Float32Array.new(len(plain.boxes))
    scores = js.Float32Array.new(len(plain.scores))
    class_ids = js.Int32Array.new(len(plain.class_ids))
    anchor_ids = js.Int32Array.new(len(plain.anchor_ids))
    for array, values in (
        (boxes, plain.boxes),
        (scores, plain.scores),
        (class_ids, plain.class_ids),
        (anchor_ids, plain.anchor_ids),
    ):
        for index, value in enumerate(values):
            array[index] = value
    return Candidates(boxes, scores, class_ids, anchor_ids)


def test_typed_arrays_give_plain_detections() -> None:
    (found,) = select(typed(candidates((0.75, 18, (0.25, 0.5, 0.75, 1.0)))), 640, 480)
    assert repr(found) == "Detection('dog' 75% at x=160 y=240, 320 x 240)"
    assert type(found.score) is float and type(found.class_id) is int and type(found.box.x) is float


def test_typed_arrays_and_lists_give_the_same() -> None:
    rows = random_rows(Dice(), 200)
    from_lists = select(candidates(*rows), 640, 480, threshold=0.0, max_count=200)
    from_arrays = select(typed(candidates(*rows)), 640, 480, threshold=0.0, max_count=200)
    assert len(from_lists) == len(from_arrays) > 20
    for one, other in zip(from_lists, from_arrays):
        assert one.class_id == other.class_id and close(one.score, other.score, 1e-6)
        for a, b in zip(one.box, other.box):
            assert close(a, b, 1e-3)


def test_coco_ssd_rules_read_the_anchors() -> None:
    rows = candidates((0.9, 17, LEFT, 5), (0.8, 18, LEFT, 5), (0.7, 18, NEAR_LEFT, 6), (0.6, 18, RIGHT, 7))
    found = select(typed(rows), 100, 100, class_agnostic=True, best_class_per_anchor=True)
    assert [detection.label for detection in found] == ["cat", "dog"]


def test_odd_numbers_are_left_out() -> None:
    rows = candidates((float("nan"), 1, LEFT), (0.9, 1, (float("nan"), 0.0, 1.0, 1.0)), (0.8, 1, RIGHT))
    assert len(select(typed(rows), 100, 100)) == 1


def test_empty_and_unequal_arrays() -> None:
    assert select(typed(candidates()), 640, 480) == []
    good = typed(candidates((0.9, 1, LEFT)))
    raises(
        InputError,
        select,
        Candidates(js.Float32Array.new(3), good.scores, good.class_ids, good.anchor_ids),
        640,
        480,
    )
