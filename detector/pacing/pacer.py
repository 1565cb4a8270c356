"""Which frame to take next.

A camera gives frames faster than the network takes them. One is in flight at a time, and those that arrive
meanwhile are dropped, never queued: a queue would only show the past. The loop asks for each frame:

    if pacer.offer(now):
        pacer.started(now)
        try:
            await detector.detect(frame)
        finally:
            pacer.finished(clock())

All times are in ms, of one clock.
"""

from math import exp, inf

from detector.errors import SettingError

FULL_DUTY = 0.7
GENTLE_DUTY = 0.3  # on a battery that is nearly empty


class Pacer:
    """skip="auto": take a frame once the network has rested for its share; skip=N: take one, leave out N.

    duty: with "auto", the largest share of the time that inference may fill. 0.7 leaves 30% for the page,
    and cools the phone. As inference slows, the interval widens: when it takes 70 ms, a frame is taken each
    100 ms; when it takes 700 ms, each second. It may be changed at any time.

    Raises SettingError for any other skip or duty.
    """

    def __init__(self, skip: "str | int" = "auto", duty: float = FULL_DUTY) -> None:
        if skip != "auto" and (not isinstance(skip, int) or skip < 0):
            raise SettingError(
                f"skip={skip} is not a way to skip frames.", 'Give "auto", or a whole number from 0 up.'
            )
        if not 0.0 < duty <= 1.0:
            raise SettingError(
                f"duty={duty} is not a share of the time.", "Give a number over 0 and up to 1."
            )
        self.skip = skip
        self.duty = duty
        self.dropped = 0  # frames offered and not taken, in all
        self._skipped = -1  # frames not taken since the last one that was; -1 before the first
        self._in_flight = False
        self._started_at = 0.0
        self._took = 0.0  # the last one
        self._due = inf  # of the next frame to take; before the first there is no plan

    @property
    def in_flight(self) -> bool:
        return self._in_flight

    def offer(self, now_ms: float) -> bool:
        """Whether to take the frame that is there now. The first is always taken."""
        take = not self._in_flight and (self._skipped < 0 or self._is_due(now_ms))
        if not take:
            self.dropped += 1
            self._skipped += 1
        return take

    def fits(self, before_ms: float) -> bool:
        """Whether another inference, as long as the last one, has its rest before then: none is due until then."""
        return not self._in_flight and self.skip == "auto" and self._due + self._took / self.duty <= before_ms

    def started(self, now_ms: float) -> None:
        """The frame was taken: until finished(), no other will be."""
        self._in_flight = True
        self._skipped = 0
        self._started_at = now_ms

    def finished(self, now_ms: float) -> None:
        """Inference has ended, well or badly."""
        self._in_flight = False
        # A clock that went backwards must not stop the loop.
        took = self._took = max(now_ms - self._started_at, 0.0)
        # Frames come when they come: what one was late counts for the next, up to one inference. Else 24 ms of
        # inference would just miss each frame of a camera that gives one in 33 ms, and take every other.
        planned = min(self._started_at, max(self._due, self._started_at - took))
        self._due = planned + took / self.duty

    def _is_due(self, now_ms: float) -> bool:
        if self.skip == "auto":
            return now_ms >= self._due or now_ms < self._started_at
        return self._skipped >= int(self.skip)


class Rate:
    """How many results a second there are, smoothed over about half a second.

    By time and not by count: when one a second follows on ten, it shows one within a second or two.
    """

    SMOOTH_MS = 500.0

    def __init__(self) -> None:
        self.value = 0.0  # a second; 0 until there are two results
        self._last: "float | None" = None

    def tick(self, now_ms: float) -> None:
        """There is a result."""
        if self._last is not None and now_ms > self._last:
            interval = now_ms - self._last
            past = exp(-interval / self.SMOOTH_MS) if self.value else 0.0
            self.value = past * self.value + (1.0 - past) * 1000.0 / interval
        self._last = now_ms
