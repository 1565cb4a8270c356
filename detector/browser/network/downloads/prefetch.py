"""What web/ahead.js began while Python was starting: parts of the network on their way, and the runtime.

Each is taken over once. Where there is none, or it failed, the caller does the work itself.
"""

import js

from detector.browser.platform.interop import create_proxy, failure, has, is_none
from detector.errors import ProviderError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.browser.network.downloads.progress import OnBytes
    from web import Ahead, AheadPart, OpenedNetwork


async def _begun() -> "Ahead | None":
    """What was begun, or None."""
    if not has(js.globalThis, "onlookerAhead"):
        return None
    try:
        begun = await js.globalThis.onlookerAhead
    except Exception:
        return None  # who needs the files finds out why, and says so
    return None if is_none(begun) else begun


async def settled() -> bool:
    """Wait until all that was begun is here; False if nothing was begun or something failed."""
    begun = await _begun()
    if begun is None:
        return False
    try:
        await begun.settled
    except Exception:
        return False  # who takes the parts is told
    return True


async def take(path: str, on_bytes: "OnBytes") -> "js.Uint8Array | None":
    """The bytes of a file that is on its way, or None. on_bytes(received, total), now and then."""
    begun = await _begun()
    if begun is None:
        return None
    part: AheadPart | None = getattr(begun.parts, path, None)
    if is_none(part):
        return None
    js.Reflect.deleteProperty(begun.parts, path)  # the next time it is fetched anew

    def tell(received: int) -> None:
        on_bytes(received, part.total)

    tell(part.received)
    part.tell = create_proxy(tell)
    try:
        return await part.bytes
    except Exception:
        return None  # the caller fetches it again, and tells why if that fails too


async def take_network(model: str) -> "OpenedNetwork | None":
    """The network of that model that is being opened (web/network.js), or None."""
    begun = await _begun()
    if begun is None or is_none(begun.network) or begun.model != model:
        return None
    network = begun.network
    begun.network = None
    return network


async def take_workers() -> "js.Array[js.Worker] | None":
    """The workers of the runtime that was awakened; None if none was. Raises ProviderError."""
    begun = await _begun()
    if begun is None or is_none(begun.workers):
        return None
    workers = begun.workers
    begun.workers = None
    try:
        await begun.awake
        return workers
    except Exception as error:
        while workers.length:
            workers.pop().terminate()
        raise ProviderError("onnxruntime-web did not start (" + failure(error)[1] + ").")
