"""What is done for a running session beside its frames: one race for a faster provider, and a look at its memory.

Both run in the background and one at a time, and their runs take turns with the frames' at `runtime.LOCK`. What
they find is swapped in between two frames.
"""

import js

from detector.browser import providers
from detector.browser.interop import failure, now, supervise
from detector.browser.memory import measured
from detector.choice import BUDGET_MS, fastest, in_words, name_of, race
from detector.errors import DetectorError
from detector.guard import MemoryGuard
from detector.relay import Relay

RACE_AFTER = 3  # frames: the visitor sees boxes before anything is measured


class Caretaker:
    """Looks after a relay's sessions. It is called by the relay, and ends with it.

    opener: opens sessions (engine.Opener). rival: the provider to race once against the one that runs, or "".
    """

    def __init__(self, relay: Relay, opener: object, rival: str) -> None:
        self.guard = MemoryGuard(max_runs=providers.runs_bound(relay.provider))
        self._relay = relay
        self._opener = opener
        self._rival = rival
        self._looked_after = relay.session
        self._frames = 0
        self._busy = False
        relay.tended = self._after_frame

    def _after_frame(self) -> None:
        """In the path of each frame: it only counts, and begins what is due."""
        self._frames += 1
        session = self._relay.session
        if session is not self._looked_after:
            self._looked_after = session
            self.guard.max_runs = providers.runs_bound(self._relay.provider)
            self.guard.renewed(now())
            self._rival = ""  # one stepped in for another: no time for races
        self.guard.ran()
        if self._busy:
            return
        if self._rival and self._frames >= RACE_AFTER:
            rival, self._rival = self._rival, ""
            self._begin(self._race(rival))
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
                (before.provider, _runner(before), before.took),
            ]
            times = await race(entrants, spent_ms=session.spent)
            if relay.session is not before:  # stopped, or failed meanwhile
                return
            winner = fastest(times, before.provider)
            why = (
                in_words(winner, times) or name_of(rival) + f" did not start within {BUDGET_MS / 1000:.0f} s"
            )
            if winner == rival:
                taken, session = session, None  # from here on it is the relay's to close
                await relay.swap(taken, why)
            else:
                relay.note = why
                relay.changed()
            await providers.remember(self._opener.model, await self._opener.graphics(), winner, why)
        except DetectorError as error:
            if relay.session is before:
                relay.pass_over(rival, error.message)
                relay.changed()
        finally:
            if session is not None:
                await session.close()

    async def _look_at_memory(self) -> None:
        size = await measured()
        if self._relay.session is None or not self.guard.measured(size, now()):
            return
        relay = self._relay
        before = relay.session
        try:
            session = await self._opener.open_afresh(relay.provider)
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
