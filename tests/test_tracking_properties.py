"""The tracker's laws, and its assignment against scipy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from detector.detection import Box, Detection
from detector.tracking.assignment import assign
from detector.tracking.tracker import Tracker
from tests.test_properties import SEED, checked


@pytest.fixture(autouse=True)
def _told_seed() -> None:
    print(f"hypothesis seed {SEED}")


GAINS = st.floats(-1, 1, width=32)


@checked()
@given(
    st.integers(0, 12).flatmap(
        lambda columns: st.lists(
            st.lists(st.one_of(st.none(), GAINS), min_size=columns, max_size=columns), max_size=12
        )
    )
)
def test_assignment_is_worth_what_scipys_is(table: list[list[float | None]]) -> None:
    rows = [[(column, gain) for column, gain in enumerate(row) if gain is not None] for row in table]
    chosen = assign(rows)
    taken = [column for column in chosen if column is not None]
    assert len(set(taken)) == len(taken)
    ours = sum(dict(row)[column] for row, column in zip(rows, chosen, strict=True) if column is not None)
    # No pair is worth nothing, so a pair that cannot be, or is worth less, counts as none.
    full = np.array([[max(gain or 0.0, 0.0) for gain in row] for row in table], ndmin=2)
    theirs = full[linear_sum_assignment(full, maximize=True)].sum() if full.size else 0.0
    assert abs(ours - theirs) < 1e-6


BOXES = st.builds(Box, st.floats(-50, 700), st.floats(-50, 500), st.floats(0, 300), st.floats(0, 300))
DETECTIONS = st.lists(
    st.builds(
        lambda class_id, score, box: Detection(str(class_id), class_id, score, box),
        st.integers(1, 3), st.floats(0, 1), BOXES,
    ),
    max_size=12,
)  # fmt: skip


@checked()
@given(st.lists(st.tuples(st.one_of(st.none(), DETECTIONS), st.floats(-500, 3000)), max_size=8))
def test_whatever_comes_no_id_is_twice_in_a_look_and_nothing_is_lost(
    looks: list[tuple[list[Detection] | None, float]],
) -> None:
    tracker = Tracker()
    at = 0.0
    known: set[int] = set()
    for detections, later in looks:
        at += later
        found = tracker.update(detections, at)
        ids = [one.track_id for one in found if one.track_id is not None]
        assert len(ids) == len(set(ids))
        # All that is sure, in its order; and of what is not, what goes on with a track, as just sure.
        sure = [one for one in detections or [] if one.score >= tracker.sure]
        rest = iter([(one.box, one.score) for one in found])
        assert all((one.box, one.score) in rest for one in sure)
        assert all(one.score >= tracker.sure for one in found)
        assert len(found) - len(sure) <= len(
            [one for one in found if one.score == tracker.sure and one.track_id]
        )
        assert set(ids) <= {track.id for track in tracker.tracks}
        known |= set(ids)
        for later_still in (0.0, 40.0, 5000.0):
            assert len(tracker.at(at + later_still, 640, 480)) <= max(len(found), 12)
    assert known <= set(range(1, max(known, default=0) + 1))


@checked()
@given(
    st.lists(st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3)), min_size=2, max_size=4),
    st.sampled_from([25, 10, 5, 3]),
    st.randoms(use_true_random=False),
)
def test_what_stays_apart_keeps_its_identity(
    speeds: list[tuple[float, float]], rate: float, random: object
) -> None:
    """Things that go their ways in lanes of their own, listed in another order in each look."""
    tracker = Tracker()
    ids: dict[int, set[int]] = {}
    for look in range(12):
        seconds = look / rate
        there = [
            (
                lane,
                Detection(
                    "cup", 47, 0.9,
                    Box(500 + 100 * across * seconds, 400 * lane + 100 * down * seconds, 100, 100),
                ),
            )
            for lane, (across, down) in enumerate(speeds)
        ]  # fmt: skip
        random.shuffle(there)  # type: ignore[attr-defined]
        found = tracker.update([one for _, one in there], 1000 * seconds)
        for (lane, _), one in zip(there, found, strict=True):
            if one.track_id is not None:
                ids.setdefault(lane, set()).add(one.track_id)
    assert all(len(one) == 1 for one in ids.values()) and len(ids) == len(speeds)
