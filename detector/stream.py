"""Results for as long as there are frames: what `async for result in detector.stream(camera)` goes through.

    async for result in detector.stream(camera):
        print(len(result.detections))

Where frames come from, and which of them are looked at, is the edge's affair: a Watch.
"""

import asyncio

from detector.drawing.label_memory import LabelMemory
from detector.errors import ClosedError
from detector.result import Result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Protocol

    class Watch(Protocol):
        """What gives the frames: anything with these methods."""

        async def next(self) -> object:
            """The next frame to look at; None where there are no more."""

        def finished(self) -> None:
            """The look at the frame has ended, well or badly."""

        def close(self) -> None:
            """Give back what is held. Calling it again does nothing."""


class Stream:
    """An asynchronous iterator over the Results of one source; made by Detector.stream().

    It ends with its source, with close(), and when the detector is closed. An error ends it too, and is raised. A
    loop that is left with `break` leaves nothing running: a camera that nobody asks for a frame goes off by itself.
    `async with detector.stream(camera) as results:` closes it at once, whichever way the block is left.
    """

    def __init__(
        self, look: "Callable[[object], Awaitable[Result]]", watch: "Watch", keep: bool = False
    ) -> None:
        """look: `await look(frame)` gives a Result. keep: results have the frame as `picture`."""
        self._look = look
        self._watch: Watch | None = watch
        self._keep = keep
        self._label_memory = LabelMemory()

    @property
    def closed(self) -> bool:
        """Whether it has ended."""
        return self._watch is None

    def close(self) -> None:
        """End it: the loop over it ends, and a camera that it was given goes off. Calling it again does nothing."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> Result:
        result = None
        try:
            result = await self._next()
        finally:
            # Also where a task is cancelled while it waits.
            if result is None:
                self.close()
        if result is None:
            raise StopAsyncIteration
        return result

    async def _next(self) -> "Result | None":
        watch = self._watch
        if watch is None:
            return None
        frame = await watch.next()
        if frame is None or self._watch is None:
            return None
        try:
            result = await self._look(frame)
        except ClosedError:
            return None
        finally:
            watch.finished()
        result.label_memory = self._label_memory
        if self._keep:
            result.picture = frame
        return result

    async def __aenter__(self) -> "Stream":
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.close()
        await asyncio.sleep(0)  # so that a loop in another task has ended
