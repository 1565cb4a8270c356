"""Looking closer: what holds for any picture and anything that was found, tried by hypothesis with a fixed seed."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.vision.boxes import iou
from detector.vision.merging import merge
from detector.vision.non_maximum_suppression import Candidates, select
from detector.vision.regions import LOOKS, WHOLE, Region, grid, regions
from tests.test_properties import SEED, checked

AT_MOST = {"once": 1, "closer": 5, "closest": 15}
counts = st.integers(1, 6)
overlaps = st.floats(0.0, 0.6)


@pytest.fixture(autouse=True)
def _told_seed() -> None:
    print(f"hypothesis seed {SEED}")


@st.composite
def found(draw: st.DrawFn) -> Candidates:
    """What a look finds: boxes with area inside of its region, best first."""
    scores = sorted(draw(st.lists(st.integers(1, 20), max_size=6)), reverse=True)
    boxes: list[float] = []
    for _ in scores:
        x0, y0 = draw(st.integers(0, 18)), draw(st.integers(0, 18))
        boxes += [x0 / 20, y0 / 20, draw(st.integers(x0 + 1, 20)) / 20, draw(st.integers(y0 + 1, 20)) / 20]
    classes = [draw(st.sampled_from([1, 2])) for _ in scores]
    return Candidates(boxes, [score / 20 for score in scores], classes, list(range(len(scores))))


looked = st.lists(
    st.tuples(st.sampled_from([WHOLE, *grid(2, 2), *grid(3, 1)]), found()), min_size=1, max_size=6
)


@checked()
@given(counts, counts, overlaps)
def test_a_grid_covers_the_picture_and_its_parts_are_alike(columns: int, rows: int, overlap: float) -> None:
    parts = grid(columns, rows, overlap)
    assert len(parts) == columns * rows
    for axis in ((0, 2), (1, 3)):
        spans = sorted({(part[axis[0]], part[axis[1]]) for part in parts})
        assert spans[0][0] == 0.0 and spans[-1][1] == 1.0
        for one, other in itertools.pairwise(spans):
            assert other[0] <= one[1] + 1e-9, "nothing lies between two parts"
            shared = (one[1] - other[0]) / (one[1] - one[0])
            assert math.isclose(shared, overlap, abs_tol=1e-9)
        sides = [end - start for start, end in spans]
        assert max(sides) - min(sides) < 1e-9


@checked()
@given(st.sampled_from(LOOKS), st.integers(1, 20_000), st.integers(1, 20_000))
def test_no_look_takes_longer_than_it_says(look: str, width: int, height: int) -> None:
    parts = regions(look, width, height)
    assert parts[0] == WHOLE and len(parts) <= AT_MOST[look]
    assert len(set(parts)) == len(parts)
    assert all(0.0 <= x0 < x1 <= 1.0 and 0.0 <= y0 < y1 <= 1.0 for x0, y0, x1, y1 in parts)
    if look == "closer" and max(width, height) <= 8 * min(width, height):
        assert all(part_shape(part, width, height) <= 3.1 for part in parts[1:])


def part_shape(part: Region, width: int, height: int) -> float:
    """How many times longer than wide a part is, or wider than long."""
    aspect = (part.x1 - part.x0) * width / ((part.y1 - part.y0) * height)
    return max(aspect, 1 / aspect)


@checked()
@given(looked, st.randoms(use_true_random=False))
def test_the_order_of_looks_makes_no_difference(
    looks: list[tuple[Region, Candidates]], random: object
) -> None:
    if len(looks) == 1:
        return
    shuffled = list(looks)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert merge(looks).candidates == merge(shuffled).candidates


@checked()
@given(looked, st.sampled_from([0.3, 0.5, 0.6, 0.8]))
def test_nothing_is_told_twice_and_nothing_is_made_up(
    looks: list[tuple[Region, Candidates]], limit: float
) -> None:
    merged = merge(looks, iou=limit, least=0.0).candidates
    assert list(merged.scores) == sorted(merged.scores, reverse=True)
    best = max((score for _, one in looks for score in one.scores), default=0.0)
    assert all(score <= best for score in merged.scores)
    for name in {1, 2} & set(merged.class_ids):
        assert any(name in one.class_ids for _, one in looks)
    told = select(merged, 100, 100, threshold=0.0, iou=limit, max_count=1000)
    corners = [(one.class_id, (one.box.x, one.box.y, one.box.right, one.box.bottom)) for one in told]
    for (label, box), (other, its) in itertools.combinations(corners, 2):
        assert label != other or iou(box, its) <= limit + 1e-6


@checked()
@given(found())
def test_looking_at_the_whole_alone_is_what_it_was(once: Candidates) -> None:
    assert merge([(WHOLE, once)]).candidates is once
