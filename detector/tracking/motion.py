"""Where a box is, how fast it goes, and how surely that is known: a Kalman filter in time, not in frames.

    motion = Motion(box, 1000.0)
    motion.update(other, 1100.0, 100.0)
    motion.at(1150.0)            # (x, y, width, height), 50 ms later

Constant velocity (A. Bewley et al., "Simple online and realtime tracking", 2016), with white noise for acceleration
(Y. Bar-Shalom et al., "Estimation with applications to tracking and navigation", 2001, 6.2.2). Errors are in shares of
the box's own size, so place and size have one covariance, of three numbers.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from detector.detection import Box

    Place = tuple[float, float, float, float]
    Errors = tuple[float, float, float]

# Variances, in the box's size squared: of the network's boxes; of the speed before it is known, a second; and what
# acceleration adds to the speed's in a second. A larger _DRIFT follows turns sooner, and unrest too.
_MEASURED = 0.0025
_SPEED = 0.5
_DRIFT = 0.6
# What is so far from where it was seen first, as a share of its size, is fast.
_FAST = 0.3
# Less than this share of the box's size from a look to the next is the network's own unrest.
_UNREST = 0.015
# Of many the errors are the same from look to look, as they were seen as often: [before, ms, what _gains makes of it].
_NEW: "Errors" = (_MEASURED, 0.0, _SPEED)
_last: "list[Any]" = [None, 0.0, None]


class Motion:
    """A box's place and size, each with its speed a ms. seen_ms: when it was last measured."""

    __slots__ = ("seen_ms", "_state", "_errors")

    def __init__(self, box: "Box", at_ms: float) -> None:
        self.seen_ms = at_ms
        self._state = (box[0], box[1], box[2], box[3], 0.0, 0.0, 0.0, 0.0)
        # The covariance: of the place, of place and speed, of the speed. None: it was seen once.
        self._errors: Errors | None = None

    def at(self, now_ms: float) -> "Place":
        """(x, y, width, height) at that time. It never shrinks below half of its size, nor grows over twice that."""
        x, y, width, height, across, down, wider, higher = self._state
        ms = now_ms - self.seen_ms
        if wider:
            width = max(width / 2, min(width + wider * ms, width * 2))
        if higher:
            height = max(height / 2, min(height + higher * ms, height * 2))
        return (x + across * ms, y + down * ms, width, height)

    def update(self, box: "Box", at_ms: float, interval: float) -> bool:
        """It was seen there. A time that is no later than the last counts as the same.

        Gives whether in so many ms as interval it gets further than the network's own unrest.
        """
        ms = at_ms - self.seen_ms
        if ms > 0.0:
            self.seen_ms = at_ms
        else:
            ms = 0.0
        new = self._errors is None
        errors = self._errors or _NEW
        if errors is not _last[0] or ms != _last[1]:
            _last[:] = errors, ms, _gains(errors, ms)
        self._errors, gain, turn = _last[2]
        x, y, width, height, across, down, wider, higher = self._state
        x += across * ms
        y += down * ms
        width += wider * ms
        height += higher * ms
        new_x, new_y, new_width, new_height = box
        error_x = new_x - x
        error_y = new_y - y
        error_width = new_width - width
        error_height = new_height - height
        if (
            new
            and ms > 0.0
            and not (
                -_FAST * new_width < error_x < _FAST * new_width
                and -_FAST * new_height < error_y < _FAST * new_height
            )
        ):
            # That is no unrest. Its speed is known from both places, better than from what things do as a rule.
            seconds = ms / 1000.0
            self._errors = (_MEASURED, _MEASURED / seconds, 2 * _MEASURED / (seconds * seconds))
            self._state = (new_x, new_y, new_width, new_height, error_x / ms, error_y / ms, 0.0, 0.0)
            return True
        across += turn * error_x
        down += turn * error_y
        wider += turn * error_width
        higher += turn * error_height
        self._state = (
            x + gain * error_x,
            y + gain * error_y,
            width + gain * error_width,
            height + gain * error_height,
            across,
            down,
            wider,
            higher,
        )
        least = _UNREST * new_width
        if not -least <= across * interval <= least or not -least <= (across + wider) * interval <= least:
            return True
        least = _UNREST * new_height
        return not -least <= down * interval <= least or not -least <= (down + higher) * interval <= least

    def rest(self) -> None:
        """It is known to stand."""
        self._state = self._state[:4] + (0.0, 0.0, 0.0, 0.0)


def _gains(errors: "Errors", ms: float) -> "tuple[Errors, float, float]":
    """(errors after a measurement, how much of what it says is taken, and how much of it, a ms, is speed)."""
    place, both, speed = errors
    seconds = ms / 1000.0
    drift = _DRIFT * seconds
    place += (2 * both + speed * seconds) * seconds + drift * seconds * seconds / 3
    both += speed * seconds + drift * seconds / 2
    speed += drift
    gain = place / (place + _MEASURED)
    turn = both / (place + _MEASURED)
    return (place * (1.0 - gain), both * (1.0 - gain), speed - turn * both), gain, turn / 1000.0
