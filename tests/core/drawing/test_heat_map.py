"""Where objects were: sums over many boxes, in a grid that does not grow."""

import random
import struct

from detector.detection import Box, Detection
from detector.drawing.heat_map import COLUMNS, ROWS, Heat
from tests.core.support import SEED, close

WIDTH, HEIGHT = 10 * COLUMNS, 10 * ROWS  # ten pixels to a cell


def seen(label: str, score: float, x: float, y: float, width: float, height: float) -> Detection:
    return Detection(label, 1, score, Box(x, y, width, height))


def cells(heat: Heat, label: str) -> list[list[float]]:
    """The sums, from the differences: each adds to all cells below it and to its right."""
    wide = COLUMNS + 1
    packed = bytes.fromhex(heat.packed(label))
    assert len(packed) == 4 * wide * (ROWS + 1)
    numbers = struct.unpack(f"<{wide * (ROWS + 1)}f", packed)
    above = [0.0] * wide
    rows = []
    for row in range(ROWS):
        across = 0.0
        for column in range(wide):
            across += numbers[row * wide + column]
            above[column] += across
        rows.append(above[:COLUMNS])
    return rows


def test_a_box_adds_its_score_to_the_cells_that_it_covers() -> None:
    heat = Heat()
    heat.add([seen("cat", 0.75, 100, 50, 200, 150)], WIDTH, HEIGHT)
    heat.add([seen("cat", 0.5, 250, 100, 100, 40), seen("dog", 0.25, 0, 0, WIDTH, HEIGHT)], WIDTH, HEIGHT)
    assert heat.pictures == 2 and heat.labels() == ["cat", "dog"]
    found = cells(heat, "cat")
    for row in range(ROWS):
        for column in range(COLUMNS):
            first = 0.75 if 10 <= column < 30 and 5 <= row < 20 else 0.0
            second = 0.5 if 25 <= column < 35 and 10 <= row < 14 else 0.0
            assert close(found[row][column], first + second), (row, column)
    assert all(close(value, 0.25) for row in cells(heat, "dog") for value in row)


def test_any_picture_has_the_same_grid_and_a_small_box_fills_a_cell() -> None:
    heat = Heat()
    heat.add([seen("ant", 1.0, 31.9, 24.1, 0.01, 0.01)], 64.0, 48.0)
    found = cells(heat, "ant")
    assert close(found[24][32], 1.0) and close(sum([sum(row) for row in found]), 1.0)


def test_what_reaches_beyond_the_picture_ends_at_its_edge() -> None:
    heat = Heat()
    heat.add([seen("cat", 1.0, -500, -500, 5000, 5000)], WIDTH, HEIGHT)
    heat.add([seen("cat", 1.0, WIDTH, HEIGHT, 10, 10)], WIDTH, HEIGHT)
    found = cells(heat, "cat")
    assert close(found[0][0], 1.0) and close(found[ROWS - 1][COLUMNS - 1], 2.0)


def test_a_picture_without_pixels_or_objects_only_counts() -> None:
    heat = Heat()
    heat.add([], WIDTH, HEIGHT)
    heat.add([seen("cat", 1.0, 0, 0, 1, 1)], 0, 0)
    assert heat.pictures == 2 and heat.labels() == []


def test_thousands_of_boxes_need_no_more_room_and_stay_right() -> None:
    random.seed(SEED)
    heat = Heat()
    expected = 0.0
    for _ in range(2000):
        x, y = 10 * random.randrange(COLUMNS - 8), 10 * random.randrange(ROWS - 6)
        score = random.randrange(50, 100) / 100
        heat.add([seen("person", score, x, y, 80, 60)], WIDTH, HEIGHT)
        expected += score * 8 * 6
    found = sum([sum(row) for row in cells(heat, "person")])
    assert abs(found - expected) < 0.001 * expected
    assert len(heat.packed("person")) == 8 * (COLUMNS + 1) * (ROWS + 1)
