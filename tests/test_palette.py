"""The palette is what its formula gives, and told apart with every kind of colour vision."""

from itertools import combinations

import pytest

from detector.drawing.palette import color_of
from detector.labels import COCO_LABELS
from tests.palette_formula import VISIONS, distance, generate, linear_from_hex, seen, times

# Those that a camera at home, at a desk or at a window sees together most.
COMMON = (
    "person",
    "car",
    "bicycle",
    "dog",
    "cat",
    "chair",
    "bottle",
    "cup",
    "laptop",
    "tv",
    "cell phone",
    "book",
    "bus",
    "truck",
)


def colors() -> list[str]:
    return [color_of(class_id) for class_id, _ in COCO_LABELS]


def common_colors() -> list[str]:
    ids = [COCO_LABELS.id_of(name) for name in COMMON]
    return [color_of(class_id) for class_id in ids if class_id is not None]


def test_the_table_is_what_the_formula_gives() -> None:
    assert sorted(colors()) == sorted(generate(80))


def test_the_common_classes_have_the_most_different_colours() -> None:
    assert set(common_colors()) == set(generate(80)[: len(COMMON)])


@pytest.mark.parametrize("vision", range(len(VISIONS)), ids=list(VISIONS))
def test_all_80_are_told_apart(vision: int) -> None:
    """OKLab distance; about 0.02 is what can just be told apart side by side."""
    looks = [[seen(color)[vision]] for color in colors()]
    assert min(distance(a, b) for a, b in combinations(looks, 2)) >= 0.03


@pytest.mark.parametrize("vision", range(len(VISIONS)), ids=list(VISIONS))
def test_common_classes_are_told_apart_at_a_glance(vision: int) -> None:
    looks = [[seen(color)[vision]] for color in common_colors()]
    assert len(looks) == len(COMMON)
    assert min(distance(a, b) for a, b in combinations(looks, 2)) >= 0.09


@pytest.mark.parametrize("vision", ["protanopia", "deuteranopia"])
def test_the_simulation_leaves_greys_and_confuses_red_with_green(vision: str) -> None:
    """The matrices themselves: greys stay grey, and a red and a green that are far apart come close."""
    matrix = VISIONS[vision]
    for grey in ("#000000", "#808080", "#ffffff"):
        rgb = linear_from_hex(grey)
        assert times(matrix, rgb) == pytest.approx(rgb, abs=1e-5)
    index = list(VISIONS).index(vision)
    red, green = {"protanopia": ("#c86400", "#828200"), "deuteranopia": ("#d06000", "#909000")}[vision]
    as_seen = distance([seen(red)[index]], [seen(green)[index]])
    assert as_seen < 0.5 * distance([seen(red)[0]], [seen(green)[0]])
