"""onnxruntime-web: its builds, their copies, its threads, and the one lock around everything that enters it.

Overlapping calls are not survivable: two `run()` on one WebGPU session freeze the page, two `create()` kill the wasm
backend until reload, `release()` during `run()` fails that run. Hence `LOCK`, for all builds together.
"""

import asyncio

import js

from detector.browser.network.downloads.prefetch import take_workers
from detector.browser.platform.interop import address, bridge, failure, has, load_module, record
from detector.errors import ProviderError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ort import InferenceSession, OrtModule, Outputs, SessionOptions

    from web import NetworkModule

LOCK = asyncio.Lock()
_LOADING = asyncio.Lock()

FOLDER = "./vendor/ort/"
GLUE = "ort-wasm-simd-threaded.mjs"
WHOLE = "ort-wasm-simd-threaded.whole.wasm"

# A worker that died, or is silent from the start, answers nobody: it is given up after so many ms.
START_LIMIT = 60_000.0
RUN_LIMIT = 20_000.0


class Runtime:
    """One copy of onnxruntime-web: the build that serves a provider, and the worker that it runs in."""

    def __init__(
        self, ort: "OrtModule | NetworkModule", in_worker: bool, workers: "js.Array[js.Worker] | None" = None
    ) -> None:
        """workers: those that it has started already, in which case it is awake."""
        self.ort = ort
        self.in_worker = in_worker
        self.awake = workers is not None  # whether its WebAssembly was compiled: with the first session
        self.only_opened = False  # whether it lacks all that opens a network (tools/runtime/snapshot)
        self._workers = js.Array.new() if workers is None else workers
        self._networks = 0
        self._retired = False

    @classmethod
    def alone(cls, module: "NetworkModule", workers: "js.Array[js.Worker]") -> "Runtime":
        """One whose only network is open already (web/network.js), and with which its worker ends."""
        made = cls(module, True, workers)
        made.only_opened = True
        made._networks = 1
        made._retired = True
        return made

    async def create(self, model: "js.Uint8Array", options: "SessionOptions") -> "InferenceSession":
        """A session of onnxruntime-web's own. Raises what that raises. The lock is the caller's affair."""
        limit = START_LIMIT if self.in_worker else 0
        session = await (await bridge()).createSession(self.ort, self._workers, model, options, limit)
        self.awake = True
        self._networks += 1
        return session

    async def run(self, session: "InferenceSession", feeds: "js.Object") -> "Outputs":
        """A run of one of its sessions. Raises what that raises, or that its worker does not answer."""
        limit = RUN_LIMIT if self.in_worker else 0
        outputs: Outputs = await (await bridge()).attemptWithin(limit, self._workers, session, "run", feeds)
        return outputs

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


class _Builds:
    """What this page has loaded of them, and what it has found out about them."""

    def __init__(self) -> None:
        self.loaded: dict[str, Runtime] = {}  # by provider
        self.copies: dict[str, int] = {}  # provider -> number of its copy, where it is not the first
        self.opened_lacks = (
            False  # what set-up has opened turned out to lack something (tools/runtime/snapshot)
        )
        self.whole = False  # wasm's build with all its functions turned out to be needed (tools/runtime/trim)

    def next_copy(self, provider: str) -> None:
        self.copies[provider] = self.copies.get(provider, 1) + 1


_builds = _Builds()


def build_of(provider: str) -> tuple[str, str]:
    """(module, wasm binary) that serve this provider; WebGL is JavaScript alone."""
    if provider == "webgpu":
        # JSPI suspends WebAssembly natively and is 10 MB smaller; asyncify does it everywhere else.
        if has(js.WebAssembly, "Suspending"):
            return "ort.jspi.min.mjs", "ort-wasm-simd-threaded.jspi.wasm"
        return "ort.webgpu.min.mjs", "ort-wasm-simd-threaded.asyncify.wasm"
    if provider == "webgl":
        return "ort.webgl.min.mjs", ""
    return "ort.wasm.min.mjs", WHOLE if _builds.whole else "ort-wasm-simd-threaded.wasm"


async def load(provider: str) -> Runtime:
    """The onnxruntime-web that serves a provider, set up before its first use. Raises ProviderError."""
    async with _LOADING:
        if provider not in _builds.loaded:
            _builds.loaded[provider] = await _load(provider)
        return _builds.loaded[provider]


async def _load(provider: str) -> Runtime:
    workers = None
    if provider == "wasm":
        try:
            async with LOCK:
                workers = await take_workers()
        except ProviderError as error:
            lacks_function(error)
            _builds.next_copy(provider)  # a start that failed is remembered by its copy
    module, _ = build_of(provider)
    # The same file under another name is another copy, with a worker of its own; the cache knows only the file.
    copy = "#" + str(_builds.copies[provider]) if provider in _builds.copies else ""
    try:
        ort: OrtModule = await load_module(FOLDER + module + copy)
    except Exception as error:
        raise ProviderError("onnxruntime-web for " + provider + " did not load (" + failure(error)[1] + ").")
    ort.env.logLevel = "error"
    ort.env.wasm.wasmPaths = address(FOLDER)
    if provider == "wasm":
        ort.env.wasm.proxy = True  # inference in a worker: the page stays at 60 frames a second
        ort.env.wasm.numThreads = (await bridge()).threads()
        if _builds.whole:
            ort.env.wasm.wasmPaths = record(mjs=address(FOLDER + GLUE), wasm=address(FOLDER + WHOLE))
    else:
        ort.env.wasm.numThreads = 1
    return Runtime(ort, provider == "wasm", workers)


def is_awake(provider: str) -> bool:
    """Whether a session of this provider can be opened without compiling anything first."""
    return provider in _builds.loaded and _builds.loaded[provider].awake


def renew(provider: str) -> None:
    """Let the provider's next session run in a new worker, and end the old one with its last session.

    After a failure the old one may be broken for good; and a WebAssembly heap never shrinks. Only wasm has a worker:
    a second copy of another build would be there beside the first, for as long as the page.
    """
    if provider == "wasm" and provider in _builds.loaded:
        _builds.next_copy(provider)
        _builds.loaded.pop(provider).retire()


# What was cut out of the builds


def unreachable(error: BaseException) -> bool:
    """Whether a failure may be that of a function that was cut out of wasm's build, in any engine's words.

    In a thread it ends the thread, and of that comes only an event that nobody caught.
    """
    lower = failure(error)[1].lower()
    return "unreachable" in lower or "errorevent" in lower


def lacks_function(error: BaseException) -> bool:
    """The same, unless the whole build runs already: if so, it is the one that is loaded from now on."""
    lacks = not _builds.whole and unreachable(error)
    if lacks:
        _builds.whole = True
    return lacks


def opened_lacks() -> bool:
    """Whether a network that set-up has opened met what is not there, or answered no more."""
    return _builds.opened_lacks


def opened_failed() -> None:
    """One did."""
    _builds.opened_lacks = True
