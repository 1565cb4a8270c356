"""Load the network into a provider, trust it once a known picture came out right, and keep it running.

open_session() gives a FallbackSession: behind it another session steps in when one fails, and its Maintenance replaces
it when a faster provider is found or memory has grown.
"""

import asyncio

from detector.browser.network import restored_snapshot, runtime
from detector.browser.network.downloads.manifest import MODELS, load_manifest
from detector.browser.network.downloads.progress import Progress, unwatched
from detector.browser.network.graphics_adapter import GraphicsAdapter
from detector.browser.network.maintenance import Maintenance
from detector.browser.network.provider_sessions import open_in
from detector.browser.network.remembered import forget_provider, is_trusted, recall, trust
from detector.browser.network.session import BrowserSession, candidates
from detector.browser.platform.interop import ONE_FILE, now
from detector.browser.sources.picture_decoder import Coming, fetch_picture
from detector.errors import (
    IncompleteBuildError,
    ModelFormatError,
    NoProviderError,
    OutOfMemoryError,
    ProviderError,
    WrongResultError,
)
from detector.running.fallback import FallbackSession
from detector.running.provider_choice import ON_GPU, Failures, order
from detector.vision.non_maximum_suppression import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    import js

    from detector.browser.network.downloads.progress import OnProgress
    from detector.detection import Detection
    from detector.model import Manifest

DEFAULT_MODEL = "coco-ssd-lite"  # of which set-up opens the network (tools/runtime/snapshot)


async def open_session(model: str, provider: str, on_progress: "OnProgress" = unwatched) -> FallbackSession:
    """The model in the best provider that works, checked on a known picture; another steps in if it fails.

    on_progress(stage, received, total, parts): in words and bytes; total is 0 while unknown (Progress). The session's
    `note` and `passed` tell what to know of its provider, and why others were passed over. Raises ModelError, or
    NoProviderError with all reasons.
    """
    progress = Progress(on_progress)
    try:
        return await _open_session(model, provider, progress)
    finally:
        progress.end()


async def _open_session(model: str, provider: str, progress: Progress) -> FallbackSession:
    progress.enter("Loading the model")
    factory = SessionFactory(await load_manifest(), model, provider)
    auto = provider == "auto"
    remembered = await recall(factory.model, factory.adapter) if auto else None
    passed: list[tuple[str, str]] = []
    memory_error = None
    for name in order(provider, remembered.provider if remembered else ""):
        try:
            first = await factory.open(name, progress)
        except ProviderError as error:
            passed.append((name, error.message))
            memory_error = error if isinstance(error, OutOfMemoryError) else memory_error
            continue
        session = FallbackSession(first, factory.model.labels, factory.step_in, Failures(order(provider)))
        session.checked_in = first.checked_in
        session.note = first.note
        session.passed = passed
        on_card = name == "webgpu" and not (await factory.adapter()).software
        rivals: list[str] | None = list(ON_GPU) if on_card else []
        if remembered and remembered.provider == name:
            session.note = remembered.why + ", measured on an earlier visit"
        elif auto and name == "wasm" and not passed and not ONE_FILE:
            rivals = None
        session.maintenance = Maintenance(session, factory, rivals)
        return session
    # WebKit lets the worker of a page that is a file read nothing.
    raise memory_error or NoProviderError(
        passed, "Open this file in Chrome, Edge or Firefox." if ONE_FILE else ""
    )


class SessionFactory:
    """Opens sessions of one model, each in the provider that is asked for.

    wanted: the setting, "auto" or a provider.
    """

    def __init__(self, manifest: "Manifest", model: str, wanted: str) -> None:
        """Raises ModelNotFoundError, and ModelFormatError where there is no known picture."""
        if manifest.check is None:
            raise ModelFormatError("The model manifest names no known picture.")
        self.model = manifest.model(model)
        self.wanted = wanted
        self._manifest = manifest
        self._known = manifest.check
        self._adapter: GraphicsAdapter | None = None
        self._asking = asyncio.Lock()

    async def adapter(self) -> GraphicsAdapter:
        """The graphics adapter of this machine, asked for once."""
        async with self._asking:
            if self._adapter is None:
                self._adapter = await GraphicsAdapter.find()
            return self._adapter

    async def open(self, name: str, progress: Progress) -> BrowserSession:
        """A session that found in the known picture what is there. Raises ProviderError or ModelError.

        name: a provider, or one of ON_GPU.
        """
        try:
            return await self._open(name, progress)
        except IncompleteBuildError:
            runtime.renew("wasm")
            return await self._open(name, progress)

    async def open_quietly(self, name: str) -> BrowserSession:
        """The same while another session runs, with nobody watching the progress."""
        return await self.open(name, Progress())

    async def open_afresh(self, name: str) -> BrowserSession:
        """The same, in a new worker or on a new adapter: nothing is shared with sessions before."""
        runtime.renew(name)
        if _on_webgpu(name):
            self._adapter = None
        return await self.open_quietly(name)

    async def step_in(self, name: str) -> BrowserSession:
        """A session to go on with after a failure: what was thought to be best is to be found out anew."""
        if self.wanted == "auto":
            await forget_provider()
        return await self.open_afresh(name)

    async def _open(self, name: str, progress: Progress) -> BrowserSession:
        if ONE_FILE and name != "wasm":
            raise ProviderError("This file brings WebAssembly alone.")
        if name == "wasm" and self.model.name == DEFAULT_MODEL and restored_snapshot.possible():
            try:
                return await self._go_on(progress)
            except (restored_snapshot.NotOpenedError, ProviderError) as error:
                restored_snapshot.give_up(str(error))
        return await self._open_anew(name, progress)

    async def _go_on(self, progress: Progress) -> BrowserSession:
        """The network as set-up has opened it."""
        network, known, took = await restored_snapshot.open_network(self.model, progress)
        progress.enter("Starting the network")
        session = BrowserSession("wasm", network, self.model.input_size)
        try:
            if known is not None:
                found = select(candidates(known.outputs), known.width, known.height)
                self._compare(found, known.width, known.height)
                session.checked_in = took
            elif not await is_trusted(self.model):
                await self._check(session, self._picture(), progress)
            await trust(self.model)
        except Exception:
            await session.close()
            raise
        return session

    async def _open_anew(self, name: str, progress: Progress) -> BrowserSession:
        note, device = "", None
        if _on_webgpu(name):
            adapter = await self.adapter()
            adapter.check(self.wanted == "webgpu")
            device = await adapter.device()
            note = "on a software adapter: slow" if adapter.software else ""
        # The known picture comes while the session starts.
        trusted = name == "wasm" and await is_trusted(self.model)
        picture = None if trusted else self._picture()
        try:
            session = await open_in(name, self._manifest, self.model.name, device, progress)
        except Exception as error:
            if picture is not None:
                await picture.discard()
            if device is not None:
                device.give_back()
            if isinstance(error, ProviderError):
                runtime.renew(name)  # a start that failed is remembered by this copy of onnxruntime-web
            raise
        session.note = note
        try:
            if picture is not None:
                await self._check(session, picture, progress)
            if name == "wasm":
                await trust(self.model)
        except Exception:
            await session.close()
            raise
        return session

    def _picture(self) -> Coming:
        return Coming(fetch_picture(MODELS + self._known.picture))

    async def _check(self, session: BrowserSession, picture: Coming, progress: Progress) -> None:
        """Raises WrongResultError unless the session finds in the known picture what is known to be there."""
        progress.enter("Checking it on a known picture")
        began = now()
        bitmap: js.ImageBitmap = await picture.take()
        try:
            width, height = session.size(bitmap)
            found = select(await session.run(await session.grab(bitmap)), width, height)
        finally:
            bitmap.close()
        self._compare(found, width, height)
        session.checked_in = now() - began

    def _compare(self, found: "list[Detection]", width: float, height: float) -> None:
        """Raises WrongResultError."""
        wrong = self._known.differences(found, width, height)
        if wrong:
            raise WrongResultError("It computed a known picture wrong: " + "; ".join(wrong))


def _on_webgpu(name: str) -> bool:
    return name == "webgpu" or name in ON_GPU
