"""Warm-up: ends when the speed settles, or at a limit."""

from detector.vision.warmup import warm_up
from tests.core.support import Clock, raises, run


def warmed(durations: list, **limits: object) -> list:
    """What warm_up gives where the runs take so long, the last one over and over."""
    clock = Clock()
    left = list(durations)

    async def once() -> None:
        clock.advance(left.pop(0) if len(left) > 1 else left[0])

    return run(warm_up(once, clock, **limits))


def test_it_ends_when_two_runs_agree() -> None:
    assert warmed([900, 100, 52, 50, 50]) == [900, 100, 52, 50]
    assert warmed([50]) == [50, 50]


def test_tolerance_is_a_share_of_the_longer() -> None:
    assert warmed([100, 86, 50]) == [100, 86]
    assert len(warmed([100, 84, 84])) == 3
    assert warmed([86, 100]) == [86, 100]


def test_it_ends_at_the_most_runs() -> None:
    assert len(warmed([1600, 800, 400, 200, 100, 50, 25])) == 5
    assert len(warmed([1600, 800, 400], max_runs=2)) == 2
    assert len(warmed([5], max_runs=1)) == 1


def test_a_slow_machine_does_not_wait_for_long() -> None:
    assert warmed([20000, 10000]) == [20000]
    assert warmed([700, 400, 100], budget_ms=1000) == [700, 400]


def test_a_clock_too_coarse_to_tell_does_no_harm() -> None:
    assert warmed([0]) == [0, 0]


def test_what_a_run_raises_is_passed_on() -> None:
    async def broken() -> None:
        raise ValueError("broken")

    raises(ValueError, run, warm_up(broken, Clock()))
