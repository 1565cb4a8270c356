"""The network for WebGPU with everything kept on the GPU: the picture drawn there, the best candidates chosen there.

onnxruntime-web runs only the heads, between two shaders of this project: with its top-k, which it has for no GPU, or
with a picture that comes from main memory, nothing could be captured.
"""

import js

from detector.browser.network.graph import Graph
from detector.browser.network.session import BrowserSession
from detector.browser.platform.interop import attempt, failure, load_module, record
from detector.browser.sources.frame_grabber import Grabber
from detector.errors import DetectorError, ProviderError
from detector.running.provider_choice import CAPTURED
from detector.vision.regions import WHOLE, Region

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ort import Outputs, Tensor

    from detector.browser.network.graphics_adapter import GraphicsDevice
    from detector.browser.network.runtime import Runtime
    from detector.model import Model
    from web import CandidatesModule, Planes, PlanesModule

PLANES = "./web/planes.js"
CANDIDATES = "./web/candidates.js"


class ResidentSession(BrowserSession):
    """The same candidates as BrowserSession's, within a float's rounding. Made by open_resident()."""

    feed = "colours"

    def __init__(
        self, arrangement: str, heads: Graph, planes: "Planes", input_size: int, device: "GraphicsDevice"
    ) -> None:
        """arrangement: one of provider_choice.ON_GPU. planes: web/planes.js' `planes` on that device."""
        super().__init__("webgpu", heads, input_size, device)
        self.arrangement = arrangement
        self._planes = planes
        self._input = heads.tensor_on_gpu(planes.buffer, (1, 3, input_size, input_size))
        self._grabber = Grabber(input_size, on_gpu=True)

    async def grab(self, frame: "js.CanvasImageSource", region: Region = WHOLE) -> "Tensor":
        """A region as float32 colours [1, 3, size, size] on the GPU. One at a time: the buffer is the same."""
        canvas = await self._grabber.draw(frame, region)
        try:
            await attempt(self._planes, "take", canvas)
        except Exception as error:
            raise ProviderError("The picture did not get onto the GPU (" + failure(error)[1] + ").")
        return self._input


async def open_resident(
    arrangement: str,
    form: "Model",
    tail_form: "Model",
    data: "js.Uint8Array",
    tail: Graph,
    runtime: "Runtime",
    device: "GraphicsDevice",
) -> ResidentSession:
    """A session of the heads in `data`. Raises ProviderError.

    form, tail_form: the manifest's entries of the heads and of the tail, which `tail` runs, on wasm.
    """
    try:
        choosing: CandidatesModule = await load_module(CANDIDATES)
        corners, class_ids, best = await _ask(choosing, tail, form, tail_form)
        drawing: PlanesModule = await load_module(PLANES)
        planes = await drawing.planes(device.gpu, form.input_size)
        chooser = await choosing.candidates(device.gpu, corners, class_ids, best)
        provider = record(name="webgpu", device=device.gpu)
        heads = await Graph.open(runtime, data, provider, chooser, arrangement == CAPTURED)
    except DetectorError:
        raise
    except Exception as error:
        raise ProviderError("The network cannot be kept on the GPU (" + failure(error)[1] + ").")
    return ResidentSession(arrangement, heads, planes, form.input_size, device)


async def _ask(
    choosing: "CandidatesModule", tail: Graph, form: "Model", tail_form: "Model"
) -> "tuple[js.Float32Array, js.Int32Array, int]":
    """(corners, class_ids, best): what the tail knows of its anchors and of the logits' columns.

    It is asked, not read: it decodes encodings of nothing but zeros to the anchors themselves, and those come out
    whose logits are the best. corners: [4 * anchors], x0, y0, x1, y1; class_ids: [classes].
    """
    shapes = {port.name: port.shape for port in form.outputs}
    anchors, classes = shapes["logits"][1:]
    best = tail_form.outputs[0].shape[1]

    async def answers(first: int, step: int) -> "Outputs":
        logits = choosing.question(anchors, classes, first, step, best)
        zeros = js.Float32Array.new(anchors * 4)
        return await tail.run(
            encodings=tail.tensor("float32", zeros, tuple(shapes["encodings"])),
            logits=tail.tensor("float32", logits, tuple(shapes["logits"])),
        )

    corners = js.Float32Array.new(anchors * 4)
    for first in range(0, anchors, best):
        found = (await answers(first * classes, classes)).boxes.data
        corners.set(found.subarray(0, 4 * min(best, anchors - first)), 4 * first)
    class_ids = js.Int32Array.new(classes)
    for first in range(0, classes, best):
        found = (await answers(first, 1)).class_ids.data
        class_ids.set(found.subarray(0, min(best, classes - first)), first)
    return corners, class_ids, best
