"""How much of what is being loaded is here: bytes, of all parts together."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    # (received, total) of one part, in bytes; total is 0 while unknown.
    OnBytes = Callable[[int, int], None]
    # (stage, received, total, parts) of all of them; parts: (label, received, total) of each kind.
    OnProgress = Callable[[str, int, int, list[tuple[str, int, int]]], None]


def unwatched(stage: str, received: int, total: int, parts: list[tuple[str, int, int]]) -> None:
    """Progress that nobody watches."""


class Progress:
    """Bytes of all parts, reported as `on_progress(stage, received, total, parts)`; total 0 while unknown.

    parts: (label, received, total) of each kind of part.
    """

    def __init__(self, on_progress: "OnProgress" = unwatched) -> None:
        self._on_progress = on_progress
        self._parts: dict[str, tuple[str, int, int]] = {}
        self.stage = ""

    def enter(self, stage: str) -> None:
        """A new stage, in words."""
        self.stage = stage
        self._tell()

    def part(self, name: str, label: str) -> "OnBytes":
        """The `on_bytes` of one part. label: what kind of part, in a word."""
        self._parts[name] = (label, 0, 0)

        def on_bytes(received: int, total: int) -> None:
            self._parts[name] = (label, received, total)
            self._tell()

        return on_bytes

    def end(self) -> None:
        """Tell nothing from now on: where one part fails, others are on their way still."""
        self._on_progress = unwatched

    def _tell(self) -> None:
        sums: dict[str, tuple[int, int]] = {}
        known = True
        for label, received, total in self._parts.values():
            before = sums.get(label, (0, 0))
            sums[label] = (before[0] + received, before[1] + total)
            known = known and total > 0
        parts = [(label, sums[label][0], sums[label][1]) for label in sorted(sums)]
        received = sum([part[1] for part in parts])
        total = sum([part[2] for part in parts])
        self._on_progress(self.stage, received, total if known else 0, parts)
