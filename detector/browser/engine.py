"""Load the network into a provider, trust it once a known picture came out right, and keep it running.

open_session() gives a Relay: a session behind which another steps in when one fails, and which its Caretaker
replaces when a faster provider is found or memory has grown.
"""

import asyncio
import json

import js

from detector.browser import opened, providers, runtime
from detector.browser.ahead import take
from detector.browser.caretaker import Caretaker
from detector.browser.download import download, sha256, warm
from detector.browser.interop import Shared, address, bridge, create_proxy, failure, is_none, now, record
from detector.browser.pictures import Coming, fetch_picture
from detector.browser.session import BrowserSession, SplitSession, candidates
from detector.browser.storage import PROVIDER, store, stored
from detector.choice import ON_GPU, Failures, order
from detector.errors import (
    IncompleteBuildError,
    ModelFormatError,
    ModelLoadError,
    NoProviderError,
    OutOfMemoryError,
    ProviderError,
    WrongResultError,
)
from detector.model import Manifest
from detector.relay import Relay
from detector.select import select

MODELS = "./models/"
DEFAULT_MODEL = "coco-ssd-lite"  # of which set-up opens the network (tools/snapshot)
LARGEST_MANIFEST = 2**18  # bytes


class Progress:
    """Bytes of all parts, reported as `on_progress(stage, received, total, parts)`; total 0 while unknown.

    parts: (label, received, total) of each kind of part.
    """

    def __init__(self, on_progress: object) -> None:
        self._on_progress = on_progress
        self._parts = {}
        self.stage = ""

    def enter(self, stage: str) -> None:
        """A new stage, in words."""
        self.stage = stage
        self._tell()

    def part(self, name: str, label: str) -> object:
        """The `on_bytes` of one part. label: what kind of part, in a word."""
        self._parts[name] = (label, 0, 0)

        def on_bytes(received: int, total: int) -> None:
            self._parts[name] = (label, received, total)
            self._tell()

        return on_bytes

    def _tell(self) -> None:
        sums = {}
        known = True
        for label, received, total in self._parts.values():
            before = sums.get(label, (0, 0))
            sums[label] = (before[0] + received, before[1] + total)
            known = known and total > 0
        parts = [(label, sums[label][0], sums[label][1]) for label in sorted(sums)]
        received = sum([part[1] for part in parts])
        total = sum([part[2] for part in parts])
        self._on_progress(self.stage, received, total if known else 0, parts)


def _nobody(stage: str, received: int, total: int, parts: list) -> None:
    """Progress that nobody watches."""


async def open_session(model: str, provider: str, on_progress: object = _nobody) -> Relay:
    """The model in the best provider that works, checked on a known picture; another steps in if it fails.

    on_progress(stage, received, total, parts): in words and bytes; total is 0 while unknown (Progress). The session's
    `note` and `passed` tell what to know of its provider, and why others were passed over. Raises ModelError, or
    NoProviderError with all reasons.
    """
    progress = Progress(on_progress)
    progress.enter("Loading the model")
    manifest = await load_manifest()
    opener = Opener(manifest, model, provider)
    auto = provider == "auto"
    remembered = None
    if auto:
        text = await stored(PROVIDER)
        remembered = providers.recalled(text, opener.model, await opener.graphics()) if text else None
    passed = []
    memory_error = None
    for name in order(provider, remembered.provider if remembered else ""):
        try:
            session = await opener.open(name, progress)
        except ProviderError as error:
            passed.append((name, error.message))
            memory_error = error if isinstance(error, OutOfMemoryError) else memory_error
            continue
        relay = Relay(session, opener.step_in, Failures(order(provider)))
        relay.labels = opener.model.labels
        relay.checked_in = session.checked_in
        relay.note = session.note
        relay.passed = passed
        rivals = list(ON_GPU) if name == "webgpu" and not (await opener.graphics()).software else []
        relay.caretaker = Caretaker(relay, opener, rivals)
        if remembered and remembered.provider == name:
            relay.note = remembered.why + ", measured on an earlier visit"
        elif auto and name == "wasm" and not passed:
            relay.caretaker.after_first(_rivals)
        return relay
    raise memory_error or NoProviderError(passed)


async def _rivals(opener: "Opener", relay: Relay) -> list:
    """Who may race against WebAssembly later: WebGPU, unless it cannot win or is not worth its download."""
    try:
        (await opener.graphics()).check(wanted=False)
    except ProviderError as error:
        relay.pass_over("webgpu", error.message)
        return []
    if providers.saves_data():
        relay.pass_over("webgpu", "It was not measured, because this browser saves data.")
        return []
    return ["webgpu"]


def _nobody_asks(received: int) -> None:
    """Bytes of what is small."""


async def load_manifest() -> Manifest:
    """The list of models. Raises ModelLoadError or ModelFormatError."""
    try:
        response = await js.fetch(address(MODELS + "manifest.json"))
        body = await (await bridge()).readBody(response, True, create_proxy(_nobody_asks), LARGEST_MANIFEST)
    except Exception as error:
        raise ModelLoadError("The list of models could not be fetched (" + failure(error)[1] + ").")
    if not response.ok:
        raise ModelLoadError("The server has no list of models (status " + str(response.status) + ").")
    try:
        table = json.loads(str(js.TextDecoder.new().decode(body)))
    except (ValueError, RuntimeError, MemoryError) as error:  # the latter two: nested too deep
        kind = type(error).__name__
        raise ModelFormatError("The model manifest cannot be read: " + kind + " " + str(error) + ".")
    manifest = Manifest.from_dict(table)
    if manifest.check is None:
        raise ModelFormatError("The model manifest names no known picture.")
    return manifest


class Opener:
    """Opens sessions of one model, each in the provider that is asked for.

    wanted: the setting, "auto" or a provider.
    """

    def __init__(self, manifest: Manifest, model: str, wanted: str) -> None:
        self.model = manifest.model(model)
        self.wanted = wanted
        self._manifest = manifest
        self._known = MODELS + manifest.check.picture
        self._graphics = None
        self._looking = None

    async def graphics(self) -> providers.Graphics:
        """The adapter of this machine, asked for once."""
        if self._looking is None:
            self._looking = Shared(self._look())
        await self._looking.wait()
        return self._graphics

    async def _look(self) -> None:
        self._graphics = await providers.Graphics.find()

    async def open(self, name: str, progress: Progress) -> BrowserSession:
        """A session that found in the known picture what is there. Raises ProviderError or ModelError.

        name: a provider, or one of ON_GPU.
        """
        try:
            return await self._open(name, progress)
        except IncompleteBuildError:
            runtime.renew("wasm")
            return await self._open(name, progress)

    async def _open(self, name: str, progress: Progress) -> BrowserSession:
        if name == "wasm" and self.model.name == DEFAULT_MODEL and opened.possible():
            try:
                return await self._go_on(progress)
            except (opened.NotOpenedError, ProviderError) as error:
                opened.give_up(str(error))
        return await self._open_anew(name, progress)

    async def _go_on(self, progress: Progress) -> BrowserSession:
        """The network as set-up has opened it."""
        network, known, took = await opened.open_network(self.model, progress)
        progress.enter("Starting the network")
        session = BrowserSession("wasm", network, self.model.input_size)
        try:
            if not is_none(known):
                found = select(candidates(known.outputs), known.width, known.height)
                _check(found, self._manifest.check, known.width, known.height)
                session.checked_in = took
            elif not await providers.is_trusted(self.model):
                await self._look_at_known_picture(session, Coming(fetch_picture(self._known)), progress)
            await providers.trust(self.model)
        except Exception:
            await session.close()
            raise
        return session

    async def _look_at_known_picture(
        self, session: BrowserSession, picture: Coming, progress: Progress
    ) -> None:
        progress.enter("Checking it on a known picture")
        began = now()
        await _trust(session, await picture.take(), self._manifest.check)
        session.checked_in = now() - began

    async def _open_anew(self, name: str, progress: Progress) -> BrowserSession:
        chosen, note, device = name, "", None
        if name == "webgpu" or name in ON_GPU:
            graphics = await self.graphics()
            graphics.check(self.wanted == "webgpu")
            device = await graphics.device()
            chosen = record(name="webgpu", device=device.gpu)
            note = "on a software adapter: slow" if graphics.software else ""
        # The known picture comes while the session starts.
        trusted = name == "wasm" and await providers.is_trusted(self.model)
        known = None if trusted else Coming(fetch_picture(self._known))
        try:
            session = await _open_in(name, chosen, device, self._manifest, self.model.name, progress)
        except Exception as error:
            if known is not None:
                await known.discard()
            if device is not None:
                device.give_back()
            if isinstance(error, ProviderError):
                runtime.renew(name)  # a start that failed is remembered by this copy of onnxruntime-web
            raise
        session.note = note
        try:
            if known is not None:
                await self._look_at_known_picture(session, known, progress)
            if name == "wasm":
                await providers.trust(self.model)
        except Exception:
            await session.close()
            raise
        return session

    async def open_quietly(self, name: str) -> BrowserSession:
        """The same while another session runs, with nobody watching the progress."""
        return await self.open(name, Progress(_nobody))

    async def open_afresh(self, name: str) -> BrowserSession:
        """The same, in a new worker or on a new adapter: nothing is shared with sessions before."""
        runtime.renew(name)
        if name == "webgpu" or name in ON_GPU:
            self._looking = None
        return await self.open_quietly(name)

    async def step_in(self, name: str) -> BrowserSession:
        """A session to go on with after a failure: what was thought to be best is to be found out anew."""
        if self.wanted == "auto":
            await store(PROVIDER, "")
        return await self.open_afresh(name)


async def _open_in(
    name: str, chosen: object, device: object, manifest: Manifest, model: str, progress: Progress
) -> object:
    tail = manifest.model(model, form="tail")
    if name == "webgl":
        # The tail is a second graph, on wasm: WebGL has no top-k.
        heads = manifest.model(model, form="heads", weights="float32")
        heads_bytes, tail_network, engine = await asyncio.gather(
            _model_bytes(heads, progress), _first_network("wasm", tail, progress), runtime.load("webgl")
        )
        progress.enter("Starting the network")
        heads_network = await runtime.Network.open(engine, heads_bytes, "webgl")
        return SplitSession(name, heads_network, tail_network, heads.input_size)
    if name in ON_GPU:
        return await _open_on_gpu(name, chosen, device, manifest, model, progress)
    full = manifest.model(model)
    data, _ = await asyncio.gather(_model_bytes(full, progress), _wake(name, tail, progress))
    progress.enter("Starting the network")
    network = await runtime.Network.open(await runtime.load(name), data, chosen)
    return BrowserSession(name, network, full.input_size, device)


async def _open_on_gpu(
    name: str, chosen: object, device: object, manifest: Manifest, model: str, progress: Progress
) -> object:
    from detector.browser.resident import open_resident  # few need it, and none for the first box

    form = manifest.model(model, form="planes")
    tail_form = manifest.model(model, form="tail")
    data, tail, engine = await asyncio.gather(
        _model_bytes(form, progress), _first_network("wasm", tail_form, progress), runtime.load("webgpu")
    )
    try:
        return await open_resident(name, form, tail_form, data, tail, engine, device, chosen)
    finally:
        await tail.close()  # only asked


async def _wake(name: str, tail: object, progress: Progress) -> None:
    """Start the runtime while the model is still on its way, unless it runs already."""
    if name == "wasm":
        # It may have been awakened while Python was starting.
        _, binary = runtime.build_of(name)
        await asyncio.gather(
            runtime.load(name), take(runtime.FOLDER + binary, progress.part(binary, "Runtime"))
        )
    if not runtime.is_awake(name):
        await (await _first_network(name, tail, progress)).close()


async def _first_network(name: str, tail: object, progress: Progress) -> object:
    """Bring the runtime here and start it with a graph of a few kilobytes, while the model is still on its way.

    Compiling 14 MB of WebAssembly takes longer than anything else; onnxruntime-web does it with the first session.
    """
    _, binary = runtime.build_of(name)
    try:
        # Into the browser's cache, with progress: onnxruntime-web fetches it by itself, and tells nobody.
        await warm(runtime.FOLDER + binary, progress.part(binary, "Runtime"))
    except ModelLoadError as error:
        raise ProviderError(error.message)
    engine, data = await asyncio.gather(runtime.load(name), _model_bytes(tail, progress))
    return await runtime.Network.open(engine, data, "wasm")


async def _model_bytes(model: object, progress: Progress) -> object:
    data = await download(MODELS + model.file, progress.part(model.file, "Model"), model.size)
    model.verify_size(data.length)
    model.verify(await sha256(data))
    return data


async def _trust(session: BrowserSession, picture: object, check: object) -> None:
    """Raises WrongResultError unless the session finds in the known picture what is known to be there. Closes it."""
    try:
        width, height = session.size(picture)
        found = select(await session.run(await session.grab(picture)), width, height)
    finally:
        picture.close()
    _check(found, check, width, height)


def _check(found: list, check: object, width: float, height: float) -> None:
    """Raises WrongResultError."""
    wrong = check.differences(found, width, height)
    if wrong:
        raise WrongResultError("It computed a known picture wrong: " + "; ".join(wrong))
