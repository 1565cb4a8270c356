"""Every frame of a video is found once, whatever its rate, with few seeks."""

from detector.pacing.frame_steps import RESOLUTION, FrameSteps
from tests.core.support import close


def found(begins: list[float], duration: float) -> tuple[list[float], int]:
    """The frames that were found in a video whose frames begin then, and how many seeks that took."""
    steps = FrameSteps(duration)
    times = []
    seeks = 0
    while True:
        target = steps.target()
        if target is None:
            return times, seeks
        assert 0 <= target <= duration
        seeks += 1
        assert seeks < 30 * len(begins) + 100, "it goes round in circles"
        shown = max([begin for begin in begins if begin <= target] or begins[:1])
        if steps.landed(shown):
            assert close(steps.time, shown)
            times.append(shown)


def rounded(numbers: list[float]) -> list[float]:
    return [round(number, 3) for number in numbers]


def test_an_even_rate_takes_hardly_more_seeks_than_frames() -> None:
    for rate in (1, 10, 24, 25, 29.97, 30, 50, 60, 120):
        frames = rounded([index / rate for index in range(200)])
        times, seeks = found(frames, 200 / rate)
        assert times == frames, rate
        assert seeks < 200 * 1.15 + 60, (rate, seeks)


def test_an_uneven_rate_loses_nothing() -> None:
    gaps = (0.016, 0.033, 0.017, 0.05, 0.1, 0.005, 0.016, 0.25, 0.034, 0.033, 0.042, 2.0, 0.008)
    frames = [0.0]
    for index in range(150):
        frames.append(round(frames[-1] + gaps[index * 7 % len(gaps)], 3))
    times, _ = found(frames, frames[-1] + 0.033)
    assert times == frames


def test_a_frame_that_is_missing_and_a_start_that_is_late() -> None:
    frames = rounded([0.08 + index / 30 for index in range(60) if index not in (20, 40, 41, 42)])
    times, _ = found(frames, 2.2)
    assert times == frames


def test_a_rate_that_doubles_is_followed_from_the_next_uneven_gap_on() -> None:
    frames = rounded([index / 15 for index in range(15)] + [1 + index / 30 for index in range(30)])
    times, _ = found(frames, 2.0)
    assert times == frames


def test_a_browser_that_shows_frames_too_long_is_noticed() -> None:
    steps = FrameSteps(1.0)
    times = []
    while (target := steps.target()) is not None:
        if steps.landed(max([begin for begin in (0.0, 0.1, 0.2, 0.5) if begin <= max(0.0, target - 0.02)])):
            times.append(steps.time)
    assert times == [0.0, 0.1, 0.2, 0.5] and not steps.exact


def test_a_browser_that_cannot_show_a_frame_does_not_pass_for_exact() -> None:
    """Chromium, where the frame before a key frame lasts long and is stored with later ones: 0.9 is never shown."""
    steps = FrameSteps(2.0)
    times = []
    while (target := steps.target()) is not None:
        shown = max([begin for begin in (0.0, 0.417, 0.466, 1.4, 1.45) if begin <= target])
        if steps.landed(1.4 if 0.48 < target < 1.4 else shown):
            times.append(steps.time)
    assert times == [0.0, 0.417, 0.466, 1.4, 1.45] and not steps.exact


def test_one_frame_and_a_video_of_no_length() -> None:
    assert found([0.0], 0.04)[0] == [0.0]
    assert found([0.0], 0.0)[0] == [0.0]


def test_the_last_frame_is_found_even_at_the_very_end() -> None:
    assert found([0.0, 0.04, 0.08], 0.08)[0] == [0.0, 0.04, 0.08]


def test_a_browser_that_tells_no_times_gets_thirty_a_second() -> None:
    steps = FrameSteps(1.0)
    times = []
    while (target := steps.target()) is not None:
        if steps.landed(None):
            assert close(steps.time, target)
            times.append(target)
    assert len(times) == 30 and close(times[1] - times[0], 1 / 30) and RESOLUTION < 1 / 30
    assert not steps.exact


def test_a_browser_that_tells_no_times_any_more_is_not_asked_for_one_frame_for_ever() -> None:
    steps = FrameSteps(1.0)
    told: list[float | None] = [0.0, 0.1, 0.025, None]  # the last one between two that were told
    times = []
    for _ in range(60):
        if steps.target() is None:
            break
        if steps.landed(told.pop(0) if told else None):
            times.append(steps.time)
    assert steps.target() is None and 25 < len(times) < 35 and times == sorted(times)
    assert not steps.exact
