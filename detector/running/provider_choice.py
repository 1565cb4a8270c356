"""Which provider runs the network: what is tried first, a short race of two, what is remembered, who steps in.

    times = await race([("webgpu", run_webgpu, 0.0), ("wasm", run_wasm, 0.0)])      # {"webgpu": 9.1, "wasm": 38.4}
    winner = fastest(times, current="wasm")                                         # "webgpu"
    in_words(winner, times)                                                         # "9 ms against WebAssembly's 38 ms"

On some machines WebGPU is four times as fast as WebAssembly, on others slower: so it is measured. The page
starts on WebAssembly, which is there first, and a rival has to win by a margin.
"""

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

# Other ways to use WebGPU, each raced before it is used: nothing leaves the GPU before the best candidates are chosen,
# and what is done there is recorded once and replayed, or not.
CAPTURED = "webgpu-captured"
RESIDENT = "webgpu-resident"
ON_GPU = (CAPTURED, RESIDENT)
NAMES = {
    "webgpu": "WebGPU",
    CAPTURED: "WebGPU with a recorded run",
    RESIDENT: "WebGPU with everything kept on the GPU",
    "webgl": "WebGL",
    "wasm": "WebAssembly",
}

BUDGET_MS = 2000.0  # what a race may cost in all: to start the rival, and to run both
ROUNDS = 7
MARGIN = (
    0.85  # a rival takes over if it needs at most this share of the time: a close race is not worth a change
)


def name_of(provider: str) -> str:
    """As people read it: "WebAssembly"."""
    return NAMES.get(provider, provider)


def order(wanted: str, remembered: str = "") -> list[str]:
    """Providers to try, best first. wanted: "auto" or a choice. remembered: what won earlier here, or "".

    WebGL is deprecated upstream: it comes only if chosen.
    """
    first = remembered if wanted == "auto" else wanted
    usual = ["wasm", "webgpu"]
    return [first] + [name for name in usual if name != first] if first else usual


async def race(
    entrants: "Sequence[tuple[str, Callable[[], Awaitable[float]], float]]",
    spent_ms: float = 0.0,
    budget_ms: float = BUDGET_MS,
    rounds: int = ROUNDS,
) -> dict[str, float]:
    """Run two or more in turn, so that what else the machine does meets all alike; the median of each, in ms.

    entrants: (provider, run, expected). `await run()` makes one run and gives its duration in ms; expected is how
    long the first may take. spent_ms: what of the budget is gone already. No run is begun that would exceed the
    budget, if it takes as long as the longest of its provider did. The first round warms up and does not count,
    unless it is all there was time for. Empty where not even that was: then nothing was measured.
    """
    times: dict[str, list[float]] = {}
    longest: dict[str, float] = {}
    for provider, _, expected in entrants:
        times[provider] = []
        longest[provider] = expected
    for lap in range(rounds):
        for provider, run, _ in entrants:
            if spent_ms + longest[provider] > budget_ms:
                return _medians(times)
            took = await run()
            spent_ms += took
            times[provider].append(took)
            longest[provider] = max(took, longest[provider]) if lap else took
    return _medians(times)


def _medians(times: dict[str, list[float]]) -> dict[str, float]:
    laps = min([len(taken) for taken in times.values()])
    if laps == 0:
        return {}
    return {provider: _median(taken[1:laps] if laps > 1 else taken[:1]) for provider, taken in times.items()}


def _median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def fastest(times: dict[str, float], current: str, margin: float = MARGIN) -> str:
    """Who should run from now on. times: ms by provider. `current` stays unless another needs `margin` of its time."""
    if current not in times:
        return current
    best = min(times, key=lambda provider: times[provider])
    return best if times[best] <= margin * times[current] else current


def in_words(provider: str, times: dict[str, float]) -> str:
    """Why, in words: "9 ms against WebAssembly's 38 ms". Empty where nothing was measured."""
    others = [
        f"{name_of(other)}'s {times[other]:.0f} ms"
        for other in sorted(times, key=name_of)
        if other != provider
    ]
    if provider not in times or not others:
        return ""
    told = f"{times[provider]:.0f} ms against {' and '.join(others)}"
    return told if times[provider] <= min(times.values()) else told + ", too little to change for"


class Remembered:
    """What a race gave on an earlier visit. why: in words."""

    def __init__(self, provider: str, why: str) -> None:
        self.provider = provider
        self.why = why


def to_text(identity: list[str], provider: str, why: str) -> str:
    """A choice as text to store. identity: all that must be the same for it to hold, in order."""
    return json.dumps({"identity": identity, "provider": provider, "why": why})


def from_text(text: str, identity: list[str]) -> "Remembered | None":
    """A stored choice; None where there is none, it was made in other circumstances, or is not ours to read."""
    try:
        stored = json.loads(text) if text else None
    except ValueError:
        return None
    if not isinstance(stored, dict) or stored.get("identity") != identity:
        return None
    provider = stored.get("provider")
    why = stored.get("why")
    if provider not in ("webgpu", "wasm") or not isinstance(why, str):
        return None
    return Remembered(provider, why)


class Failures:
    """Who steps in when a provider fails while it runs.

    providers: all that may, best first. Each may fail `limit` times; a long time without a failure, `forgiven_after`
    runs, forgives all. A provider that failed may start again: a crashed worker or a lost device is gone, and a new
    one works.
    """

    def __init__(self, providers: list[str], limit: int = 2, forgiven_after: int = 500) -> None:
        self._providers = providers
        self._limit = limit
        self._forgiven_after = forgiven_after
        self._counts: dict[str, int] = {}
        self._runs = 0

    def ran(self) -> None:
        """A run ended well."""
        self._runs += 1
        if self._runs >= self._forgiven_after:
            self.forgive()

    def failed(self, provider: str) -> None:
        """A run failed."""
        self._counts[provider] = self._counts.get(provider, 0) + 1
        self._runs = 0

    def ruled_out(self, provider: str) -> None:
        """It cannot even be opened."""
        self._counts[provider] = self._limit
        self._runs = 0

    def forgive(self) -> None:
        """Start counting anew."""
        self._counts = {}
        self._runs = 0

    def next(self, last: str) -> "str | None":
        """The provider to open now that `last` failed: who failed least, another rather than the same; None: nobody."""
        left = [name for name in self._providers if self._counts.get(name, 0) < self._limit]
        if not left:
            return None
        return min(
            left, key=lambda name: (self._counts.get(name, 0), name == last, self._providers.index(name))
        )
