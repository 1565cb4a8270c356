"""Fetch a file with real progress in bytes, and check that it is the one that was meant."""

import js

from detector.browser.network.downloads.prefetch import take
from detector.browser.platform.interop import address, bridge, create_proxy, failure, is_none
from detector.errors import ModelLoadError, ModelSizeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.browser.network.downloads.progress import OnBytes


async def download(path: str, on_bytes: "OnBytes", size: int = 0) -> "js.Uint8Array":
    """The file's bytes.

    `on_bytes(received, total)` is called now and then; `total` is 0 while unknown. `size` is the expected length in
    bytes, 0 if unknown; at the first byte more, nothing more is fetched. Raises ModelLoadError when it cannot be had,
    ModelSizeError when it is longer.
    """
    ahead = await take(path, on_bytes)
    return await _read(path, on_bytes, size, True) if ahead is None else ahead


async def warm(path: str, on_bytes: "OnBytes") -> None:
    """Bring a file into the browser's cache, with progress, and keep none of it: somebody else will ask for it.

    Arguments and errors are those of `download`.
    """
    if await take(path, on_bytes) is None:
        await _read(path, on_bytes, 0, False)


async def _read(path: str, on_bytes: "OnBytes", size: int, keep: bool) -> "js.Uint8Array":
    try:
        response = await js.fetch(address(path))
    except Exception as error:
        raise ModelLoadError(path + " could not be fetched (" + failure(error)[1] + ").")
    if not response.ok:
        raise ModelLoadError("The server has no " + path + " (status " + str(response.status) + ").")
    total = size or _length(response)
    received = 0

    def tell(count: int) -> None:
        nonlocal received
        received = count
        on_bytes(count, total)

    try:
        # Some hundred chunks of a large file: each would cost Python more than it costs the browser.
        return await (await bridge()).readBody(response, keep, create_proxy(tell), size)
    except Exception as error:
        if failure(error)[0] == "QuotaExceededError":
            raise ModelSizeError(size, path.split("/")[-1])
        raise ModelLoadError(
            path + " broke off after " + str(received) + " bytes (" + failure(error)[1] + ")."
        )


def _length(response: "js.Response") -> int:
    """Length of the decoded body in bytes, 0 where the server does not tell."""
    headers = response.headers
    told = headers.get("X-Uncompressed-Length")
    if is_none(told) and is_none(headers.get("Content-Encoding")):
        told = headers.get("Content-Length")
    return 0 if is_none(told) else int(told)


async def sha256(data: "js.Uint8Array") -> str:
    """Hexadecimal SHA-256 of a `Uint8Array`."""
    return str(await (await bridge()).sha256(data))
