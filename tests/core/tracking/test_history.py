"""What was seen over time: steps, gaps, and the lines of a chart."""

from detector.tracking.history import History, points
from tests.core.support import close


def test_steps_keep_the_most_of_each_class_and_the_mean_time() -> None:
    history = History(step_ms=500.0, steps=4)
    history.add(1000.0, {"person": 2, "dog": 1}, {"infer": 30.0})
    history.add(1400.0, {"person": 1, "cat": 1}, {"infer": 50.0})
    history.add(1600.0, {"person": 3}, {"infer": 20.0})
    assert history.counts(1600.0) == [
        ("person", [None, None, 2, 3]),
        ("cat", [None, None, 1, 0]),
        ("dog", [None, None, 1, 0]),
    ]
    times = history.means(1600.0, "infer")
    assert times[:2] == [None, None] and close(times[2], 40.0) and close(times[3], 20.0)
    assert history.means(1600.0, "rate") == [None] * 4, "nobody has said"
    history.add(1600.0, {}, {"rate": 12.0})
    assert history.means(1600.0, "rate")[2:] == [None, 12.0]


def test_time_without_a_result_is_a_gap_and_the_oldest_goes() -> None:
    history = History(step_ms=500.0, steps=3)
    history.add(0.0, {"dog": 1}, {"infer": 10.0})
    history.add(1000.0, {"dog": 2}, {"infer": 10.0})
    assert history.counts(1000.0) == [("dog", [1, None, 2])]
    assert history.counts(1600.0) == [("dog", [None, 2, None])]
    assert history.means(1600.0, "infer")[0] is None
    assert history.counts(9000.0) == [], "nothing of what is left was seen"


def test_what_comes_late_counts_where_it_was_and_too_late_not_at_all() -> None:
    history = History(step_ms=500.0, steps=3)
    history.add(2000.0, {"dog": 1}, {"infer": 10.0})
    history.add(2600.0, {"dog": 1}, {"infer": 10.0})
    history.add(2100.0, {"dog": 4}, {"infer": 10.0})
    history.add(100.0, {"dog": 9}, {"infer": 10.0})
    assert history.counts(2600.0) == [("dog", [None, 4, 1])]


def test_a_long_rest_costs_nothing_and_begins_anew() -> None:
    history = History(step_ms=500.0, steps=3)
    history.add(0.0, {"dog": 1}, {"infer": 10.0})
    history.add(1e12, {"cat": 1}, {"infer": 10.0})
    assert history.counts(1e12) == [("cat", [None, None, 1])]


def test_another_picture_begins_anew() -> None:
    history = History(step_ms=500.0, steps=2)
    history.add(0.0, {"dog": 1}, {"infer": 10.0})
    history.forget()
    assert history.counts(0.0) == []
    assert history.means(100.0, "infer") == [None, None]


def test_lines_break_where_nothing_is_known_and_stay_inside() -> None:
    assert points([None, 1, 3], 120, 40, 4) == [[(60.0, 30.0), (120.0, 10.0)]]
    assert points([1, None, 2, 9], 30, 10, 4) == [[(0.0, 7.5), (0.0, 7.5)], [(20.0, 5.0), (30.0, 0.0)]]
    assert points([None, 2], 10, 10, 2) == [[(0.0, 0.0), (10.0, 0.0)]]
    assert points([0, 0], 10, 10, 0) == [[(0.0, 10), (10.0, 10)]]
    assert points([None, None], 10, 10, 1) == []
