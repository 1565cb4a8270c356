"""Frames into tensors: draw what the source shows to the network's size, and hand its bytes over.

The pixels never enter Python: canvas, bytes and tensor are JavaScript's, Python only names them.
"""

import js

from detector.browser.platform.interop import WEBKIT, attempt, failure, has, to_js
from detector.errors import InputError
from detector.vision import MOST_VIDEO_PIXELS
from detector.vision.regions import WHOLE, Region

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import CanvasImageSource, HTMLCanvasElement, HTMLVideoElement, ImageBitmap, JsProxy, Uint8Array
    from typing_extensions import TypeIs

LARGEST_CANVAS = 16_777_216  # pixels, on iOS

# Where each kind of source keeps the size of its picture, in pixels.
_SIZES = (
    ("videoWidth", "videoHeight"),
    ("naturalWidth", "naturalHeight"),
    ("displayWidth", "displayHeight"),
    ("width", "height"),
)


def size_of(frame: "CanvasImageSource") -> tuple[float, float]:
    """(width, height) of a video, image, bitmap or canvas, in source pixels. Raises InputError when there is none."""
    for width_name, height_name in _SIZES:
        width = getattr(frame, width_name, None)
        height = getattr(frame, height_name, None)
        if isinstance(width, (int, float)) and isinstance(height, (int, float)):
            if width > 0 and height > 0:
                return width, height
            raise InputError("This frame has no pixels yet.")
    raise InputError("This is not a picture: expected a video, image, bitmap or canvas.")


def is_huge(video: "HTMLVideoElement") -> bool:
    """Whether a frame of a video is too large to be drawn."""
    return video.videoWidth * video.videoHeight > MOST_VIDEO_PIXELS


def is_resized(video: "HTMLVideoElement", width: float, height: float) -> bool:
    """Whether a video shows frames of another size than this, as a camera does that was turned."""
    return bool(video.videoWidth) and (video.videoWidth, video.videoHeight) != (width, height)


def is_bitmap(picture: "JsProxy") -> "TypeIs[ImageBitmap]":
    """Whether it is an ImageBitmap."""
    return picture.constructor.name == "ImageBitmap"


def is_video_element(picture: "JsProxy") -> "TypeIs[HTMLVideoElement]":
    """Whether it is a video element."""
    return has(picture, "videoWidth")


async def _staged(bitmap: "ImageBitmap", size: int) -> "HTMLCanvasElement | None":
    """A canvas with the bitmap as it is; None where that would change nothing, or be too large for a canvas on iOS.

    WebKit scales an ImageBitmap otherwise than a canvas, an image or a video: the network's scores then differ by up
    to 0.03 from those in other browsers. Over a canvas, its pixels are the same as theirs.
    """
    if bitmap.width == bitmap.height == size or bitmap.width * bitmap.height > LARGEST_CANVAS:
        return None
    canvas = js.document.createElement("canvas")
    canvas.width = bitmap.width
    canvas.height = bitmap.height
    context = canvas.getContext("2d", to_js({"willReadFrequently": True, "alpha": False}))
    await attempt(context, "drawImage", bitmap, 0, 0)
    return canvas


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

    async def draw(self, frame: "CanvasImageSource", region: Region = WHOLE) -> "HTMLCanvasElement":
        """The canvas, with a region of the frame stretched to its size. Raises InputError."""
        staged = None
        try:
            # Here, as it may have grown since somebody decided to look at it.
            if is_video_element(frame) and is_huge(frame):
                raise InputError(f"{frame.videoWidth} × {frame.videoHeight}")
            if WEBKIT and is_bitmap(frame):
                staged = await _staged(frame, self.size)
            source: list[float] = []
            if region != WHOLE:
                width, height = size_of(frame)
                x0, y0, x1, y1 = region
                source = [x0 * width, y0 * height, (x1 - x0) * width, (y1 - y0) * height]
            await attempt(self._context, "drawImage", staged or frame, *source, 0, 0, self.size, self.size)
        except Exception as error:
            raise InputError("This frame could not be drawn (" + failure(error)[1] + ").")
        finally:
            if staged:
                staged.width = staged.height = 0
        return self.canvas

    async def rgba(self, frame: "CanvasImageSource", region: Region = WHOLE) -> "Uint8Array":
        """A region, stretched to size x size, as a fresh `Uint8Array` of RGBA bytes [size * size * 4]."""
        await self.draw(frame, region)
        pixels = self._context.getImageData(0, 0, self.size, self.size)
        return js.Uint8Array.new(pixels.data.buffer)

    def close(self) -> None:
        """Give the canvas' memory back."""
        self.canvas.width = self.canvas.height = 0
