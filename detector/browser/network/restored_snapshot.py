"""The default network on WebAssembly as set-up has opened it: a worker of its own goes on from there (web/opened.js).

web/ahead.js may have begun it while Python was starting. Where it cannot be had, the network is opened as any other.
"""

import js

from detector.browser.network.downloads import prefetch
from detector.browser.network.graph import Graph
from detector.browser.network.runtime import LOCK, START_LIMIT, Runtime, opened_lacks
from detector.browser.platform.interop import (
    bridge,
    create_proxy,
    failure,
    is_none,
    items,
    load_module,
    now,
)
from detector.browser.platform.storage import TRUSTED, stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.browser.network.downloads.progress import OnBytes, Progress
    from detector.model import Model
    from web import Known, NetworkModule, Part

MODULE = "./web/network.js"

_given_up = False


class NotOpenedError(Exception):
    """It cannot be had here. Nobody has to do anything: the network is opened as any other."""


def possible() -> bool:
    """Whether it has not failed in this page."""
    return not _given_up and not opened_lacks()


def give_up(why: str) -> None:
    """Open the network as any other from now on."""
    global _given_up
    _given_up = True
    js.console.info("The network is opened anew: " + why)


async def open_network(model: "Model", progress: "Progress") -> "tuple[Graph, Known | None, float]":
    """(its network, how the known picture came out, ms since its start) of a model.

    The picture's is None where it came out right on an earlier visit, or could not be drawn. Raises NotOpenedError.
    """
    try:
        module: NetworkModule = await load_module(MODULE)
    except Exception as error:
        raise NotOpenedError(failure(error)[1])
    begun = await prefetch.take_network(model.name)
    if begun is None:
        begun = module.open(model.name, await stored(TRUSTED), False)
    for label in ("Model", "Runtime"):
        _follow(getattr(begun.parts, label), progress.part(MODULE + label, label))
    async with LOCK:
        began = now()
        try:
            answer = await (await bridge()).within(START_LIMIT, begun.workers, begun.opened)
        except Exception as error:
            begun.workers.pop().terminate()
            raise NotOpenedError(failure(error)[1])
        network = Graph(Runtime.alone(module, begun.workers), begun.session, now() - began, None)
    return network, None if is_none(answer.known) else answer.known, answer.took


async def files() -> list[str]:
    """Names of the files that the network began with here, if it did: now and once this page is isolated (web/sw.js).

    Raises what JavaScript raises.
    """
    module: NetworkModule = await load_module(MODULE)
    return [str(name) for name in items(await module.files())]


def _follow(part: "Part", on_bytes: "OnBytes") -> None:
    def tell(received: int) -> None:
        on_bytes(received, part.total)

    tell(part.received)
    part.tell = create_proxy(tell)
