"""Frames into tensors: draw what the source shows to the network's size, and hand its bytes over.

The pixels never enter Python: canvas, bytes and tensor are JavaScript's, Python only names them.
"""

import js

from detector.browser.interop import attempt, failure, to_js
from detector.errors import InputError

# Where each kind of source keeps the size of its picture, in pixels.
_SIZES = (
    ("videoWidth", "videoHeight"),
    ("naturalWidth", "naturalHeight"),
    ("displayWidth", "displayHeight"),
    ("width", "height"),
)


def size_of(frame: object) -> tuple:
    """(width, height) of a video, image, bitmap or canvas, in source pixels. Raises InputError when there is none."""
    for width_name, height_name in _SIZES:
        width = getattr(frame, width_name, None)
        height = getattr(frame, height_name, None)
        if isinstance(width, (int, float)) and isinstance(height, (int, float)):
            if width > 0 and height > 0:
                return width, height
            raise InputError("This frame has no pixels yet.")
    raise InputError("This is not a picture: expected a video, image, bitmap or canvas.")


class Grabber:
    """One canvas of `size` x `size` pixels, drawn over for every frame."""

    def __init__(self, size: int, on_gpu: bool = False) -> None:
        """on_gpu: nobody reads it back; who takes it is on the GPU too."""
        self.size = size
        self.canvas = js.document.createElement("canvas")
        self.canvas.width = self.canvas.height = size
        # Read every frame: kept in main memory, where reading costs a copy and not a trip to the GPU.
        options = {"willReadFrequently": not on_gpu, "alpha": False}
        self._context = self.canvas.getContext("2d", to_js(options))

    async def draw(self, frame: object) -> object:
        """The canvas, with the frame stretched to its size."""
        try:
            await attempt(self._context, "drawImage", frame, 0, 0, self.size, self.size)
        except Exception as error:
            raise InputError("This frame could not be drawn (" + failure(error)[1] + ").")
        return self.canvas

    async def rgba(self, frame: object) -> object:
        """The frame, stretched to size x size, as a fresh `Uint8Array` of RGBA bytes [size * size * 4]."""
        await self.draw(frame)
        pixels = self._context.getImageData(0, 0, self.size, self.size)
        return js.Uint8Array.new(pixels.data.buffer)

    def close(self) -> None:
        """Give the canvas' memory back."""
        self.canvas.width = self.canvas.height = 0
