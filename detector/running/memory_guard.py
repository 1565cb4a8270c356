"""When to start a session afresh, because its memory grew.

    guard = MemoryGuard()
    if guard.due(now):                               # once in a few minutes
        if guard.measured(await measure(), clock()):
            ...                                      # open another session, swap, close the old one
            guard.renewed(clock())

A network's memory should not grow from run to run, but on some engines it does, and a WebAssembly heap that has
grown never shrinks. What a session holds cannot be read alone; so growth of the whole page is what counts, since
the session began.
"""

MB = 1_000_000


class MemoryGuard:
    """growth: bytes that a page may grow over the least it held with this session. cadence_ms: from look to look.

    max_runs: for engines that tell no sizes and are known to grow: renew after so many runs; 0: never for that.
    Measuring costs a garbage collection, hence minutes between, and never while a frame is waiting for it.
    """

    def __init__(self, growth: int = 256 * MB, cadence_ms: float = 180_000.0, max_runs: int = 0) -> None:
        self.growth = growth
        self.cadence_ms = cadence_ms
        self.max_runs = max_runs
        self.runs = 0
        self._looked_at: float | None = None
        self._least = 0

    def ran(self) -> None:
        """A run ended."""
        self.runs += 1

    def due(self, now_ms: float) -> bool:
        """Whether to look now. The first call only starts the clock: a page that has just loaded tells little."""
        if self._looked_at is None or now_ms < self._looked_at:
            self._looked_at = now_ms
        return self.worn_out() or now_ms - self._looked_at >= self.cadence_ms

    def worn_out(self) -> bool:
        """Whether the session made as many runs as it may, whatever its size."""
        return 0 < self.max_runs <= self.runs

    def measured(self, size: int, now_ms: float) -> bool:
        """The page holds so many bytes; 0: it cannot be told. Gives whether to renew the session."""
        self._looked_at = now_ms
        if size > 0 and (self._least == 0 or size < self._least):
            self._least = size
        return self.worn_out() or (size > 0 and size - self._least > self.growth)

    def renewed(self, now_ms: float) -> None:
        """Another session runs now: what it starts with is the new measure.

        So growth that is not the session's leads to one more session for each `growth`, not to one for each look.
        """
        self.runs = 0
        self._looked_at = now_ms
        self._least = 0
