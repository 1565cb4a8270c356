"""Whether anything has changed since the network last looked: a still scene need not be looked at again.

    gate = MotionGate(columns=20)
    if gate.should_infer(cells, now):  # cells: 20 x 15 grey values of the frame that is there now
        await detector.detect(frame)

A frame is compared with the one *last looked at*, not with the one before it, so that slow change adds up. All
times are in ms, of one clock.
"""

# In grey levels of 255. A cell is the mean of some thousand pixels: what a sensor's noise leaves of itself there is
# a level or two, and a hand, a face or a cup that comes into a cell changes it by twenty and more.
_LEAST = 8
# Noise is what three quarters of the cells stay under. Of 300 normal deviates the largest lie at 2.6 times that: a
# change has to stand out from it, but never by more than _MOST, or a pan would pass for noise.
_NOISE_FACTOR = 3
_MOST = 16
# So many cells must have changed: what moves leaves one and enters another.
_CELLS = 2
# Brightness that a lamp on the mains, or the camera's own exposure, adds or takes, in 256ths: up to 15%.
_DARKER, _SAME, _BRIGHTER = 218, 256, 294


class MotionGate:
    """Compares small grey frames, given row after row.

    columns: how many cells make a row. rest_ms: after so long a frame is looked at even if nothing has changed; 900,
    as the next frame may take a tenth of a second to come, and one look a second is the least.
    still: whether the last frame shown to should_infer() was like the one looked at before it.

    Brightness that changes as a whole is no motion. Lamps flicker with the mains, and as cameras read row after
    row, they see that as bands: so each row has a gain of its own, and a cell counts only for what no gain
    between none and its row's explains. That is right also where one lamp of two flickers.
    """

    def __init__(self, columns: int, rest_ms: float = 900.0) -> None:
        self.columns = columns
        self.rest_ms = rest_ms
        self.still = False
        self._seen: "bytes | None" = None
        self._seen_at = 0.0
        self._changes: list[int] = []  # of the last frame, from the one that was seen, and
        self._limit = 0  # what is no more than noise

    def reset(self) -> None:
        """Forget what was seen: the next frame is to be looked at."""
        self.still = False
        self._seen = None

    def should_infer(self, cells: bytes, now_ms: float) -> bool:
        """Whether to look at this frame, of which cells are the grey values, 0 to 255, one byte each.

        With True it is taken as looked at: later ones are compared with it.
        """
        seen = self._seen
        self._changes = []
        self.still = seen is not None and len(seen) == len(cells) and not self._moved(seen, cells)
        # A clock that went backwards must not stop the loop.
        resting = self.still and 0.0 <= now_ms - self._seen_at < self.rest_ms
        if not resting:
            self._seen = cells
            self._seen_at = now_ms
        return not resting

    def moved_cells(self) -> list[bool]:
        """For each cell of the frame shown to should_infer() last whether it had changed; [] where nobody knows."""
        limit = self._limit
        return [change > limit for change in self._changes]

    def _moved(self, seen: bytes, cells: bytes) -> bool:
        self._changes = _changes(seen, cells, self.columns)
        if len(self._changes) < _CELLS:
            return True
        ascending = sorted(self._changes)
        self._limit = _limit(ascending)
        return ascending[-_CELLS] > self._limit


def changed_cells(seen: bytes, cells: bytes, columns: int) -> list[bool]:
    """For each cell of two such frames whether it has changed, by more than noise and brightness explain."""
    if len(seen) != len(cells):
        return [True] * len(cells)
    changes = _changes(seen, cells, columns)
    limit = _limit(sorted(changes))
    return [change > limit for change in changes]


def _limit(ascending: list[int]) -> int:
    noise = ascending[len(ascending) * 3 // 4]
    return max(_LEAST, min(noise * _NOISE_FACTOR, _MOST))


def _changes(seen: bytes, cells: bytes, columns: int) -> list[int]:
    """Of each cell, how far outside of what brightness explains."""
    # Whole numbers throughout: MicroPython allocates each float.
    changes: list[int] = []
    put = changes.append
    for start in range(0, len(cells), columns):
        old = seen[start : start + columns]
        new = cells[start : start + columns]
        before = sum(old)
        gain = sum(new) * _SAME // before if before else _SAME
        gain = max(_DARKER, min(gain, _BRIGHTER))
        darkest = min(gain, _SAME)
        brightest = max(gain, _SAME)
        for i in range(len(new)):
            level = new[i]
            was = old[i]
            change = (was * darkest >> 8) - level if level < was else level - (was * brightest >> 8)
            put(change if change > 0 else 0)
    return changes
