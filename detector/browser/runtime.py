"""onnxruntime-web: its builds, its threads, and the one lock around everything that enters it.

Overlapping calls are not survivable: two `run()` on one WebGPU session freeze the page, two `create()` kill the wasm
backend until reload, `release()` during `run()` fails that run. Hence `LOCK`, for all builds together.
"""

import asyncio

import js

from detector.browser.interop import address, failure, has, load_module, record
from detector.errors import ModelFormatError, OutOfMemoryError, ProviderError

LOCK = asyncio.Lock()

FOLDER = "./vendor/ort/"
MAX_THREADS = 4

_loaded = {}


def build_of(provider: str) -> tuple:
    """(module, wasm binary) that serve this provider; WebGL is JavaScript alone."""
    if provider == "webgpu":
        # JSPI suspends WebAssembly natively and is 10 MB smaller; asyncify does it everywhere else.
        if has(js.WebAssembly, "Suspending"):
            return "ort.jspi.min.mjs", "ort-wasm-simd-threaded.jspi.wasm"
        return "ort.webgpu.min.mjs", "ort-wasm-simd-threaded.asyncify.wasm"
    if provider == "webgl":
        return "ort.webgl.min.mjs", ""
    return "ort.wasm.min.mjs", "ort-wasm-simd-threaded.wasm"


def threads() -> int:
    """How many threads the wasm provider gets: one unless the page is cross-origin isolated."""
    if not getattr(js.globalThis, "crossOriginIsolated", False):
        return 1
    cores = int(getattr(js.navigator, "hardwareConcurrency", 1))
    return max(1, min(MAX_THREADS, cores if cores <= 2 else cores - 1))


async def load(provider: str) -> object:
    """The onnxruntime-web module for a provider, set up before its first use."""
    if provider not in _loaded:
        module, _ = build_of(provider)
        try:
            ort = await load_module(FOLDER + module)
        except Exception as error:
            raise ProviderError(
                "onnxruntime-web for " + provider + " did not load (" + failure(error)[1] + ")."
            )
        ort.env.logLevel = "error"
        ort.env.wasm.wasmPaths = address(FOLDER)
        if provider == "wasm":
            ort.env.wasm.proxy = True  # inference in a worker: the page stays at 60 frames a second
            ort.env.wasm.numThreads = threads()
        else:
            ort.env.wasm.numThreads = 1
        _loaded[provider] = ort
    return _loaded[provider]


class Network:
    """One graph, loaded into one execution provider."""

    def __init__(self, ort: object, session: object) -> None:
        self._ort = ort
        self._session = session

    @classmethod
    async def open(cls, ort: object, model: object, provider: object) -> "Network":
        """Create a session from a model's bytes (`Uint8Array`). `provider`: a name, or a JavaScript record with one.

        Raises OutOfMemoryError, ModelFormatError (bytes that are no model) or ProviderError.
        """
        options = record(
            executionProviders=js.Array.of(provider), graphOptimizationLevel="all", logSeverityLevel=3
        )
        async with LOCK:
            try:
                session = await ort.InferenceSession.create(model, options)
            except Exception as error:
                raise _typed(error, "could not be started")
        return cls(ort, session)

    def tensor(self, dtype: str, data: object, shape: tuple) -> object:
        """A tensor over a typed array, without a copy."""
        return self._ort.Tensor.new(dtype, data, js.Array.of(*shape))

    async def run(self, **feeds: object) -> object:
        """Run the graph. Inputs and outputs are tensors by name. Raises OutOfMemoryError or ProviderError."""
        async with LOCK:
            if self._session is None:
                raise ProviderError("This session is closed.")
            try:
                return await self._session.run(record(**feeds))
            except Exception as error:
                raise _typed(error, "failed while detecting")

    async def close(self) -> None:
        """Release the session once nothing runs in it. Calling it again does nothing."""
        async with LOCK:
            session, self._session = self._session, None
            if session is not None:
                await session.release()


def _typed(error: BaseException, what: str) -> Exception:
    name, message = failure(error)
    lower = message.lower()
    if (
        name == "RangeError"
        or "out of memory" in lower
        or "bad_alloc" in lower
        or "allocation failed" in lower
    ):
        return OutOfMemoryError()
    if "protobuf" in lower or "failed to load model" in lower or "invalid model" in lower:
        return ModelFormatError("The model's file cannot be read (" + message + ").")
    return ProviderError("onnxruntime-web " + what + " (" + message + ").")
