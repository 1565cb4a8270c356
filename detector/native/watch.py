"""Frames for Detector.stream() in CPython: of an iterable, or of an asynchronous one."""

from collections.abc import AsyncIterator, Iterator

from detector.errors import InputError
from detector.settings import Settings


class Frames:
    """Each frame in turn, none left out. The iterable is its owner's: it is dropped here, not closed."""

    def __init__(self, source: object) -> None:
        """Raises InputError where the source cannot be iterated over, or is a single path."""
        self._now: Iterator[object] | None = None
        self._later: AsyncIterator[object] | None = None
        if hasattr(source, "__aiter__"):
            self._later = aiter(source)
        elif hasattr(source, "__iter__") and not isinstance(source, str | bytes):
            self._now = iter(source)
        else:
            raise InputError(
                f"{type(source).__name__} is no source of frames.",
                "Give an iterable of frames, such as a list of paths; for one frame there is detect().",
            )

    async def next(self) -> object:
        """The next one; None at the end."""
        if self._later is not None:
            return await anext(self._later, None)
        return None if self._now is None else next(self._now, None)

    def finished(self) -> None:
        """Nothing is paced here."""

    def close(self) -> None:
        """Let go of the iterable."""
        self._now = self._later = None


def watch(source: object, settings: Settings, keep: bool) -> Frames:
    """The frames of a source, for Detector.stream(). Raises InputError."""
    return Frames(source)
