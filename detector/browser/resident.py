"""The network for WebGPU with everything kept on the GPU: the picture drawn there, the best candidates chosen there.

onnxruntime-web runs only the heads, between two shaders of this project: with its top-k, which it has for no GPU, or
with a picture that comes from main memory, nothing could be captured.
"""

import js

from detector.browser.frames import Grabber
from detector.browser.interop import attempt, failure, load_module
from detector.browser.runtime import Network, Runtime
from detector.browser.session import BrowserSession
from detector.choice import CAPTURED
from detector.errors import DetectorError, ProviderError
from detector.model import Model

PLANES = "./web/planes.js"
CANDIDATES = "./web/candidates.js"


class ResidentSession(BrowserSession):
    """The same candidates as BrowserSession's, within a float's rounding. Made by open_resident()."""

    feed = "colours"

    def __init__(
        self, arrangement: str, heads: Network, planes: object, input_size: int, device: object
    ) -> None:
        """arrangement: one of choice.ON_GPU. planes: web/planes.js' `planes` on that device."""
        super().__init__("webgpu", heads, input_size, device)
        self.arrangement = arrangement
        self._planes = planes
        self._input = heads.tensor_on_gpu(planes.buffer, (1, 3, input_size, input_size))
        self._grabber = Grabber(input_size, on_gpu=True)

    async def grab(self, frame: object) -> object:
        """The frame as float32 colours [1, 3, size, size] on the GPU. One frame at a time: the buffer is the same."""
        canvas = await self._grabber.draw(frame)
        try:
            await attempt(self._planes, "take", canvas)
        except Exception as error:
            raise ProviderError("The picture did not get onto the GPU (" + failure(error)[1] + ").")
        return self._input


async def open_resident(
    arrangement: str,
    form: Model,
    tail_form: Model,
    data: object,
    tail: Network,
    engine: Runtime,
    device: object,
    chosen: object,
) -> ResidentSession:
    """A session of the heads in `data`. Raises ProviderError.

    form, tail_form: the manifest's entries of the heads and of the tail, which `tail` runs, on wasm. device: a
    providers.Device. chosen: the provider with its device, as onnxruntime-web wants it.
    """
    try:
        corners, class_ids, best = await _ask(tail, form, tail_form)
        planes = await (await load_module(PLANES)).planes(device.gpu, form.input_size)
        chooser = await (await load_module(CANDIDATES)).candidates(device.gpu, corners, class_ids, best)
        heads = await Network.open(engine, data, chosen, chooser, arrangement == CAPTURED)
    except DetectorError:
        raise
    except Exception as error:
        raise ProviderError("The network cannot be kept on the GPU (" + failure(error)[1] + ").")
    return ResidentSession(arrangement, heads, planes, form.input_size, device)


async def _ask(tail: Network, form: Model, tail_form: Model) -> tuple:
    """(corners, class_ids, best): what the tail knows of its anchors and of the logits' columns.

    It is asked, not read: it decodes encodings of nothing but zeros to the anchors themselves, and those come out
    whose logits are the best. corners: Float32Array [4 * anchors], x0, y0, x1, y1; class_ids: Int32Array [classes].
    """
    shapes = {port.name: port.shape for port in form.outputs}
    anchors, classes = shapes["logits"][1:]
    best = tail_form.outputs[0].shape[1]
    question = (await load_module(CANDIDATES)).question

    async def answers(first: int, step: int) -> object:
        logits = question(anchors, classes, first, step, best)
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
