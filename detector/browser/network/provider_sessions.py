"""A session of a model in each provider: which of its forms that takes, and which build of onnxruntime-web."""

import asyncio

from detector.browser.network import runtime
from detector.browser.network.downloads.download import warm
from detector.browser.network.downloads.manifest import load_model
from detector.browser.network.downloads.prefetch import take
from detector.browser.network.graph import Graph
from detector.browser.network.session import BrowserSession, SplitSession
from detector.browser.platform.interop import record
from detector.errors import ModelLoadError, ProviderError
from detector.running.provider_choice import ON_GPU

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.browser.network.downloads.progress import Progress
    from detector.browser.network.graphics_adapter import GraphicsDevice
    from detector.model import Manifest, Model


async def open_in(
    provider: str, manifest: "Manifest", model: str, device: "GraphicsDevice | None", progress: "Progress"
) -> BrowserSession:
    """Fetch what the model needs in that provider, and start it. Raises ProviderError or ModelError.

    provider: one of them, or of ON_GPU. device: for those that run on WebGPU.
    """
    tail = manifest.model(model, form="tail")
    if provider == "webgl":
        # The tail is a second graph, on wasm: WebGL has no top-k.
        heads = manifest.model(model, form="heads", weights="float32")
        heads_bytes, tail_network, webgl = await asyncio.gather(
            load_model(heads, progress), _first_network("wasm", tail, progress), runtime.load("webgl")
        )
        progress.enter("Starting the network")
        heads_network = await Graph.open(webgl, heads_bytes, "webgl")
        return SplitSession(provider, heads_network, tail_network, heads.input_size)
    if device is not None and provider in ON_GPU:
        return await _open_on_gpu(provider, manifest.model(model, form="planes"), tail, device, progress)
    full = manifest.model(model)
    data, _ = await asyncio.gather(load_model(full, progress), _wake(provider, tail, progress))
    progress.enter("Starting the network")
    chosen = provider if device is None else record(name="webgpu", device=device.gpu)
    network = await Graph.open(await runtime.load(provider), data, chosen)
    return BrowserSession(provider, network, full.input_size, device)


async def _open_on_gpu(
    arrangement: str, form: "Model", tail_form: "Model", device: "GraphicsDevice", progress: "Progress"
) -> BrowserSession:
    from detector.browser.network.gpu_session import open_resident  # few need it, and none for the first box

    data, tail, webgpu = await asyncio.gather(
        load_model(form, progress), _first_network("wasm", tail_form, progress), runtime.load("webgpu")
    )
    try:
        return await open_resident(arrangement, form, tail_form, data, tail, webgpu, device)
    finally:
        await tail.close()  # only asked


async def _wake(provider: str, tail: "Model", progress: "Progress") -> None:
    """Start the runtime while the model is still on its way, unless it runs already."""
    if provider == "wasm":
        # It may have been awakened while Python was starting.
        _, binary = runtime.build_of(provider)
        await asyncio.gather(
            runtime.load(provider), take(runtime.FOLDER + binary, progress.part(binary, "Runtime"))
        )
    if not runtime.is_awake(provider):
        await (await _first_network(provider, tail, progress)).close()


async def _first_network(provider: str, tail: "Model", progress: "Progress") -> Graph:
    """Bring the runtime here and start it with a graph of a few kilobytes, while the model is still on its way.

    Compiling 14 MB of WebAssembly takes longer than anything else; onnxruntime-web does it with the first session.
    """
    _, binary = runtime.build_of(provider)
    try:
        # Into the browser's cache, with progress: onnxruntime-web fetches it by itself, and tells nobody.
        await warm(runtime.FOLDER + binary, progress.part(binary, "Runtime"))
    except ModelLoadError as error:
        raise ProviderError(error.message)
    loaded, data = await asyncio.gather(runtime.load(provider), load_model(tail, progress))
    return await Graph.open(loaded, data, "wasm")
