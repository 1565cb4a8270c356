"""Run the network until it runs at its usual speed.

The first runs compile shaders, start threads and fill caches: a first run can take a hundred times as long
as the tenth. A page that warms up before its first real frame shows a truthful speed from the start, and
paces itself by it.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def warm_up(
    run: "Callable[[], Awaitable[object]]",
    clock: "Callable[[], float]",
    max_runs: int = 5,
    tolerance: float = 0.15,
    budget_ms: float = 10_000.0,
) -> list[float]:
    """Await `run()` until two successive runs take the same time; gives the duration of each, in ms.

    clock: gives the time in ms. tolerance: 0.15 means that the shorter takes at least 85% of the longer's
    time. It ends without agreement after max_runs, or once budget_ms have passed: a slow machine should not
    wait for long. At least one run is made. What `run` raises goes to the caller.
    """
    durations: list[float] = []
    began = clock()
    while True:
        start = clock()
        await run()
        now = clock()
        durations.append(now - start)
        if len(durations) >= max_runs or now - began >= budget_ms:
            return durations
        if len(durations) > 1:
            shorter = min(durations[-2:])
            longer = max(durations[-2:])
            if longer - shorter <= tolerance * longer:
                return durations
