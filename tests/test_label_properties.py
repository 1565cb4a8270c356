"""Where labels stand, whatever was found: properties of placement and memory, tried by hypothesis; and what they cost.

The seed is fixed, so that a failure can be had again, and printed with every failure.
"""

import itertools
import random
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from detector.detection import Box, Detection
from detector.drawing.commands import Fill
from detector.drawing.draw import draw
from detector.drawing.label_memory import LabelMemory
from detector.drawing.label_placement import Room, place
from detector.drawing.label_spots import COUNT, Spot, Tag, spot_at
from tests.test_properties import SEED, checked

WIDTH, HEIGHT = 640, 480
HAIR = 1e-4


@pytest.fixture(autouse=True)
def _told_seed() -> None:
    print(f"hypothesis seed {SEED}")


@st.composite
def labels(draw_value: st.DrawFn, most: int = 20) -> list[Tag]:
    """Labels of boxes of any size; few scores and classes, so that many are alike."""
    made = []
    for _ in range(draw_value(st.integers(0, most))):
        width, height = draw_value(st.integers(1, WIDTH)), draw_value(st.integers(1, HEIGHT))
        x, y = draw_value(st.integers(0, WIDTH - width)), draw_value(st.integers(0, HEIGHT - height))
        score = draw_value(st.sampled_from([0.4, 0.6, 0.8]))
        box = Box(float(x), float(y), float(width), float(height))
        detection = Detection("person", draw_value(st.integers(1, 2)), score, box)
        made.append(Tag(detection, box, draw_value(st.sampled_from([57.0, 92.0, 140.0])), 20.0))
    return made


def overlap(one: Tag, at: Spot, other: Tag, there: Spot) -> float:
    """How deep two labels are in each other; 0 or less: not at all."""
    across = min(at.x + one.width, there.x + other.width) - max(at.x, there.x)
    return min(across, min(at.y + one.height, there.y + other.height) - max(at.y, there.y))


def overlapping(tags: list[Tag], spots: list[Spot]) -> list[tuple[int, int]]:
    pairs = itertools.combinations(range(len(tags)), 2)
    return [(i, j) for i, j in pairs if overlap(tags[i], spots[i], tags[j], spots[j]) > HAIR]


def inside(tag: Tag, spot: Spot) -> bool:
    return 0 <= spot.x <= WIDTH - tag.width and 0 <= spot.y <= HEIGHT - tag.height


def usual(tag: Tag) -> tuple[float, float]:
    """Where a label is that is the only one."""
    x = min(tag.box.x, WIDTH - tag.width)
    return (x, tag.box.y - 20) if tag.box.y >= 20 else (x, min(tag.box.y, HEIGHT - 20.0))


def is_calm(tags: list[Tag], spots: list[Spot]) -> bool:
    """Whether no label covers another, nor hides another's small box."""
    room = Room(tags)
    hides = any(room.hides(spot, tag, tag) for tag, spot in zip(tags, spots, strict=True))
    return not hides and not overlapping(tags, spots)


@checked(300)
@given(labels())
def test_labels_are_inside_and_overlap_only_where_one_has_no_free_place(tags: list[Tag]) -> None:
    spots = place(tags, WIDTH, HEIGHT)
    assert all(inside(tag, spot) for tag, spot in zip(tags, spots, strict=True))
    for pair in overlapping(tags, spots):
        assert not all(has_free_place(tags, spots, index) for index in pair)


def has_free_place(tags: list[Tag], spots: list[Spot], index: int) -> bool:
    others = [other for other in range(len(tags)) if other != index]
    mine = [spot_at(number, tags[index], WIDTH, HEIGHT) for number in range(COUNT)]
    return any(
        spot is not None
        and all(overlap(tags[index], spot, tags[other], spots[other]) <= HAIR for other in others)
        for spot in mine
    )


@checked()
@given(labels(), st.randoms(use_true_random=False))
def test_the_order_in_which_they_are_given_makes_no_difference(tags: list[Tag], dice: random.Random) -> None:
    order = list(range(len(tags)))
    dice.shuffle(order)
    spots = place(tags, WIDTH, HEIGHT)
    again = place([tags[index] for index in order], WIDTH, HEIGHT)
    standing = {(tag, spot) for tag, spot in zip(tags, spots, strict=True)}
    assert {(tags[index], spot) for index, spot in zip(order, again, strict=True)} == standing


@checked()
@given(labels(most=1))
def test_a_single_label_is_where_it_always_was(tags: list[Tag]) -> None:
    for tag, spot in zip(tags, place(tags, WIDTH, HEIGHT), strict=True):
        assert (spot.x, spot.y) == usual(tag)


@checked(400)
@given(labels(most=5))
def test_where_nothing_collides_all_are_where_they_always_were(tags: list[Tag]) -> None:
    always = [Spot(0, *usual(tag)) for tag in tags]
    assume(is_calm(tags, always))
    assert [spot[1:] for spot in place(tags, WIDTH, HEIGHT)] == [spot[1:] for spot in always]


@checked()
@given(labels())
def test_a_stream_begins_like_a_photo_and_what_stands_still_stays(tags: list[Tag]) -> None:
    memory = LabelMemory()
    first = memory.place(tags, WIDTH, HEIGHT)
    assert first == place(tags, WIDTH, HEIGHT)
    assume(not overlapping(tags, first))
    assert memory.place(tags, WIDTH, HEIGHT, True) == first
    for _ in range(3):
        assert memory.place(tags, WIDTH, HEIGHT) == first


def shaken(tag: Tag, dice: random.Random, by: float) -> Tag:
    x, y, width, height = tag.box
    box = Box(x + dice.uniform(-by, by), y + dice.uniform(-by, by), width, height)
    detection = Detection("person", tag.detection.class_id, dice.random(), box)
    return Tag(detection, box, tag.width, tag.height)


@checked(60)
@given(labels(most=12), st.randoms(use_true_random=False))
def test_what_trembles_changes_no_place_in_50_pictures(tags: list[Tag], dice: random.Random) -> None:
    boxes = [tag.box for tag in tags]
    # Where two could be taken for each other, which is which nobody knows.
    assume(all(min(box.width, box.height) >= 40 for box in boxes))
    assume(not any(alike(one, other) for one, other in itertools.combinations(boxes, 2)))
    memory = LabelMemory()
    first = memory.place(tags, WIDTH, HEIGHT)
    assume(is_calm(tags, first))
    for _ in range(50):
        # Each by 2.4 pixels at most, so that they come nearer to each other by less than five: a quarter of a label.
        again = memory.place([shaken(tag, dice, 2.4) for tag in tags], WIDTH, HEIGHT)
        assert [spot.place for spot in again] == [spot.place for spot in first]


def alike(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.bottom, other.bottom) - max(one.y, other.y)
    shared = max(across, 0) * max(down, 0)
    return shared > 0.5 * (one.area + other.area - shared)


@checked()
@given(labels(most=12), st.lists(st.tuples(st.floats(-90, 90), st.floats(-90, 90)), min_size=12, max_size=12))
def test_in_a_stream_labels_never_leave_the_picture(tags: list[Tag], ways: list[tuple[float, float]]) -> None:
    memory = LabelMemory()
    for held in (False, True, False):
        for tag, spot in zip(tags, memory.place(tags, WIDTH, HEIGHT, held), strict=True):
            assert inside(tag, spot)
        moved = []
        for tag, (x, y) in zip(tags, ways, strict=False):
            box = Box(
                min(max(tag.box.x + x, 0.0), WIDTH - tag.box.width),
                min(max(tag.box.y + y, 0.0), HEIGHT - tag.box.height),
                tag.box.width,
                tag.box.height,
            )
            detection = Detection("person", tag.detection.class_id, tag.detection.score, box)
            moved.append(Tag(detection, box, tag.width, tag.height))
        tags = moved


@checked()
@given(labels(), st.sampled_from([0.5, 1.0, 3.0]), st.booleans())
def test_what_draw_gives_is_so_placed(tags: list[Tag], scale: float, mirror: bool) -> None:
    found = sorted((tag.detection for tag in tags), key=lambda one: -one.score)
    commands = draw(
        found, WIDTH, HEIGHT, measure=lambda text, size: 0.5 * size * len(text), scale=scale, mirror=mirror
    )
    plates = [one for one in commands if isinstance(one, Fill)]
    assert len(plates) == len(found)
    for one in plates:
        assert -HAIR <= one.x <= WIDTH - one.width + HAIR and -HAIR <= one.y <= HEIGHT - one.height + HAIR


# What it costs


def operations(work: Callable[[], object]) -> int:
    """How many of CPython's instructions the package executes for it: the same on any machine, busy or not."""
    count = 0

    def traced(frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        nonlocal count
        if "detector" not in frame.f_code.co_filename:
            return None
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def crowd(count: int, seed: int = SEED) -> list[Tag]:
    """People in a picture of 960 x 720, all over it."""
    dice = random.Random(seed)
    made = []
    for index in range(count):
        width, height = dice.uniform(20, 120), dice.uniform(40, 250)
        box = Box(dice.uniform(0, 960 - width), dice.uniform(0, 720 - height), width, height)
        made.append(Tag(Detection("person", 1, 0.99 - 0.004 * index, box), box, 92.0, 20.0))
    return made


# MicroPython in the page takes 60 ms for 100,000 turns of a loop with one addition, of seven of these instructions: a
# millisecond is 11,700 of them.
MILLISECOND = 11_700


def test_twenty_labels_take_about_a_millisecond_and_a_third_of_it_between_looks() -> None:
    tags = crowd(20)
    dice = random.Random(SEED)
    looks = [[shaken(tag, dice, 3.0) for tag in tags] for _ in range(4)]
    memory = LabelMemory()
    memory.place(tags, 960, 720)
    assert operations(lambda: place(tags, 960, 720)) < MILLISECOND
    for look in looks:
        assert operations(lambda look=look: memory.place(look, 960, 720)) < 1.25 * MILLISECOND
        assert operations(lambda look=look: memory.place(look, 960, 720, True)) < MILLISECOND / 3


@pytest.mark.parametrize("side", [1.0, 0.3])
def test_two_hundred_labels_have_a_bound(side: float) -> None:
    """side: of the picture that they are in, as a share; the less, the more are on each other."""
    tags = []
    for tag in crowd(200):
        box = Box(tag.box.x * side, tag.box.y * side, tag.box.width, tag.box.height)
        detection = Detection("person", 1, tag.detection.score, box)
        tags.append(Tag(detection, box, tag.width, tag.height))
    memory = LabelMemory()
    for work in (lambda: place(tags, 960, 720), *3 * [lambda: memory.place(tags, 960, 720)]):
        assert operations(work) < 50 * MILLISECOND
