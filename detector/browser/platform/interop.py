"""The seams between Python and JavaScript, the same on MicroPython and on Pyodide.

MicroPython cannot catch what JavaScript *throws*, only what a promise *rejects*: `attempt` turns the one into the
other, and `failure` reads either interpreter's exception.
"""

import asyncio
import sys

import js
from pyscript import js_import
from pyscript.ffi import create_proxy, to_js
from pyscript.ffi import is_none as _is_null

from detector.errors import DetectorError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any, TypeVar

    from typing_extensions import TypeIs

    from web import BridgeModule

    T = TypeVar("T")

PYTHON = "micropython" if sys.implementation.name == "micropython" else "pyodide"

# Safari, every browser on iOS, WebKitGTK.
WEBKIT = "AppleWebKit" in str(js.navigator.userAgent) and "Chrom" not in str(js.navigator.userAgent)

# Whether the page is shown inside of another, and of which origin: "", "same-origin", "cross-origin".
EMBEDDED = str(js.document.documentElement.getAttribute("data-embedded") or "")

# Whether all of the page is in its document, which may be a file that was opened (tools/release/one_file).
ONE_FILE = bool(js.document.documentElement.hasAttribute("data-one-file"))

now = js.performance.now  # ms since navigation, as a float

_bridge: "BridgeModule | None" = None
_assets = ""


def record(**fields: "Any") -> "js.Object":
    """A plain JavaScript object whose fields may be JavaScript values."""
    made = js.Object.new()
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def use_assets(folder: str) -> str:
    """Take Onlooker's files from this address from now on, or from the page's own folder, ""; gives what it was."""
    global _assets
    before, _assets = _assets, folder
    return before


def address(path: str) -> str:
    """`path` resolved against the folder of Onlooker's files, not against whoever asks."""
    return js.URL.new(path, _assets or js.document.baseURI).href


async def load_module(path: str) -> "Any":
    """An ES module of this page, loaded on demand. The web stub has what each of them exports."""
    return (await js_import(address(path)))[0]


async def bridge() -> "BridgeModule":
    """web/bridge.js: functions that reject where others throw."""
    global _bridge
    if _bridge is None:
        loaded: BridgeModule = await load_module("./web/bridge.js")
        _bridge = loaded
    return _bridge


async def attempt(target: "js.JsProxy", method: str, *args: "Any") -> "Any":
    """Call `target.method(*args)` so that what it throws can be caught."""
    return await (await bridge()).attempt(target, method, *args)


def failure(error: BaseException) -> tuple[str, str]:
    """(name, message) of an exception that came from JavaScript, or of a Python one."""
    name = getattr(error, "name", None)
    if name is not None and hasattr(error, "message"):
        return str(name), str(error.message)
    args = error.args
    if len(args) == 3 and type(error).__name__ == "JsException":
        # A promise may be rejected with anything: only an Error has a name and a message.
        return str(args[1] or "Error"), str(args[0] if args[2] is None else args[2])
    return type(error).__name__, str(error)


def items(array_like: "js.ArrayLike[T] | js.Iterator[T] | list[T]") -> "list[T]":
    """The elements of a JavaScript array, file list or iterator, as a Python list."""
    array = getattr(js.Array, "from")(array_like)
    return [array[i] for i in range(array.length)]


def is_none(value: object) -> "TypeIs[None]":
    """Whether a value is JavaScript's null or undefined. MicroPython has a type of its own, truthy, for the latter."""
    return _is_null(value) or type(value).__name__ == "undefined"


def has(target: object, name: str) -> bool:
    """Whether a JavaScript object has something usable under that name."""
    value = getattr(target, name, None)
    return not is_none(value)


def allowed(feature: str) -> bool:
    """Whether the page around this one, or its server, lets it use a feature, as far as the browser tells."""
    for name in ("permissionsPolicy", "featurePolicy"):
        if has(js.document, name):
            return bool(getattr(js.document, name).allowsFeature(feature))
    return True


def listen(target: "js.EventTarget", event: str, handler: "js.Callback") -> "js.Callback":
    """Add an event listener for the life of the page; returns its proxy."""
    proxy = create_proxy(handler)
    target.addEventListener(event, proxy)
    return proxy


def supervise(
    coroutine: "Awaitable[object]", on_error: "Callable[[Exception], object]"
) -> "asyncio.Task[None]":
    """Run a coroutine as a task whose failure reaches `on_error(error)`: none ends unseen."""

    async def watched() -> None:
        try:
            await coroutine
        except asyncio.CancelledError:
            raise
        except Exception as error:
            on_error(error)

    return asyncio.create_task(watched())


class Shared:
    """A coroutine that runs once, and that any number of others may wait for."""

    def __init__(self, coroutine: "Awaitable[object]") -> None:
        self._error: Exception | None = None
        self._done = asyncio.Event()
        self._task = asyncio.create_task(self._run(coroutine))

    async def _run(self, coroutine: "Awaitable[object]") -> None:
        try:
            await coroutine
        except Exception as error:
            self._error = error
        self._done.set()

    async def wait(self) -> None:
        """Wait for its end. Raises what it raised."""
        await self._done.wait()
        if self._error is not None:
            raise self._error


def as_detector_error(error: BaseException, fallback: "Callable[[str], DetectorError]") -> DetectorError:
    """`error` if it is one of ours, else `fallback(message)` with the foreign message."""
    if isinstance(error, DetectorError):
        return error
    name, message = failure(error)
    return fallback(name + ": " + message)


__all__ = [
    "EMBEDDED",
    "ONE_FILE",
    "PYTHON",
    "WEBKIT",
    "Shared",
    "address",
    "allowed",
    "as_detector_error",
    "attempt",
    "bridge",
    "create_proxy",
    "failure",
    "has",
    "is_none",
    "items",
    "listen",
    "load_module",
    "now",
    "record",
    "supervise",
    "to_js",
    "use_assets",
]
