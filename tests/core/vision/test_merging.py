"""Several looks at one picture made one: cut things left out, one thing told once, between the boxes that found it."""

from detector.vision import merging
from detector.vision.merging import MARGIN
from detector.vision.non_maximum_suppression import Candidates
from detector.vision.regions import WHOLE, Region
from tests.core.support import close

LEFT = Region(0.0, 0.0, 0.6, 1.0)
RIGHT = Region(0.4, 0.0, 1.0, 1.0)


def merge(looks: list, **how: float) -> Candidates:
    return merging.merge(looks, **how).candidates


def look(*found: tuple) -> Candidates:
    """score, class, x0, y0, x1, y1 of each."""
    boxes = [corner for one in found for corner in one[2:]]
    return Candidates(boxes, [one[0] for one in found], [one[1] for one in found], list(range(len(found))))


def test_a_single_look_at_the_whole_is_as_it_is() -> None:
    once = look((0.9, 1, 0.0, 0.0, 0.5, 0.5), (0.8, 1, 0.0, 0.0, 0.5, 0.5), (0.01, 1, 0.1, 0.1, 0.2, 0.2))
    assert merge([(WHOLE, once)]) is once


def test_boxes_of_a_part_are_told_in_the_picture() -> None:
    found = merge([(RIGHT, look((0.9, 1, 0.5, 0.25, 1.0, 0.75)))])
    assert found.scores == [0.9] and found.class_ids == [1] and found.anchor_ids == [0]
    for corner, expected in zip(found.boxes, (0.7, 0.25, 1.0, 0.75)):
        assert close(corner, expected)


def test_a_box_that_an_inner_edge_may_have_cut_is_left_out() -> None:
    near = 1.0 - MARGIN / 2
    assert merge([(LEFT, look((0.9, 1, 0.2, 0.2, near, 0.8)))]).scores == []
    assert merge([(RIGHT, look((0.9, 1, MARGIN / 2, 0.2, 0.8, 0.8)))]).scores == []
    # The picture's own edges cut nothing that somebody else sees whole.
    assert merge([(LEFT, look((0.9, 1, 0.0, 0.0, 0.8, 1.0)))]).scores == [0.9]
    assert merge([(RIGHT, look((0.9, 1, 0.2, 0.0, 1.0, 1.0)))]).scores == [0.9]
    both = [(WHOLE, look((0.6, 1, 0.3, 0.2, 0.7, 0.8))), (LEFT, look((0.9, 1, 0.5, 0.2, near, 0.8)))]
    assert merge(both).scores == [0.6], "the whole has it all"


def test_what_two_looks_have_found_is_one_thing_between_their_boxes() -> None:
    whole = look((0.3, 1, 0.44, 0.4, 0.54, 0.6))
    part = look((0.9, 1, (0.46 - 0.4) / 0.6, 0.4, (0.56 - 0.4) / 0.6, 0.6))
    found = merge([(WHOLE, whole), (RIGHT, part)], iou=0.5)
    assert found.scores == [0.9], "the best of them"
    for corner, expected in zip(found.boxes, (0.455, 0.4, 0.555, 0.6)):
        assert close(corner, expected)
    assert len(merge([(WHOLE, whole), (RIGHT, part)], iou=0.7).scores) == 2


def test_things_of_other_classes_and_low_scores_stay_apart() -> None:
    found = merge(
        [(WHOLE, look((0.8, 1, 0.5, 0.5, 0.7, 0.7))), (LEFT, look((0.7, 2, 0.83, 0.5, 0.96, 0.7)))],
        least=0.1,
    )
    assert found.scores == [0.8, 0.7] and found.class_ids == [1, 2]
    nan = float("nan")
    assert (
        merge([(LEFT, look((nan, 1, 0.1, 0.1, 0.3, 0.3), (0.09, 1, 0.1, 0.1, 0.3, 0.3)))], least=0.1).scores
        == []
    )
