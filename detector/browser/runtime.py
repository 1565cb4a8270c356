"""onnxruntime-web: its builds, its threads, and the one lock around everything that enters it.

Overlapping calls are not survivable: two `run()` on one WebGPU session freeze the page, two `create()` kill the wasm
backend until reload, `release()` during `run()` fails that run. Hence `LOCK`, for all builds together.
"""

import asyncio

import js

from detector.browser.ahead import take_workers
from detector.browser.interop import address, attempt, bridge, failure, has, load_module, now, record
from detector.errors import IncompleteBuildError, ModelFormatError, OutOfMemoryError, ProviderError

LOCK = asyncio.Lock()
_LOADING = asyncio.Lock()

FOLDER = "./vendor/ort/"
GLUE = "ort-wasm-simd-threaded.mjs"
WHOLE = "ort-wasm-simd-threaded.whole.wasm"

# A worker that died, or is silent from the start, answers nobody: it is given up after so many ms.
START_LIMIT = 60_000.0
RUN_LIMIT = 20_000.0

_loaded = {}
_copies = {}  # provider -> number of its copy, where it is not the first
_opened_lacks = False  # whether what set-up has opened turned out to lack something (tools/snapshot)
_whole = False  # whether wasm's build with all its functions turned out to be needed (tools/trim)


def build_of(provider: str) -> tuple:
    """(module, wasm binary) that serve this provider; WebGL is JavaScript alone."""
    if provider == "webgpu":
        # JSPI suspends WebAssembly natively and is 10 MB smaller; asyncify does it everywhere else.
        if has(js.WebAssembly, "Suspending"):
            return "ort.jspi.min.mjs", "ort-wasm-simd-threaded.jspi.wasm"
        return "ort.webgpu.min.mjs", "ort-wasm-simd-threaded.asyncify.wasm"
    if provider == "webgl":
        return "ort.webgl.min.mjs", ""
    return "ort.wasm.min.mjs", WHOLE if _whole else "ort-wasm-simd-threaded.wasm"


class Runtime:
    """One copy of onnxruntime-web: the build that serves a provider, and the worker that it runs in."""

    def __init__(self, ort: object, in_worker: bool, workers: object = None) -> None:
        """workers: those that it has started already, in which case it is awake."""
        self.ort = ort
        self.in_worker = in_worker
        self.awake = workers is not None  # whether its WebAssembly was compiled: with the first session
        self.only_opened = False  # whether it lacks all that opens a network (tools/snapshot)
        self._workers = js.Array.new() if workers is None else workers
        self._networks = 0
        self._retired = False

    @classmethod
    def alone(cls, module: object, workers: object) -> "Runtime":
        """One whose only network is open already (web/network.js), and with which its worker ends."""
        made = cls(module, True, workers)
        made.only_opened = True
        made._networks = 1
        made._retired = True
        return made

    async def create(self, model: object, options: object) -> object:
        """A session of onnxruntime-web's own. Raises what that raises. The lock is the caller's affair."""
        limit = START_LIMIT if self.in_worker else 0
        session = await (await bridge()).createSession(self.ort, self._workers, model, options, limit)
        self.awake = True
        self._networks += 1
        return session

    async def run(self, session: object, feeds: object) -> object:
        """A run of one of its sessions. Raises what that raises, or that its worker does not answer."""
        limit = RUN_LIMIT if self.in_worker else 0
        return await (await bridge()).attemptWithin(limit, self._workers, session, "run", feeds)

    def released(self) -> None:
        """One of its sessions is gone."""
        self._networks -= 1
        self._end_if_unused()

    def retire(self) -> None:
        """No more sessions: once the last is gone the worker ends, and gives its memory back."""
        self._retired = True
        self._end_if_unused()

    def _end_if_unused(self) -> None:
        if self._retired and self._networks == 0:
            while self._workers.length:
                self._workers.pop().terminate()


async def load(provider: str) -> Runtime:
    """The onnxruntime-web that serves a provider, set up before its first use. Raises ProviderError."""
    async with _LOADING:
        if provider not in _loaded:
            _loaded[provider] = await _load(provider)
        return _loaded[provider]


async def _load(provider: str) -> Runtime:
    global _whole
    workers = None
    if provider == "wasm":
        try:
            async with LOCK:
                workers = await take_workers()
        except ProviderError as error:
            if _lacks(error):
                _whole = True
            _copies[provider] = _copies.get(provider, 1) + 1  # a start that failed is remembered by its copy
    module, _ = build_of(provider)
    # The same file under another name is another copy, with a worker of its own; the cache knows only the file.
    copy = "#" + str(_copies[provider]) if provider in _copies else ""
    try:
        ort = await load_module(FOLDER + module + copy)
    except Exception as error:
        raise ProviderError("onnxruntime-web for " + provider + " did not load (" + failure(error)[1] + ").")
    ort.env.logLevel = "error"
    ort.env.wasm.wasmPaths = address(FOLDER)
    if provider == "wasm":
        ort.env.wasm.proxy = True  # inference in a worker: the page stays at 60 frames a second
        ort.env.wasm.numThreads = (await bridge()).threads()
        if _whole:
            ort.env.wasm.wasmPaths = record(mjs=address(FOLDER + GLUE), wasm=address(FOLDER + WHOLE))
    else:
        ort.env.wasm.numThreads = 1
    return Runtime(ort, provider == "wasm", workers)


def opened_lacks() -> bool:
    """Whether a network that set-up has opened met what is not there, or answered no more."""
    return _opened_lacks


def is_awake(provider: str) -> bool:
    """Whether a session of this provider can be opened without compiling anything first."""
    return provider in _loaded and _loaded[provider].awake


def renew(provider: str) -> None:
    """Let the provider's next session run in a new worker, and end the old one with its last session.

    After a failure the old one may be broken for good; and a WebAssembly heap never shrinks. Only wasm has a worker:
    a second copy of another build would be there beside the first, for as long as the page.
    """
    if provider == "wasm" and provider in _loaded:
        _copies[provider] = _copies.get(provider, 1) + 1
        _loaded.pop(provider).retire()


class Network:
    """One graph, loaded into one execution provider.

    took: ms of its last run. spent: ms that onnxruntime-web was kept busy for it, in all: to open it and to run it.
    """

    def __init__(self, runtime: Runtime, session: object, spent: float, on_gpu: object) -> None:
        self.took = 0.0
        self.spent = spent
        self._on_gpu = on_gpu
        self._silent = False  # its worker does not answer
        self._runtime = runtime
        self._session = session

    @classmethod
    async def open(
        cls, runtime: Runtime, model: object, provider: object, on_gpu: object = None, captured: bool = False
    ) -> "Network":
        """Create a session from a model's bytes (`Uint8Array`). `provider`: a name, or a JavaScript record with one.

        on_gpu: if its inputs are on the GPU and its outputs stay there, who takes those: a JavaScript object whose
        `take(outputs)` disposes them and gives what run() is to give. captured: its commands are recorded and replayed.
        Raises OutOfMemoryError, ModelFormatError (bytes that are no model) or ProviderError.
        """
        options = (await bridge()).sessionOptions(provider)
        if on_gpu is not None:
            options.enableGraphCapture = captured
            options.preferredOutputLocation = "gpu-buffer"
        async with LOCK:
            began = now()
            try:
                session = await runtime.create(model, options)
            except Exception as error:
                raise _typed(error, "could not be started")
            return cls(runtime, session, now() - began, on_gpu)

    def tensor(self, dtype: str, data: object, shape: tuple) -> object:
        """A tensor over a typed array, without a copy."""
        return self._runtime.ort.Tensor.new(dtype, data, js.Array.of(*shape))

    def tensor_on_gpu(self, buffer: object, shape: tuple) -> object:
        """A float32 tensor over a `GPUBuffer`, which stays its owner's."""
        options = record(dataType="float32", dims=js.Array.of(*shape))
        return self._runtime.ort.Tensor.fromGpuBuffer(buffer, options)

    async def run(self, **feeds: object) -> object:
        """Run the graph. Inputs and outputs are tensors by name. Raises OutOfMemoryError or ProviderError."""
        global _opened_lacks
        async with LOCK:
            if self._session is None:
                raise ProviderError("This session is closed.")
            began = now()
            try:
                outputs = await self._runtime.run(self._session, record(**feeds))
                if self._on_gpu is not None:
                    outputs = await attempt(self._on_gpu, "take", outputs)
            except Exception as error:
                self._silent = failure(error)[0] == "TimeoutError" or "ErrorEvent" in failure(error)[1]
                if self._runtime.only_opened and (self._silent or _unreachable(error)):
                    _opened_lacks = True
                    if _unreachable(error):
                        raise IncompleteBuildError()
                raise _typed(error, "failed while detecting")
            self.took = now() - began
            self.spent += self.took
            return outputs

    async def close(self) -> None:
        """Release the session once nothing runs in it. Calling it again does nothing."""
        async with LOCK:
            session, self._session = self._session, None
            if session is not None:
                try:
                    if not self._silent:
                        await attempt(session, "release")
                finally:
                    self._runtime.released()


def _unreachable(error: BaseException) -> bool:
    """Whether a failure may be that of a function that was cut out of wasm's build, in any engine's words.

    In a thread it ends the thread, and of that comes only an event that nobody caught.
    """
    lower = failure(error)[1].lower()
    return "unreachable" in lower or "errorevent" in lower


def _lacks(error: BaseException) -> bool:
    return not _whole and _unreachable(error)


def _typed(error: BaseException, what: str) -> Exception:
    global _whole
    name, message = failure(error)
    lower = message.lower()
    if _lacks(error):
        _whole = True
        return IncompleteBuildError()
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
