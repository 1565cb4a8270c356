"""A race for the network: what runs and a rival run in turn for a moment, and whoever is faster goes on.

Loaded after the first box, by those who may race.
"""

import js

from detector.browser.network.remembered import remember
from detector.browser.platform.interop import has
from detector.errors import DetectorError, ProviderError
from detector.running.provider_choice import BUDGET_MS, ON_GPU, fastest, in_words, name_of, race

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from detector.browser.network.session import BrowserSession
    from detector.browser.network.session_factory import SessionFactory
    from detector.running.fallback import FallbackSession, ProviderSession


async def find_rivals(session: "FallbackSession", factory: "SessionFactory") -> list[str]:
    """Who may race against WebAssembly: WebGPU, unless it cannot win or is not worth its download."""
    try:
        (await factory.adapter()).check(wanted=False)
    except ProviderError as error:
        session.pass_over("webgpu", error.message)
        return []
    if _saves_data():
        session.pass_over("webgpu", "It was not measured, because this browser saves data.")
        return []
    return ["webgpu"]


async def challenge(session: "FallbackSession", factory: "SessionFactory", rival: str) -> bool:
    """Race a provider, or one of ON_GPU, against what runs; the faster one goes on. Gives whether that is the rival."""
    before = session.session
    if before is None:
        return False
    opened: BrowserSession | None = None
    try:
        opened = await factory.open_quietly(rival)
        entrants = [
            (rival, _runner(opened), opened.took),
            (before.arrangement, _runner(before), before.took),
        ]
        times = await race(entrants, spent_ms=opened.spent, budget_ms=BUDGET_MS)
        winner = fastest(times, before.arrangement)
        why = in_words(winner, times) or name_of(rival) + f" did not start within {BUDGET_MS / 1000:.0f} s"
        if rival not in ON_GPU and session.session is before:
            await remember(factory.model, await factory.adapter(), winner, why)
        if session.session is not before:  # stopped, or failed meanwhile
            return False
        if winner == rival:
            taken, opened = opened, None  # from here on it is the other's to close
            return await session.swap(taken, why)
        if rival in ON_GPU:
            session.pass_over(rival, why)
        else:
            session.note = why
        session.changed()
    except DetectorError as error:
        if session.session is before:
            session.pass_over(rival, error.message)
            session.changed()
    finally:
        if opened is not None:
            await opened.close()
    return False


def _saves_data() -> bool:
    """Whether the visitor asked for few downloads: then none is made only to measure."""
    return has(js.navigator, "connection") and getattr(js.navigator.connection, "saveData", False) is True


def _runner(session: "ProviderSession") -> "Callable[[], Awaitable[float]]":
    """Runs a session once on its blank frame; gives how long the network took, in ms."""

    async def run() -> float:
        await session.run(await session.grab(session.blank()))
        return session.took

    return run
