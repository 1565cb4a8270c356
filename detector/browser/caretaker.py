"""What is done for a running session beside its frames: one race for a faster provider, and a look at its memory.

Both run in the background and one at a time, and their runs take turns with the frames' at `runtime.LOCK`. What
they find is swapped in between two frames.
"""

import js

from detector.browser import providers
from detector.browser.interop import failure, now, supervise
from detector.browser.memory import measured
from detector.choice import BUDGET_MS, ON_GPU, fastest, in_words, name_of, race
from detector.errors import DetectorError
from detector.guard import MemoryGuard
from detector.relay import Relay

RACE_AFTER = 3  # frames: the visitor sees boxes before anything is measured


class Caretaker:
    """Looks after a relay's sessions. It is called by the relay, and ends with it.

    opener: opens sessions (engine.Opener). rivals: what to race, each once and in this order, against what runs.
    """

    def __init__(self, relay: Relay, opener: object, rivals: list) -> None:
        self.guard = MemoryGuard(max_runs=providers.runs_bound(relay.provider))
        self._relay = relay
        self._opener = opener
        self._rivals = list(rivals)
        self._looked_after = relay.session
        self._frames = 0
        self._busy = False
        self._finds_rivals = None
        relay.tended = self._after_frame

    def after_first(self, finds_rivals: object) -> None:
        """Race those that `await finds_rivals(opener, relay)` gives. It is called after the first box."""
        self._finds_rivals = finds_rivals

    async def _find_rivals(self, finds_rivals: object) -> None:
        before = self._relay.session
        rivals = await finds_rivals(self._opener, self._relay)
        if self._relay.session is before:
            self._rivals = rivals
        self._relay.changed()

    def _after_frame(self) -> None:
        """In the path of each frame: it only counts, and begins what is due."""
        self._frames += 1
        if self._finds_rivals and not self._busy:
            finds_rivals, self._finds_rivals = self._finds_rivals, None
            self._begin(self._find_rivals(finds_rivals))
        session = self._relay.session
        if session is not self._looked_after:
            self._looked_after = session
            self.guard.max_runs = providers.runs_bound(self._relay.provider)
            self.guard.renewed(now())
            self._rivals = []  # one stepped in for another: no time for races
        self.guard.ran()
        if self._busy:
            return
        if self._rivals and self._frames >= RACE_AFTER:
            self._begin(self._race(self._rivals.pop(0)))
        elif self.guard.due(now()):
            self._begin(self._look_at_memory())

    def _begin(self, work: object) -> None:
        self._busy = True

        async def done() -> None:
            try:
                await work
            finally:
                self._busy = False

        supervise(done(), _report)

    async def _race(self, rival: str) -> None:
        relay = self._relay
        before = relay.session
        session = None
        try:
            session = await self._opener.open_quietly(rival)
            entrants = [
                (rival, _runner(session), session.took),
                (before.arrangement, _runner(before), before.took),
            ]
            times = await race(entrants, spent_ms=session.spent)
            if relay.session is not before:  # stopped, or failed meanwhile
                return
            winner = fastest(times, before.arrangement)
            why = (
                in_words(winner, times) or name_of(rival) + f" did not start within {BUDGET_MS / 1000:.0f} s"
            )
            if winner == rival:
                taken, session = session, None  # from here on it is the relay's to close
                await relay.swap(taken, why)
                self._took_over(winner)
            elif rival in ON_GPU:
                relay.pass_over(rival, why)
                relay.changed()
            else:
                relay.note = why
                relay.changed()
            if rival not in ON_GPU:
                await providers.remember(self._opener.model, await self._opener.graphics(), winner, why)
        except DetectorError as error:
            if relay.session is before:
                relay.pass_over(rival, error.message)
                relay.changed()
        finally:
            if session is not None:
                await session.close()

    def _took_over(self, winner: str) -> None:
        """Who won is looked after from now on, and may have to race in its turn."""
        self._looked_after = self._relay.session
        self.guard.max_runs = providers.runs_bound(self._relay.provider)
        self.guard.renewed(now())
        self._frames = 0
        self._rivals = list(ON_GPU) if winner == "webgpu" else []

    async def _look_at_memory(self) -> None:
        size = await measured()
        if self._relay.session is None or not self.guard.measured(size, now()):
            return
        relay = self._relay
        before = relay.session
        try:
            session = await self._opener.open_afresh(before.arrangement)
        except DetectorError:
            return  # the session that runs is still good; the next look tries again
        if relay.session is before:
            await relay.swap(session, relay.note)
        else:
            await session.close()


def _runner(session: object) -> object:
    """Runs a session once on its blank frame; gives how long the network took, in ms."""

    async def run() -> float:
        await session.run(await session.grab(session.blank()))
        return session.took

    return run


def _report(error: BaseException) -> None:
    """What nobody foresaw: the frames go on, and whoever looks into the console finds it."""
    js.console.error("Looking after the session failed: " + failure(error)[0] + ": " + failure(error)[1])
