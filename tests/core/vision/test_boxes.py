"""Boxes: what they share, how they scale and clip, and that nothing odd gets through."""

from math import inf, nan

from detector.vision.boxes import area, clip, iou, is_finite, scale
from tests.core.support import Dice, close

UNIT = (0.0, 0.0, 1.0, 1.0)


def test_iou_of_known_boxes() -> None:
    for other, expected in (
        (UNIT, 1.0),
        ((0.0, 0.0, 1.0, 0.5), 0.5),
        ((0.5, 0.0, 1.5, 1.0), 1 / 3),
        ((0.5, 0.5, 1.5, 1.5), 1 / 7),
        ((0.25, 0.25, 0.75, 0.75), 0.25),
        ((1.0, 0.0, 2.0, 1.0), 0.0),
        ((2.0, 2.0, 3.0, 3.0), 0.0),
        ((0.5, 0.5, 0.5, 0.5), 0.0),
    ):
        assert close(iou(UNIT, other), expected) and close(iou(other, UNIT), expected)


def test_iou_of_two_boxes_without_area_is_zero() -> None:
    point = (0.5, 0.5, 0.5, 0.5)
    line = (0.0, 0.5, 1.0, 0.5)
    assert iou(point, point) == 0.0 and iou(line, line) == 0.0
    reversed_box = (1.0, 1.0, 0.0, 0.0)
    assert iou(reversed_box, reversed_box) == 0.0 and iou(UNIT, reversed_box) == 0.0


def test_iou_agrees_with_counting_cells() -> None:
    dice = Dice()
    for _ in range(60):
        a, b = (sorted_box([int(dice.between(0, 9)) for _ in range(4)]) for _ in range(2))
        cells_a, cells_b = cells(a), cells(b)
        union = len(cells_a | cells_b)
        assert close(iou(a, b), len(cells_a & cells_b) / union if union and cells_a and cells_b else 0.0)


def sorted_box(corners: list) -> tuple:
    x0, y0, x1, y1 = corners
    return (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def cells(box: tuple) -> set:
    return {(x, y) for x in range(box[0], box[2]) for y in range(box[1], box[3])}


def test_odd_numbers_have_no_area_and_overlap_nothing() -> None:
    for odd in (nan, inf, -inf):
        for corner in range(4):
            box = tuple([odd if index == corner else value for index, value in enumerate(UNIT)])
            assert (
                area(box) == 0.0 and iou(box, UNIT) == 0.0 and iou(UNIT, box) == 0.0 and iou(box, box) == 0.0
            )
            assert clip(box, 10.0, 10.0) is None and not is_finite(box)


def test_huge_boxes_give_no_nonsense() -> None:
    huge = (-1e308, -1e308, 1e308, 1e308)
    assert 0.0 <= iou(huge, huge) <= 1.0 and iou(huge, UNIT) == 0.0


def test_scale_goes_from_fractions_to_pixels() -> None:
    assert scale((0.25, 0.5, 0.75, 1.0), 400, 200) == (100.0, 100.0, 300.0, 200.0)


def test_clip_keeps_what_is_inside() -> None:
    assert clip((-5.0, 2.0, 20.0, 8.0), 10.0, 10.0) == (0.0, 2.0, 10.0, 8.0)
    assert clip((2.0, 2.0, 3.0, 3.0), 10.0, 10.0) == (2.0, 2.0, 3.0, 3.0)
    assert clip((11.0, 2.0, 20.0, 8.0), 10.0, 10.0) is None
    assert clip((-3.0, 2.0, 0.0, 8.0), 10.0, 10.0) is None
    assert clip((5.0, 5.0, 5.0, 8.0), 10.0, 10.0) is None
