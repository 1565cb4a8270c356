"""Pacing: one in flight, the others dropped; every Nth, or as much as the machine can bear."""

from detector.errors import SettingError
from detector.pacing.pacer import FULL_DUTY, GENTLE_DUTY, Pacer, Rate
from tests.core.support import SEED, Dice, close, raises


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
        # Over all of them, beside the one inference of credit at the start.
        assert inference_ms * (len(intervals) - 1) <= 0.7 * sum(intervals) + inference_ms
        # And no longer than it must: the frame after the earliest that would do is not waited for.
        assert all(interval < inference_ms / 0.7 + 10.0 for interval in intervals)


def test_auto_takes_each_frame_that_its_share_allows() -> None:
    """A camera's frames come every 33 ms; 22 ms of inference are 66% of that."""
    pacer = Pacer(duty=0.7)
    taken = 0
    for frame in range(300):
        now = frame * 33.3
        if pacer.offer(now):
            pacer.started(now)
            pacer.finished(now + 22.0)
            taken += 1
    assert taken == 300


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


def share_of_inference(pacer: Pacer, took: object, seconds: float = 60.0) -> float:
    """The share of the time that inference fills in the long run; a frame comes each 30th of a second."""
    taken = []
    busy = 0.0
    done_at = None
    frame = 0
    while frame < 30 * seconds:
        now = frame * 1000 / 30
        frame += 1
        if done_at is not None and now >= done_at:
            pacer.finished(done_at)
            done_at = None
        if pacer.offer(now):
            pacer.started(now)
            duration = took(now)
            busy += duration
            done_at = now + duration
            taken.append(now)
    # Up to the start of the last one: how long the page rests after it is not known yet.
    return (busy - duration) / (taken[-1] - taken[0])


def test_the_duty_holds_in_the_long_run() -> None:
    print("seed", SEED)
    dice = Dice()
    paces = [
        ("steady " + str(ms), lambda now, ms=ms: float(ms))
        for ms in (1, 5, 20, 23, 24, 40, 46, 47, 70, 100, 200, 700, 2500)
    ]
    paces.append(("wild", lambda now: dice.between(5, 200)))
    paces.append(("slows down as it gets hot", lambda now: 20 + now / 200))
    paces.append(("one in ten is slow", lambda now: 400.0 if dice.number() < 0.1 else 30.0))
    for duty in (FULL_DUTY, GENTLE_DUTY):
        for name, took in paces:
            share = share_of_inference(Pacer("auto", duty), took)
            assert share <= duty + 1e-9, f"{name}: {share}"
            # And it is used, where frames come often enough to use it.
            if name == "wild":
                assert share > duty * 0.75, f"{name}: {share}"


def test_the_duty_may_change_on_the_way() -> None:
    pacer = Pacer()
    for duty, interval in ((0.7, 100.0), (0.35, 200.0), (0.7, 100.0)):
        pacer.duty = duty
        pacer.started(1000.0)
        pacer.finished(1070.0)
        assert not pacer.offer(999.0 + interval) and pacer.offer(1001.0 + interval)


def test_a_rate_is_results_by_time() -> None:
    rate = Rate()
    assert rate.value == 0.0
    rate.tick(0.0)
    assert rate.value == 0.0
    rate.tick(100.0)
    assert close(rate.value, 10.0)
    for index in range(2, 30):
        rate.tick(index * 100.0)
    assert close(rate.value, 10.0)
    rate.tick(3900.0)
    assert 1.0 < rate.value < 2.5, "a second later it is slow"
    rate.tick(4900.0)
    assert 1.0 <= rate.value < 1.2
    rate.tick(4900.0)
    rate.tick(4000.0)
    assert 1.0 <= rate.value < 1.2, "a clock that stands or goes back tells nothing"


def test_bursts_do_not_raise_a_rate() -> None:
    """Two results in 10 ms, then none for 190: that is ten a second."""
    rate = Rate()
    for index in range(40):
        rate.tick(index * 200.0)
        rate.tick(index * 200.0 + 10.0)
    rate.tick(8000.0)
    assert 5.0 < rate.value < 16.0, rate.value


def test_another_inference_fits_where_it_and_its_rest_end_in_time() -> None:
    pacer = Pacer(duty=0.5)
    assert not pacer.fits(-1.0), "nothing is known yet"
    pacer.offer(0.0)
    pacer.started(0.0)
    assert not pacer.fits(1000.0), "one is in flight"
    pacer.finished(10.0)  # the next is due at 20, and would have rested at 40
    assert pacer.fits(40.0) and not pacer.fits(39.0)
    counted = Pacer(skip=1)
    counted.offer(0.0)
    counted.started(0.0)
    counted.finished(10.0)
    assert not counted.fits(1000.0), "who counts frames has none to spare"
