"""Which of a video's frames are looked at."""

from fractions import Fraction


class Steps:
    """All of them; every so manieth; or so many in a second. Made anew for each video.

    every: 1 is each frame, 2 every other. fps: at most so many in each second of the video, the first of each part;
    None: no such limit.
    """

    def __init__(self, every: int = 1, fps: Fraction | None = None) -> None:
        self._every = every
        self._fps = fps
        self._part = -1

    def apart(self, rate: Fraction) -> float:
        """How far two looks are apart, in s, about. rate: frames in a second."""
        return float(1 / self._fps if self._fps is not None else self._every / rate if rate else 0)

    def wants(self, number: int, time: Fraction | None) -> bool:
        """Whether a frame is looked at. number: from 1 on. time: in s; without one, fps cannot leave it out."""
        if self._fps is None or time is None:
            return (number - 1) % self._every == 0
        part = int(time * self._fps)
        if part <= self._part:
            return False
        self._part = part
        return True
