"""Choose a provider, load the network into it, and trust it only after a known picture came out right."""

import asyncio
import json

import js

from detector.browser import runtime
from detector.browser.download import download, sha256
from detector.browser.interop import address, failure, has, is_none, now, record
from detector.browser.pictures import fetch_picture
from detector.browser.session import BrowserSession, SplitSession
from detector.errors import ModelLoadError, NoProviderError, OutOfMemoryError, ProviderError, WrongResultError
from detector.model import Manifest
from detector.select import select

MODELS = "./models/"
SOFTWARE = ("swiftshader", "llvmpipe", "software", "basic render")


class Progress:
    """Bytes of all parts together, reported as `on_progress(stage, received, total)`; total 0 while unknown."""

    def __init__(self, on_progress: object) -> None:
        self._on_progress = on_progress
        self._parts = {}
        self.stage = ""

    def enter(self, stage: str) -> None:
        """A new stage, in words."""
        self.stage = stage
        self._tell()

    def part(self, name: str) -> object:
        """The `on_bytes` of one part."""
        self._parts[name] = (0, 0)

        def on_bytes(received: int, total: int) -> None:
            self._parts[name] = (received, total)
            self._tell()

        return on_bytes

    def _tell(self) -> None:
        received = total = 0
        known = True
        for part_received, part_total in self._parts.values():
            received += part_received
            total += part_total
            known = known and part_total > 0
        self._on_progress(self.stage, received, total if known else 0)


def _nobody(stage: str, received: int, total: int) -> None:
    """Progress that nobody watches."""


async def open_session(model: str, provider: str, on_progress: object = _nobody) -> BrowserSession:
    """The model in the best provider that works, checked on a known picture.

    on_progress(stage, received, total): in words and bytes; total is 0 while unknown. The session's `note` and `passed`
    tell what to know of its provider, and why others were passed over. Raises ModelError, or NoProviderError with all
    reasons.
    """
    progress = Progress(on_progress)
    progress.enter("Loading the model")
    manifest = await load_manifest()
    labels = manifest.model(model).labels
    passed = []
    for name in _order(provider):
        session = None
        try:
            chosen, note = await _probe(name, wanted=name == provider)
            session = await _open_in(name, chosen, manifest, model, progress)
            progress.enter("Checking it on a known picture")
            began = now()
            await _trust(session, manifest.check)
            session.checked_in = now() - began
            session.labels = labels
            session.note = note
            session.passed = passed
            return session
        except ProviderError as error:
            passed.append((name, error.message))
            if session is not None:
                await session.close()
            if isinstance(error, OutOfMemoryError):
                raise  # the next provider would need as much
    raise NoProviderError(passed)


async def load_manifest() -> Manifest:
    """The list of models. Raises ModelLoadError or ModelFormatError."""
    try:
        response = await js.fetch(address(MODELS + "manifest.json"))
        text = await response.text()
    except Exception as error:
        raise ModelLoadError("The list of models could not be fetched (" + failure(error)[1] + ").")
    if not response.ok:
        raise ModelLoadError("The server has no list of models (status " + str(response.status) + ").")
    return Manifest.from_dict(json.loads(text))


def _order(wanted: str) -> list:
    """Providers to try. A choice comes first; what follows it is what `auto` would take."""
    usual = ["webgpu", "wasm"]
    return usual if wanted == "auto" else [wanted] + [name for name in usual if name != wanted]


async def _probe(provider: str, wanted: bool) -> tuple:
    """(what onnxruntime-web is told, a note for the visitor). Raises ProviderError where it should not run."""
    if provider != "webgpu":
        return provider, ""
    if not has(js.navigator, "gpu"):
        raise ProviderError("This browser has no WebGPU here.")
    adapter = await js.navigator.gpu.requestAdapter()
    if is_none(adapter):
        raise ProviderError("WebGPU found no graphics adapter.")
    software = _is_software(adapter)
    if software and not wanted:
        raise ProviderError("WebGPU has only a software adapter here, which is slower than wasm.")
    # Asked for here, because inside onnxruntime-web a refusal would freeze the page.
    try:
        device = await adapter.requestDevice()
    except Exception as error:
        raise ProviderError("WebGPU refused a device (" + failure(error)[1] + ").")
    return record(name="webgpu", device=device), "on a software adapter: slow" if software else ""


def _is_software(adapter: object) -> bool:
    info = getattr(adapter, "info", None)
    if getattr(adapter, "isFallbackAdapter", False) is True or is_none(info):
        return not is_none(info)
    if getattr(info, "isFallbackAdapter", False) is True:
        return True
    told = " ".join(
        str(getattr(info, name, "")) for name in ("vendor", "architecture", "device", "description")
    ).lower()
    return any(name in told for name in SOFTWARE)


async def _open_in(name: str, chosen: object, manifest: Manifest, model: str, progress: Progress) -> object:
    tail = manifest.model(model, form="tail")
    if name == "webgl":
        # The tail is a second graph, on wasm: WebGL has no top-k.
        heads = manifest.model(model, form="heads", weights="float32")
        heads_bytes, tail_network, ort = await asyncio.gather(
            _model_bytes(heads, progress), _awake("wasm", tail, progress), runtime.load("webgl")
        )
        progress.enter("Starting the network")
        heads_network = await runtime.Network.open(ort, heads_bytes, "webgl")
        return SplitSession(name, heads_network, tail_network, heads.input_size)
    full = manifest.model(model)
    data, first = await asyncio.gather(_model_bytes(full, progress), _awake(name, tail, progress))
    progress.enter("Starting the network")
    await first.close()
    network = await runtime.Network.open(await runtime.load(name), data, chosen)
    return BrowserSession(name, network, full.input_size)


async def _awake(name: str, tail: object, progress: Progress) -> object:
    """Bring the runtime here and start it with a graph of a few kilobytes, while the model is still on its way.

    Compiling 14 MB of WebAssembly takes longer than anything else; onnxruntime-web does it with the first session.
    """
    _, binary = runtime.build_of(name)
    try:
        # Into the browser's cache, with progress: onnxruntime-web fetches it by itself, and tells nobody.
        await download(runtime.FOLDER + binary, progress.part(binary))
    except ModelLoadError as error:
        raise ProviderError(error.message)
    ort, data = await asyncio.gather(runtime.load(name), _model_bytes(tail, progress))
    return await runtime.Network.open(ort, data, "wasm")


async def _model_bytes(model: object, progress: Progress) -> object:
    data = await download(MODELS + model.file, progress.part(model.file), model.size)
    model.verify(await sha256(data))
    return data


async def _trust(session: BrowserSession, check: object) -> None:
    """Raises WrongResultError unless the session finds in the known picture what is known to be there."""
    picture = await fetch_picture(MODELS + check.picture)
    try:
        width, height = session.size(picture)
        found = select(await session.run(await session.grab(picture)), width, height)
    finally:
        picture.close()
    wrong = check.differences(found, width, height)
    if wrong:
        raise WrongResultError("It computed a known picture wrong: " + "; ".join(wrong))
