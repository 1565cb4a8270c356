"""The network in the browser, behind the core's Session protocol: size, blank, grab, run, close."""

from detector.browser.platform.interop import supervise
from detector.browser.sources.frame_grabber import Grabber, is_resized, is_video_element, size_of
from detector.errors import ProviderError
from detector.vision.non_maximum_suppression import Candidates
from detector.vision.regions import WHOLE, Region

TYPE_CHECKING = False
if TYPE_CHECKING:
    import js
    from ort import Outputs, Tensor

    from detector.browser.network.graph import Graph
    from detector.browser.network.graphics_adapter import GraphicsDevice


class BrowserSession:
    """The whole network, pixels to candidates, in one graph: for the wasm and webgpu providers.

    device: the graphics device it runs on, to be given back, or None.
    """

    feed = "image"  # what the network calls its input

    def __init__(
        self, provider: str, network: "Graph", input_size: int, device: "GraphicsDevice | None" = None
    ) -> None:
        self.provider = provider
        # What to ask the factory for to get its like: the provider, but for those that use one in another way.
        self.arrangement = provider
        self.note = ""  # what to know about the provider
        self.checked_in = 0.0  # ms that the known picture took: the first run, with all that it compiles
        self._network = network
        self._device = device
        self._lost = ""  # why the device is gone
        self._shape = (1, input_size, input_size, 4)
        self._grabber = Grabber(input_size)
        if device is not None:
            supervise(self._watch(device), self._unwatched)

    @property
    def took(self) -> float:
        """ms of the last run, without the wait for others."""
        return self._network.took

    @property
    def spent(self) -> float:
        """ms that were needed to open it and for all its runs, without the waits."""
        return self._network.spent

    def size(self, frame: "js.CanvasImageSource") -> tuple[float, float]:
        """(width, height) in source pixels."""
        width, height = size_of(frame)
        return width, height

    def resized(self, frame: "js.CanvasImageSource", width: float, height: float) -> bool:
        """Whether a video has another size by now, and still shows something."""
        return is_video_element(frame) and is_resized(frame, width, height)

    def moves(self, frame: "js.CanvasImageSource") -> bool:
        """Whether it is a video."""
        return is_video_element(frame)

    def blank(self) -> "js.HTMLCanvasElement":
        """A frame to warm up with."""
        canvas: js.HTMLCanvasElement = self._grabber.canvas
        return canvas

    async def grab(self, frame: "js.CanvasImageSource", region: Region = WHOLE) -> "Tensor":
        """A region of the frame as the network's input: a uint8 tensor [1, size, size, 4] of RGBA."""
        # A fresh array every time: the inference worker takes the buffer with it.
        return self._network.tensor("uint8", await self._grabber.rgba(frame, region), self._shape)

    async def run(self, tensor: "Tensor") -> Candidates:
        """The network's candidates for one grabbed frame, as JavaScript's typed arrays."""
        try:
            self._check_device()
            found = candidates(await self._network.run(**{self.feed: tensor}))
        except ProviderError:
            self._check_device()  # which says why; the failed run only says that
            raise
        self._check_device()  # a run that ended with its device has no result to trust
        return found

    async def close(self) -> None:
        """Free the session, its device and the canvas."""
        try:
            await self._network.close()
        finally:
            self._grabber.close()
            if self._device is not None:
                self._device.give_back()

    async def _watch(self, device: "GraphicsDevice") -> None:
        info = await device.gpu.lost
        self._lost = str(info.message) or str(info.reason)

    def _unwatched(self, error: BaseException) -> None:
        """This browser does not tell of lost devices. Then runs fail, which is enough."""

    def _check_device(self) -> None:
        if self._lost:
            raise ProviderError("The graphics device was lost (" + self._lost + ").")


class SplitSession(BrowserSession):
    """The network in two graphs, for WebGL, which has no top-k.

    The heads run on WebGL; the tail (sigmoid, box decode, top-k) runs on wasm.
    """

    def __init__(self, provider: str, heads: "Graph", tail: "Graph", input_size: int) -> None:
        super().__init__(provider, heads, input_size)
        self._tail = tail

    @property
    def took(self) -> float:
        """ms of the last run of both graphs, without the wait for others."""
        return self._network.took + self._tail.took

    @property
    def spent(self) -> float:
        """ms that were needed to open both and for all their runs, without the waits."""
        return self._network.spent + self._tail.spent

    async def run(self, tensor: "Tensor") -> Candidates:
        heads = await self._network.run(image=tensor)
        encodings = self._moved(heads.encodings)
        logits = self._moved(heads.logits)
        return candidates(await self._tail.run(encodings=encodings, logits=logits))

    def _moved(self, tensor: "Tensor") -> "Tensor":
        """The same data and dims as a tensor of the other build's own kind."""
        return self._tail.tensor(
            "float32", tensor.data, tuple(tensor.dims[i] for i in range(tensor.dims.length))
        )

    async def close(self) -> None:
        try:
            await super().close()
        finally:
            await self._tail.close()


def candidates(outputs: "Outputs") -> Candidates:
    """What the network gives, as the core takes it: typed arrays by name."""
    return Candidates(
        outputs.boxes.data, outputs.scores.data, outputs.class_ids.data, outputs.anchor_ids.data
    )
