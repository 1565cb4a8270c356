"""What this browser can run the network on, and what it remembers of an earlier race."""

import js

from detector.browser.interop import WEBKIT, bridge, failure, has, is_none
from detector.choice import Remembered, from_text, to_text
from detector.errors import ProviderError
from detector.version import VERSION

STORED_AS = "onlooker:provider"
SOFTWARE = ("swiftshader", "llvmpipe", "software", "basic render")
# WebKit tells no memory sizes, and crashes after about 500 runs on WebGPU.
WEBKIT_RUNS = 400


class Graphics:
    """The adapter that WebGPU offers here. problem: why it cannot be used, in words, or ""."""

    def __init__(self, adapter: object, problem: str = "") -> None:
        self.problem = problem
        self.software = not problem and _is_software(adapter)
        self.described = problem or _described(adapter)
        self._adapter = adapter

    @classmethod
    async def find(cls) -> "Graphics":
        """Ask the browser. Never raises."""
        if not has(js.navigator, "gpu"):
            return cls(None, "This browser has no WebGPU here.")
        try:
            adapter = await js.navigator.gpu.requestAdapter()
        except Exception as error:
            return cls(None, "WebGPU refused an adapter (" + failure(error)[1] + ").")
        if is_none(adapter):
            return cls(None, "WebGPU found no graphics adapter.")
        return cls(adapter)

    def check(self, wanted: bool) -> None:
        """Raises ProviderError where it should not run: a software adapter only does if it is `wanted`."""
        if self.problem:
            raise ProviderError(self.problem)
        if self.software and not wanted:
            raise ProviderError("WebGPU has only a software adapter here, which is slower than wasm.")

    async def device(self) -> object:
        """A new device. Raises ProviderError.

        Asked for here, because inside onnxruntime-web a refusal would freeze the page.
        """
        try:
            return await self._adapter.requestDevice()
        except Exception as error:
            raise ProviderError("WebGPU refused a device (" + failure(error)[1] + ").")


def _described(adapter: object) -> str:
    info = getattr(adapter, "info", None)
    if is_none(info):
        return ""
    return " ".join(
        str(getattr(info, name, "")) for name in ("vendor", "architecture", "device", "description")
    )


def _is_software(adapter: object) -> bool:
    info = getattr(adapter, "info", None)
    if getattr(adapter, "isFallbackAdapter", False) is True:
        return True
    if not is_none(info) and getattr(info, "isFallbackAdapter", False) is True:
        return True
    told = _described(adapter).lower()
    return any(name in told for name in SOFTWARE)


def runs_bound(provider: str) -> int:
    """How many runs a session should make before it is renewed, on engines known to grow; 0: any number."""
    return WEBKIT_RUNS if WEBKIT and provider == "webgpu" else 0


def saves_data() -> bool:
    """Whether the visitor asked for few downloads: then none is made only to measure."""
    return has(js.navigator, "connection") and getattr(js.navigator.connection, "saveData", False) is True


async def stored() -> str:
    """The text of the last race's result; "" where there is none, or the browser keeps nothing for this page."""
    try:
        return str(await (await bridge()).kept(STORED_AS))
    except Exception:
        return ""


async def store(text: str) -> None:
    """Keep the text, if the browser lets us: it may be told to keep nothing, or be full."""
    try:
        await (await bridge()).kept(STORED_AS, text)
    except Exception as error:
        js.console.info("The choice of a provider is not kept: " + failure(error)[1])


def _identity(model: object, graphics: Graphics) -> list:
    """All that must be the same for a race's result to hold: this package, network, browser and adapter."""
    return [VERSION, model.name, model.sha256, str(js.navigator.userAgent), graphics.described]


def recalled(text: str, model: object, graphics: Graphics) -> Remembered:
    """A stored text's choice, or None where it was made of another network, browser or adapter."""
    return from_text(text, _identity(model, graphics))


async def remember(model: object, graphics: Graphics, provider: str, why: str) -> None:
    """Keep a race's result for the next visit."""
    await store(to_text(_identity(model, graphics), provider, why))
