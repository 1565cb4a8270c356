"""What this browser can run the network on, and what it remembers of an earlier race."""

import js

from detector.browser.interop import WEBKIT, failure, has, is_none
from detector.browser.storage import PROVIDER, TRUSTED, store, stored
from detector.choice import Remembered, from_text, to_text
from detector.errors import ProviderError
from detector.version import VERSION

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
        self._device = None

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

    async def device(self) -> "Device":
        """A device: the one in use, or a new one. Raises ProviderError.

        Asked for here, because inside onnxruntime-web a refusal would freeze the page; so does a second device
        beside one that it uses.
        """
        if self._device is None or not self._device.users:
            self._device = Device(await self._new_device())
        self._device.users += 1
        return self._device

    async def _new_device(self) -> object:
        adapter, self._adapter = self._adapter, None
        try:
            if adapter is None:  # each gives one device only
                adapter = await js.navigator.gpu.requestAdapter()
            return await adapter.requestDevice()
        except Exception as error:
            raise ProviderError("WebGPU refused a device (" + failure(error)[1] + ").")


class Device:
    """A graphics device and how many sessions use it; the last one to give it back ends it."""

    def __init__(self, gpu: object) -> None:
        self.gpu = gpu  # a GPUDevice
        self.users = 0

    def give_back(self) -> None:
        """One session less."""
        self.users -= 1
        if not self.users:
            self.gpu.destroy()


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


def _identity(model: object, graphics: Graphics) -> list:
    """All that must be the same for a race's result to hold: this package, network, browser and adapter."""
    return [VERSION, model.name, model.sha256, str(js.navigator.userAgent), graphics.described]


def recalled(text: str, model: object, graphics: Graphics) -> Remembered:
    """A stored text's choice, or None where it was made of another network, browser or adapter."""
    return from_text(text, _identity(model, graphics))


async def remember(model: object, graphics: Graphics, provider: str, why: str) -> None:
    """Keep a race's result for the next visit."""
    await store(PROVIDER, to_text(_identity(model, graphics), provider, why))


def _computing(model: object) -> str:
    return " ".join([VERSION, model.sha256, str(js.navigator.userAgent)])


async def is_trusted(model: object) -> bool:
    """Whether WebAssembly computed the known picture right with this model, in this very browser, on an earlier visit.

    What it computes is defined to the bit; a GPU's driver may change from one day to the next.
    """
    return await stored(TRUSTED) == _computing(model)


async def trust(model: object) -> None:
    """Remember that it did."""
    await store(TRUSTED, _computing(model))
