"""A session that stands before another, so that the other can be replaced without anybody noticing.

    session = FallbackSession(first, labels, open_anew, Failures(["wasm", "webgpu"]))
    detector = Detector(session, labels, clock)
    await session.swap(faster, "9 ms against WebAssembly's 38 ms")      # between two frames

A run that fails closes its session, opens the next provider's, and takes the same frame again: whoever waits for
the frame waits a little longer, and sees no error until nothing is left to try.
"""

import asyncio

from detector.errors import ClosedError, ProviderError
from detector.running.provider_choice import Failures, name_of
from detector.vision.regions import WHOLE, Region

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, Protocol

    from detector.labels import Labels
    from detector.pipeline import Session
    from detector.vision.non_maximum_suppression import Candidates

    class ProviderSession(Session, Protocol):
        """A session in one provider, which can be compared with one in another."""

        @property
        def arrangement(self) -> str:
            """What to ask for to get its like: a provider, or one of provider_choice.ON_GPU."""

        @property
        def took(self) -> float:
            """ms of the last run, without the wait for others."""

        @property
        def spent(self) -> float:
            """ms that were needed to open it and for all its runs, without the waits."""

    class Maintenance(Protocol):
        """Who looks after a session beside its frames."""

        def after_frame(self) -> None:
            """Called after each frame, which it must not hold up."""


class _Grabbed:
    """A frame on its way: the tensor is of one session only, the frame is for any other that steps in."""

    def __init__(
        self, session: "ProviderSession | None", frame: object, region: Region, tensor: "Any"
    ) -> None:
        self.session = session
        self.frame = frame
        self.region = region
        self.tensor = tensor


class FallbackSession:
    """A Session (detector/pipeline.py), behind which sessions come and go.

    labels: the model's classes. open_anew: `await open_anew(provider)` gives a session. failures: who may step in.
    note: what to know of the provider that runs. passed: (provider, why it does not run). trouble: what failed, in a
    few words, or "". checked_in: ms that the known picture took with the first one.
    changed: called when another session runs, or none. maintenance: who looks after it, if anybody does.
    """

    def __init__(
        self,
        session: "ProviderSession",
        labels: "Labels",
        open_anew: "Callable[[str], Awaitable[ProviderSession]]",
        failures: Failures,
    ) -> None:
        self.provider = session.provider
        self.labels = labels
        self.checked_in = 0.0
        self.note = ""
        self.trouble = ""
        self.passed: list[tuple[str, str]] = []
        self.changed: Callable[[], None] = _nobody
        self.maintenance: Maintenance | None = None
        self.closed = False
        self._session = session
        self._alive = True  # whether it runs; a session that failed is closed, and kept only to ask for sizes
        self._open_anew = open_anew
        self._failures = failures
        self._lock = asyncio.Lock()
        self._blank = session.blank()
        self._last_error: ProviderError | None = None

    @property
    def session(self) -> "ProviderSession | None":
        """The one that runs now; None while there is none."""
        return self._session if self._alive else None

    def size(self, frame: object) -> tuple[float, float]:
        return self._session.size(frame)

    def resized(self, frame: object, width: float, height: float) -> bool:
        return self._session.resized(frame, width, height)

    def moves(self, frame: object) -> bool:
        return self._session.moves(frame)

    def blank(self) -> object:
        """A frame to warm up with, whichever session runs."""
        return self._blank

    async def grab(self, frame: object, region: Region = WHOLE) -> _Grabbed:
        session = self.session
        tensor = None if session is None else await self._grabbed(session, frame, region)
        return _Grabbed(session, frame, region, tensor)

    async def run(self, tensor: _Grabbed) -> "Candidates":
        """The candidates of a grabbed frame, from whichever session can give them.

        Raises ClosedError, and what the last session raised when no other is left.
        """
        async with self._lock:
            candidates = await self._run(tensor)
        self._failures.ran()
        if self.maintenance is not None and tensor.frame is not self._blank:
            self.maintenance.after_frame()
        return candidates

    async def swap(self, session: "ProviderSession", note: str) -> bool:
        """Let another session run from the next frame on, and close the one before. False: closed meanwhile, both."""
        async with self._lock:
            if self.closed:
                await session.close()
                return False
            before = self.session
            self._take(session, note)
        self.changed()
        if before is not None:
            await before.close()
        return True

    def pass_over(self, provider: str, why: str) -> None:
        """Note why a provider does not run."""
        self.passed = [entry for entry in self.passed if entry[0] != provider] + [(provider, why)]

    async def close(self) -> None:
        self.closed = True
        async with self._lock:
            if self._alive:
                self._alive = False
                await self._session.close()

    async def _run(self, grabbed: _Grabbed) -> "Candidates":
        while True:
            if self.closed:
                raise ClosedError()
            session = self.session
            if session is None:
                await self._replace()
                continue
            try:
                if grabbed.session is not session:
                    frame, region = grabbed.frame, grabbed.region
                    tensor = await self._grabbed(session, frame, region)
                    grabbed = _Grabbed(session, frame, region, tensor)
                return await session.run(grabbed.tensor)
            except ProviderError as error:
                self._failures.failed(self.provider)
                self._last_error = error
                self._alive = False
                # Its memory may be what the next one lacks.
                await _close_broken(session)

    async def _grabbed(self, session: "ProviderSession", frame: object, region: Region) -> "Any":
        # Each session has a blank frame of its own, which is gone with it.
        return await session.grab(session.blank() if frame is self._blank else frame, region)

    async def _replace(self) -> None:
        """Open the next session after one failed. Raises that failure where nothing is left to open."""
        failed = self.provider
        error = self._last_error
        assert error is not None
        while True:
            provider = self._failures.next(failed)
            if provider is None:
                self._failures.forgive()  # who tries again tries all again
                self.changed()
                raise error
            try:
                session = await self._open_anew(provider)
            except ProviderError as reason:
                self._failures.ruled_out(provider)
                self.pass_over(provider, reason.message)
                continue
            if self.closed:
                await session.close()
                raise ClosedError()
            if provider == failed:
                self.trouble = "started again"
                note = "started again after a failure: " + error.message
            else:
                self.pass_over(failed, "It failed while it ran. " + error.message)
                self.trouble = name_of(failed) + " failed"
                note = "in place of " + name_of(failed)
            self._take(session, note)
            self.changed()
            return

    def _take(self, session: "ProviderSession", note: str) -> None:
        self._session = session
        self._alive = True
        self.provider = session.provider
        self.note = note
        self.passed = [entry for entry in self.passed if entry[0] != session.provider]


async def _close_broken(session: "ProviderSession") -> None:
    """Close a session that failed. That it fails at this too is no news."""
    try:
        await session.close()
    except Exception:
        pass


def _nobody() -> None:
    """Nobody listens."""
