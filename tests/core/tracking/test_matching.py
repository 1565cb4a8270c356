"""Which object of a picture is which of the next one."""

from detector.detection import Box, Detection
from detector.tracking.matching import SAME_OBJECT, same_objects
from detector.vision.boxes import iou
from tests.core.support import Dice


def found(
    x: float, y: float, label: str = "person", class_id: int = 1, track_id: int | None = None
) -> Detection:
    return Detection(label, class_id, 0.8, Box(x, y, 40, 60), track_id)


def test_what_moved_a_little_is_known_again_in_any_order() -> None:
    before = [found(0, 0), found(100, 0), found(200, 0)]
    after = [found(203, 2), found(4, 1), found(98, 0)]
    assert same_objects(before, after) == [2, 0, 1]
    assert same_objects([], after) == [None, None, None] and same_objects(before, []) == []


def test_another_class_or_another_place_is_another_object() -> None:
    assert same_objects([found(0, 0)], [found(0, 0, "dog", 18)]) == [None]
    assert same_objects([found(0, 0)], [found(41, 0)]) == [None]
    # 40 - 22 of 40 + 22 pixels of width in common is 0.29; a pixel more is 0.31.
    assert same_objects([found(0, 0)], [found(22, 0)]) == [None]
    assert same_objects([found(0, 0)], [found(21, 0)]) == [0]


def test_the_pair_that_overlaps_most_is_matched_first() -> None:
    assert same_objects([found(0, 0), found(16, 0)], [found(12, 0)]) == [1]
    assert same_objects([found(12, 0)], [found(0, 0), found(16, 0)]) == [None, 0]


def test_track_ids_say_more_than_boxes() -> None:
    assert same_objects([found(0, 0, track_id=7)], [found(300, 0, track_id=7)]) == [0]
    assert same_objects([found(0, 0, track_id=7)], [found(0, 0, track_id=8)]) == [None]
    assert same_objects([found(0, 0, track_id=7)], [found(0, 0)]) == [0]


def test_it_is_what_comparing_all_with_all_gives() -> None:
    dice = Dice()
    for _ in range(60):
        pictures = []
        for _ in range(2):
            pictures.append(
                [
                    found(dice.between(0, 300), dice.between(0, 200), class_id=int(dice.between(1, 3)))
                    for _ in range(int(dice.between(0, 16)))
                ]
            )
        assert same_objects(pictures[0], pictures[1]) == by_comparing(pictures[0], pictures[1])


def by_comparing(before: list, after: list) -> list:
    pairs = []
    for i in range(len(after)):
        for j in range(len(before)):
            overlap = iou(corners(before[j].box), corners(after[i].box))
            if before[j].class_id == after[i].class_id and overlap >= SAME_OBJECT:
                pairs.append((-overlap, i, j))
    found = [None] * len(after)
    for _, i, j in sorted(pairs):
        if found[i] is None and j not in found:
            found[i] = j
    return found


def corners(box: Box) -> tuple:
    return (box.x, box.y, box.right, box.bottom)
