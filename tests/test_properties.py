"""What holds for any input whatever: properties of select, boxes, drawing and settings, tried by hypothesis.

The seed is fixed, so that a failure can be had again, and printed with every failure.
"""

import math
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from detector.detection import Detection
from detector.drawing.commands import Fill, Stroke
from detector.drawing.draw import draw
from detector.errors import DetectorError, InputError
from detector.pacing.pacer import Pacer
from detector.settings import NAMES, Settings, parse
from detector.vision.boxes import clip, iou
from detector.vision.non_maximum_suppression import Candidates, select

SEED = 20261121
Test = TypeVar("Test", bound=Callable[..., None])
Row = tuple[float, int, tuple[float, float, float, float]]


@pytest.fixture(autouse=True)
def _told_seed() -> None:
    print(f"hypothesis seed {SEED}")


def checked(examples: int = 150) -> Callable[[Test], Test]:
    """So many examples, always the same ones, and none kept on disk."""

    def decorate(test: Test) -> Test:
        limited: Test = settings(max_examples=examples, database=None, deadline=None, print_blob=True)(test)
        return seed(SEED)(limited)

    return decorate


anything = st.floats(allow_nan=True, allow_infinity=True)
fractions = st.floats(0.0, 1.0, width=32)
sides = st.floats(0.0, 1.0, width=32)
class_ids = st.sampled_from([1, 2, 3, 17, 18, 12, 0, 91])
sizes = st.integers(1, 5000)
thresholds = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.6, 0.75, 1.0])


@st.composite
def boxes_inside(draw_value: st.DrawFn) -> tuple[float, float, float, float]:
    """A box inside the picture, more or less: width and height from 1/64 on."""
    cells = st.integers(0, 63)
    x0, y0 = draw_value(cells), draw_value(cells)
    x1, y1 = draw_value(st.integers(x0 + 1, 64)), draw_value(st.integers(y0 + 1, 64))
    return x0 / 64, y0 / 64, x1 / 64, y1 / 64


@st.composite
def sane_rows(draw_value: st.DrawFn) -> list[Row]:
    """Candidates as a network gives them: scores descending, boxes inside the picture."""
    scores = sorted(draw_value(st.lists(fractions, max_size=30)), reverse=True)
    return [(score, draw_value(class_ids), draw_value(boxes_inside())) for score in scores]


@st.composite
def wild_rows(draw_value: st.DrawFn) -> list[Row]:
    """Anything at all in place of candidates: NaN, infinities, huge numbers, any order."""
    edge = st.one_of(anything, st.floats(-1.0, 2.0))
    row = st.tuples(
        st.one_of(anything, fractions), st.integers(-(2**31), 2**31 - 1) | class_ids, st.tuples(*[edge] * 4)
    )
    return draw_value(st.lists(row, max_size=20))


def candidates(rows: list[Row]) -> Candidates:
    return Candidates(
        [edge for row in rows for edge in row[2]],
        [row[0] for row in rows],
        [row[1] for row in rows],
        list(range(len(rows))),
    )


def corners(detection: Detection) -> tuple[float, float, float, float]:
    box = detection.box
    return box.x, box.y, box.right, box.bottom


@checked(400)
@given(wild_rows(), sizes, sizes, thresholds, thresholds, st.booleans(), st.booleans())
def test_any_input_gives_clean_detections(
    rows: list[Row], width: int, height: int, threshold: float, limit: float, agnostic: bool, best: bool
) -> None:
    found = select(
        candidates(rows),
        width,
        height,
        threshold=threshold,
        iou=limit,
        class_agnostic=agnostic,
        best_class_per_anchor=best,
    )
    assert len(found) <= 20
    for detection in found:
        x0, y0, x1, y1 = corners(detection)
        assert all(map(math.isfinite, (detection.score, x0, y0, x1, y1)))
        assert detection.score >= threshold and detection.label
        assert detection.box.width > 0 and detection.box.height > 0
        assert x0 >= 0 and y0 >= 0
        assert x1 <= width * (1 + 1e-12) and y1 <= height * (1 + 1e-12)


@checked()
@given(sane_rows(), thresholds, thresholds)
def test_best_first_and_no_doubles(rows: list[Row], threshold: float, limit: float) -> None:
    found = select(candidates(rows), 1, 1, threshold=threshold, iou=limit, max_count=200)
    assert [detection.score for detection in found] == sorted((d.score for d in found), reverse=True)
    for index, one in enumerate(found):
        for other in found[:index]:
            if one.class_id == other.class_id:
                assert iou(corners(one), corners(other)) <= limit + 1e-9


@checked()
@given(sane_rows(), thresholds)
def test_each_one_left_out_is_a_double_of_one_that_stays(rows: list[Row], limit: float) -> None:
    found = select(candidates(rows), 1, 1, threshold=0.0, iou=limit, max_count=200)
    kept = [(detection.score, detection.class_id, corners(detection)) for detection in found]
    for score, class_id, box in rows:
        if class_id in (1, 2, 3, 17, 18) and (score, class_id, box) not in kept:
            better = [other for other in kept if other[1] == class_id and other[0] >= score]
            assert max(iou(box, other[2]) for other in better) > limit - 1e-9


@checked()
@given(sane_rows(), thresholds)
def test_what_was_selected_is_selected_again(rows: list[Row], limit: float) -> None:
    once = select(candidates(rows), 1, 1, threshold=0.25, iou=limit)
    again = select(
        candidates([(d.score, d.class_id, corners(d)) for d in once]), 1, 1, threshold=0.25, iou=limit
    )
    # Going from corners to sizes and back may lose a last digit.
    assert [(d.score, d.label) for d in again] == [(d.score, d.label) for d in once]


@checked()
@given(sane_rows(), sizes, sizes)
def test_boxes_grow_with_the_picture(rows: list[Row], width: int, height: int) -> None:
    small = select(candidates(rows), 1, 1)
    large = select(candidates(rows), width, height)
    assert [d.score for d in small] == [d.score for d in large]
    for one, other in zip(small, large, strict=True):
        x, y, w, h = one.box
        assert other.box == pytest.approx((x * width, y * height, w * width, h * height), abs=1e-6)


@checked()
@given(sane_rows(), thresholds, thresholds)
def test_a_higher_threshold_finds_the_first_of_the_same(rows: list[Row], one: float, other: float) -> None:
    low, high = sorted((one, other))
    more = select(candidates(rows), 100, 100, threshold=low)
    fewer = select(candidates(rows), 100, 100, threshold=high)
    assert fewer == more[: len(fewer)]


@checked()
@given(sane_rows(), st.integers(0, 30))
def test_a_smaller_count_finds_the_first_of_the_same(rows: list[Row], count: int) -> None:
    everything = select(candidates(rows), 100, 100, max_count=200)
    assert select(candidates(rows), 100, 100, max_count=count) == everything[:count]


@checked()
@given(sane_rows(), st.randoms(use_true_random=False))
def test_of_equal_scores_the_first_given_comes_first(rows: list[Row], dice: object) -> None:
    level = [(0.75, class_id, box) for _, class_id, box in rows]
    dice.shuffle(level)  # type: ignore[attr-defined]
    found = select(candidates(level), 1, 1, max_count=200)
    places = [level.index((0.75, detection.class_id, corners(detection))) for detection in found]
    assert places == sorted(places)


@checked()
@given(sane_rows(), st.permutations([1, 2, 3, 17, 18]))
def test_classes_do_not_disturb_each_other(rows: list[Row], order: list[int]) -> None:
    together = select(candidates(rows), 1, 1, max_count=200)
    for class_id in order:
        alone = select(candidates([row for row in rows if row[1] == class_id]), 1, 1, max_count=200)
        assert alone == [detection for detection in together if detection.class_id == class_id]


@checked()
@given(st.lists(anything, max_size=9), st.lists(anything, max_size=3), anything, anything)
def test_bad_shapes_raise_the_right_error(
    boxes: list[float], scores: list[float], width: float, height: float
) -> None:
    try:
        select(Candidates(boxes, scores, [1] * len(scores), [0] * len(scores)), width, height)
    except InputError:
        usable = math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0
        assert not usable or len(boxes) != 4 * len(scores)
    else:
        assert len(boxes) == 4 * len(scores) and width > 0 and height > 0


@checked()
@given(st.tuples(*[anything] * 4), st.tuples(*[anything] * 4))
def test_iou_is_a_share_and_the_same_both_ways(
    a: tuple[float, float, float, float], b: tuple[float, float, float, float]
) -> None:
    assert 0.0 <= iou(a, b) <= 1.0
    assert iou(a, b) == iou(b, a)


@checked()
@given(st.tuples(*[anything] * 4), sizes, sizes)
def test_clip_gives_a_box_inside_or_nothing(
    box: tuple[float, float, float, float], width: int, height: int
) -> None:
    clipped = clip(box, width, height)
    if clipped is not None:
        x0, y0, x1, y1 = clipped
        assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height


@checked()
@given(sane_rows(), sizes, sizes, st.floats(0.05, 8.0), st.booleans())
def test_all_that_is_drawn_lies_in_the_picture(
    rows: list[Row], width: int, height: int, scale: float, mirror: bool
) -> None:
    found = select(candidates(rows), width, height, threshold=0.0)
    commands = draw(
        found, width, height, measure=lambda text, size: 0.6 * size * len(text), scale=scale, mirror=mirror
    )
    assert sum(isinstance(command, Stroke) for command in commands) == len(found)
    for command in commands:
        if isinstance(command, Stroke | Fill):
            half = command.line_width / 2 if isinstance(command, Stroke) else 0
            assert command.x - half >= -1e-6 and command.x + command.width + half <= width + 1e-6
            assert command.y - half >= -1e-6 and command.y + command.height + half <= height + 1e-6


@checked()
@given(st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=8), st.text(max_size=12)), max_size=8))
def test_any_address_gives_settings_that_lead_back(pairs: list[tuple[str, str]]) -> None:
    made, problems = parse(pairs)
    assert all(problems)
    again, none = parse(made.as_query())
    assert none == []
    for name in (*NAMES, "allow", "deny"):
        assert getattr(again, name) == getattr(made, name)


@checked()
@given(
    st.sampled_from(NAMES) | st.text(max_size=8), st.text(max_size=12) | st.integers() | anything | st.none()
)
def test_changed_changes_or_refuses(name: str, value: object) -> None:
    try:
        changed = Settings().changed(name, value)
    except DetectorError as error:
        assert error.code == "bad-setting" and error.message
    else:
        assert name in NAMES
        assert 0 <= changed.threshold <= 1 and 1 <= changed.max <= 200


@checked()
@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0, 400)), min_size=1, max_size=60),
    st.sampled_from(["auto", 0, 1, 3]),
)
def test_pacing_never_has_two_in_flight_nor_too_much_work(
    frames: list[tuple[float, float]], skip: str | int
) -> None:
    """frames: (time until the next frame, how long it takes if it is taken)."""
    pacer = Pacer(skip)
    now, busy_until = 0.0, -1.0
    first = None
    spent = longest = 0.0
    for gap, takes in frames:
        now += gap
        if pacer.in_flight and now >= busy_until:
            pacer.finished(busy_until)
        if pacer.offer(now):
            assert now >= busy_until
            if first is not None and skip == "auto":
                # From the first frame on, and with what a late frame may pass on to the next.
                assert spent <= 0.7 * (now - first + longest) + 1e-6
            pacer.started(now)
            first = now if first is None else first
            spent, longest = spent + takes, max(longest, takes)
            busy_until = now + takes
