"""What this browser remembers of the network from one visit to the next: who won the race, and what can be trusted.

Both hold only as long as all is as it was: this package, the network, the browser, for the race also the adapter.
"""

import js

from detector.browser.platform.storage import PROVIDER, TRUSTED, store, stored
from detector.running.provider_choice import from_text, to_text
from detector.version import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from detector.browser.network.graphics_adapter import GraphicsAdapter
    from detector.model import Model
    from detector.running.provider_choice import Remembered


async def recall(model: "Model", adapter: "Callable[[], Awaitable[GraphicsAdapter]]") -> "Remembered | None":
    """What an earlier race gave; None where there was none, or with another network, browser or adapter.

    adapter: `await adapter()` gives it; who has nothing to remember need not ask for it.
    """
    text = await stored(PROVIDER)
    return from_text(text, _identity(model, await adapter())) if text else None


async def remember(model: "Model", adapter: "GraphicsAdapter", provider: str, why: str) -> None:
    """Keep a race's result for the next visit."""
    await store(PROVIDER, to_text(_identity(model, adapter), provider, why))


async def forget_provider() -> None:
    """What was thought to be best is to be found out anew."""
    await store(PROVIDER, "")


async def is_trusted(model: "Model") -> bool:
    """Whether WebAssembly computed the known picture right with this model, in this very browser, on an earlier visit.

    What it computes is defined to the bit; a GPU's driver may change from one day to the next.
    """
    return await stored(TRUSTED) == _computing(model)


async def trust(model: "Model") -> None:
    """Remember that it did."""
    await store(TRUSTED, _computing(model))


def _identity(model: "Model", adapter: "GraphicsAdapter") -> list[str]:
    """All that must be the same for a race's result to hold."""
    return [VERSION, model.name, model.sha256, str(js.navigator.userAgent), adapter.described]


def _computing(model: "Model") -> str:
    return " ".join([VERSION, model.sha256, str(js.navigator.userAgent)])
