"""Pacing: one in flight, the others dropped; every Nth, or as much as the machine can bear."""

from detector.errors import SettingError
from detector.pacing import Pacer
from tests.core.support import close, raises


def simulate(pacer: Pacer, inference_ms: float, frames: int = 200, interval_ms: float = 10.0) -> list:
    """Offer a frame each interval, with inference that takes so long; the times of those taken."""
    taken = []
    done_at = None
    for frame in range(frames):
        now = frame * interval_ms
        if done_at is not None and now >= done_at:
            pacer.finished(done_at)
            done_at = None
        if pacer.offer(now):
            assert done_at is None, "two in flight"
            pacer.started(now)
            done_at = now + inference_ms
            taken.append(now)
    return taken


def test_one_in_flight_and_none_queued() -> None:
    pacer = Pacer(skip=0)
    assert pacer.offer(0.0)
    pacer.started(0.0)
    assert pacer.in_flight
    assert not pacer.offer(33.0) and not pacer.offer(66.0)
    assert pacer.dropped == 2
    pacer.finished(70.0)
    assert not pacer.in_flight and pacer.offer(99.0)


def test_skip_n_takes_one_and_leaves_n() -> None:
    for skip in (0, 1, 4):
        taken = simulate(Pacer(skip=skip), inference_ms=1.0)
        assert taken[:3] == [0.0, 10.0 * (skip + 1), 20.0 * (skip + 1)]


def test_skip_n_counts_frames_that_arrive_in_flight() -> None:
    assert simulate(Pacer(skip=2), inference_ms=15.0)[:3] == [0.0, 30.0, 60.0]
    assert simulate(Pacer(skip=2), inference_ms=75.0)[:3] == [0.0, 80.0, 160.0]


def test_auto_leaves_the_page_its_share() -> None:
    for inference_ms in (3.0, 20.0, 50.0, 140.0):
        taken = simulate(Pacer(duty=0.7), inference_ms, frames=400)
        intervals = [after - before for before, after in zip(taken, taken[1:])]
        assert all(inference_ms / interval <= 0.7 for interval in intervals)
        # And no longer than it must: the frame after the earliest that would do is not waited for.
        assert all(interval < inference_ms / 0.7 + 10.0 for interval in intervals)


def test_auto_widens_as_inference_slows_and_narrows_again() -> None:
    pacer = Pacer(duty=0.5)
    intervals = []
    now = 0.0
    for inference in (10.0, 100.0, 10.0):
        pacer.started(now)
        pacer.finished(now + inference)
        earliest = now
        while not pacer.offer(earliest):
            earliest += 1.0
        intervals.append(earliest - now)
        now = earliest
    assert intervals == [20.0, 200.0, 20.0]


def test_a_clock_that_goes_back_does_not_stop_the_loop() -> None:
    pacer = Pacer()
    pacer.started(1000.0)
    pacer.finished(500.0)
    assert pacer.offer(501.0)
    pacer = Pacer()
    pacer.started(1000.0)
    pacer.finished(1100.0)
    assert not pacer.offer(1101.0) and pacer.offer(10.0)


def test_full_duty_takes_each_frame_it_can() -> None:
    pacer = Pacer(duty=1.0)
    pacer.started(0.0)
    pacer.finished(50.0)
    assert not pacer.offer(49.0) and pacer.offer(50.0)
    assert close(pacer.duty, 1.0)


def test_other_values_are_refused() -> None:
    for bad in (-1, "2", 1.5, None):
        raises(SettingError, Pacer, bad)
    for bad in (0.0, 1.1, -1.0, float("nan")):
        raises(SettingError, Pacer, "auto", bad)
