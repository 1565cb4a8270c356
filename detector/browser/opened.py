"""The default network on WebAssembly as set-up has opened it: a worker of its own goes on from there (web/opened.js).

web/ahead.js may have begun it while Python was starting. Where it cannot be had, the network is opened as any other.
"""

import js

from detector.browser import ahead
from detector.browser.interop import bridge, create_proxy, failure, items, load_module, now
from detector.browser.runtime import LOCK, START_LIMIT, Network, Runtime, opened_lacks
from detector.browser.storage import TRUSTED, stored

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


async def open_network(model: object, progress: object) -> tuple:
    """(Network, how the known picture came out, ms since its start) of a model (detector/model.py).

    The picture's is a JavaScript object {outputs, width, height}; null where it came out right on an earlier visit, or
    could not be drawn. Raises NotOpenedError.
    """
    try:
        module = await load_module(MODULE)
    except Exception as error:
        raise NotOpenedError(failure(error)[1])
    begun = await ahead.take_network(model.name)
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
        network = Network(Runtime.alone(module, begun.workers), begun.session, now() - began, None)
    return network, answer.known, answer.took


async def files() -> list:
    """Names of the files that the network began with here, if it did: now and once this page is isolated (web/sw.js).

    Raises what JavaScript raises.
    """
    return [str(name) for name in items(await (await load_module(MODULE)).files())]


def _follow(part: object, on_bytes: object) -> None:
    def tell(received: int) -> None:
        on_bytes(received, part.total)

    tell(part.received)
    part.tell = create_proxy(tell)
