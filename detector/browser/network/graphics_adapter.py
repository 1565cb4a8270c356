"""The adapter that WebGPU offers in this browser, and the device that sessions share."""

import js

from detector.browser.platform.interop import failure, has, is_none
from detector.errors import ProviderError

SOFTWARE = ("swiftshader", "llvmpipe", "software", "basic render")


class GraphicsAdapter:
    """What WebGPU has here. problem: why it cannot be used, in words, or "". described: by its maker's words."""

    def __init__(self, adapter: "js.GPUAdapter | None", problem: str = "") -> None:
        self.problem = problem
        self.software = adapter is not None and _is_software(adapter)
        self.described = problem if adapter is None else _described(adapter)
        self._adapter = adapter
        self._device: GraphicsDevice | None = None

    @classmethod
    async def find(cls) -> "GraphicsAdapter":
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

    async def device(self) -> "GraphicsDevice":
        """A device: the one in use, or a new one. Raises ProviderError.

        Asked for here, because inside onnxruntime-web a refusal would freeze the page; so does a second device
        beside one that it uses.
        """
        if self._device is None or not self._device.users:
            self._device = GraphicsDevice(await self._new_device())
        self._device.users += 1
        return self._device

    async def _new_device(self) -> "js.GPUDevice":
        adapter, self._adapter = self._adapter, None
        try:
            if adapter is None:  # each gives one device only
                adapter = await js.navigator.gpu.requestAdapter()
            if is_none(adapter):
                raise ProviderError("WebGPU found no graphics adapter.")
            return await adapter.requestDevice()
        except ProviderError:
            raise
        except Exception as error:
            raise ProviderError("WebGPU refused a device (" + failure(error)[1] + ").")


class GraphicsDevice:
    """A device and how many sessions use it; the last one to give it back ends it."""

    def __init__(self, gpu: "js.GPUDevice") -> None:
        self.gpu = gpu
        self.users = 0

    def give_back(self) -> None:
        """One session less."""
        self.users -= 1
        if not self.users:
            self.gpu.destroy()


def _described(adapter: "js.GPUAdapter") -> str:
    info = getattr(adapter, "info", None)
    if is_none(info):
        return ""
    return " ".join(
        str(getattr(info, name, "")) for name in ("vendor", "architecture", "device", "description")
    )


def _is_software(adapter: "js.GPUAdapter") -> bool:
    info = getattr(adapter, "info", None)
    if getattr(adapter, "isFallbackAdapter", False) is True:
        return True
    if not is_none(info) and getattr(info, "isFallbackAdapter", False) is True:
        return True
    told = _described(adapter).lower()
    return any(name in told for name in SOFTWARE)
