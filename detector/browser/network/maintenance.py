"""What is done for a running session beside its frames: races for a faster provider, and a look at its memory.

Both run in the background and one at a time, and their runs take turns with the frames' at `runtime.LOCK`. What
they find is swapped in between two frames.
"""

import js

from detector.browser.platform.interop import WEBKIT, failure, now, supervise
from detector.browser.platform.memory_usage import measured
from detector.errors import DetectorError
from detector.running.memory_guard import MemoryGuard
from detector.running.provider_choice import ON_GPU

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable

    from detector.browser.network.session_factory import SessionFactory
    from detector.running.fallback import FallbackSession

RACE_AFTER = 3  # frames: the visitor sees boxes before anything is measured
# WebKit tells no memory sizes, and crashes after about 500 runs on WebGPU.
WEBKIT_RUNS = 400


class Maintenance:
    """Looks after the sessions behind a FallbackSession, which calls `after_frame`.

    factory: opens sessions. rivals: what to race, each once and in this order, against what runs; None: to be found out
    after the first box.
    """

    def __init__(
        self, session: "FallbackSession", factory: "SessionFactory", rivals: "list[str] | None"
    ) -> None:
        self.guard = MemoryGuard(max_runs=_most_runs(session.provider))
        self._session = session
        self._factory = factory
        self._rivals = rivals
        self._looked_after = session.session
        self._frames = 0
        self._busy = False

    def after_frame(self) -> None:
        """In the path of each frame: it only counts, and begins what is due."""
        self._frames += 1
        if self._rivals is None:
            self._rivals = []
            self._begin(self._find_rivals())
        if self._session.session is not self._looked_after:
            self._look_after_another([])  # one stepped in for another: no time for races
        self.guard.ran()
        if self._busy:
            return
        if self._rivals and self._frames >= RACE_AFTER:
            self._begin(self._race(self._rivals.pop(0)))
        elif self.guard.due(now()):
            self._begin(self._look_at_memory())

    def _look_after_another(self, rivals: list[str]) -> None:
        self._looked_after = self._session.session
        self.guard.max_runs = _most_runs(self._session.provider)
        self.guard.renewed(now())
        self._rivals = rivals

    def _begin(self, work: "Awaitable[None]") -> None:
        self._busy = True

        async def done() -> None:
            try:
                await work
            finally:
                self._busy = False

        supervise(done(), _report)

    async def _find_rivals(self) -> None:
        from detector.browser.network.provider_race import find_rivals  # nobody needs it for the first box

        before = self._session.session
        rivals = await find_rivals(self._session, self._factory)
        if self._session.session is before:
            self._rivals = rivals
        self._session.changed()

    async def _race(self, rival: str) -> None:
        from detector.browser.network.provider_race import challenge

        if await challenge(self._session, self._factory, rival):
            self._frames = 0
            # Who won may have to race in its turn.
            self._look_after_another(list(ON_GPU) if rival == "webgpu" else [])

    async def _look_at_memory(self) -> None:
        size = await measured()
        before = self._session.session
        if before is None or not self.guard.measured(size, now()):
            return
        try:
            session = await self._factory.open_afresh(before.arrangement)
        except DetectorError:
            return  # the session that runs is still good; the next look tries again
        if self._session.session is before:
            await self._session.swap(session, self._session.note)
        else:
            await session.close()


def _most_runs(provider: str) -> int:
    """How many runs a session should make before it is renewed, on engines known to grow; 0: any number."""
    return WEBKIT_RUNS if WEBKIT and provider == "webgpu" else 0


def _report(error: BaseException) -> None:
    """What nobody foresaw: the frames go on, and whoever looks into the console finds it."""
    js.console.error("Looking after the session failed: " + failure(error)[0] + ": " + failure(error)[1])
