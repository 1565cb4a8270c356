"""The canvas that shows a photo."""

from detector.browser.platform.interop import attempt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import HTMLCanvasElement, HTMLVideoElement, ImageBitmap

LARGEST_SIDE = 2560  # larger photos are shown smaller; they are still detected and saved at their own size


class PhotoCanvas:
    """Shows a bitmap, which stays its owner's."""

    def __init__(self, canvas: "HTMLCanvasElement") -> None:
        self._canvas = canvas

    async def show(self, bitmap: "HTMLVideoElement | ImageBitmap") -> None:
        """Paint it. Raises what the browser rejects."""
        shrink = min(1.0, LARGEST_SIDE / max(bitmap.width, bitmap.height))
        self._canvas.width = max(1, round(bitmap.width * shrink))
        self._canvas.height = max(1, round(bitmap.height * shrink))
        context = self._canvas.getContext("2d")
        await attempt(context, "drawImage", bitmap, 0, 0, self._canvas.width, self._canvas.height)
        self._canvas.hidden = False

    def clear(self) -> None:
        """Hide it, and free its pixels."""
        self._canvas.hidden = True
        self._canvas.width = self._canvas.height = 1
