"""A glance at a moving picture: a few hundred grey cells, for the motion gate (detector/pacing) to see what moves.

Whole pictures never enter Python, and these 300 bytes cost it 0.1 ms. Scaling and grey are the canvas' work; drawing a
video's frame costs its conversion, which a look at the same frame then need not do again.
"""

import js

from detector.browser.platform.interop import to_js

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import CanvasImageSource, CanvasRenderingContext2D

COLUMNS = 20
ROWS = 15

# Each half as large as the one before, down to twice the cells: a canvas that is halved becomes means of four pixels.
HALVES = (16, 8, 4, 2)


class MotionCells:
    """One canvas of COLUMNS x ROWS pixels, and where the browser only samples, some larger ones on the way to it."""

    def __init__(self) -> None:
        self._context = _context(COLUMNS, ROWS)
        self._context.fillStyle = "#000"
        self._steps = [] if _averages() else [_context(COLUMNS * by, ROWS * by) for by in HALVES]

    def cells(self, frame: "CanvasImageSource") -> bytes:
        """The frame's brightness, 0 to 255, in ROWS rows of COLUMNS cells."""
        context = self._context
        for step in self._steps:
            step.drawImage(frame, 0, 0, step.canvas.width, step.canvas.height)
            frame = step.canvas
        context.globalCompositeOperation = "source-over"
        context.drawImage(frame, 0, 0, COLUMNS, ROWS)
        # No saturation, the same luminosity.
        context.globalCompositeOperation = "saturation"
        context.fillRect(0, 0, COLUMNS, ROWS)
        pixels = context.getImageData(0, 0, COLUMNS, ROWS)
        # A Uint8Array made of 32-bit RGBA numbers keeps their lowest byte: the first of the four, all grey alike.
        return bytes(js.Uint8Array.new(js.Uint32Array.new(pixels.data.buffer)))


def _context(columns: int, rows: int) -> "CanvasRenderingContext2D":
    canvas = js.document.createElement("canvas")
    canvas.width = columns
    canvas.height = rows
    # Read each time, so kept in main memory.
    context = canvas.getContext("2d", to_js({"willReadFrequently": True, "alpha": False}))
    # Else each cell would be a sample of a few pixels, and all their noise. Setting the size resets it.
    context.imageSmoothingQuality = "medium"
    return context


def _averages() -> bool:
    """Whether this browser scales down by averages. Firefox and WebKit take a few pixels of each cell, and no more."""
    fine = _context(64, 64)
    fine.fillStyle = "#fff"
    for column in range(2, 64, 8):
        fine.fillRect(column, 0, 4, 64)  # the middle, all that a sample sees, is black
    coarse = _context(3, 3)
    coarse.drawImage(fine.canvas, 0, 0, 3, 3)
    grey = coarse.getImageData(1, 1, 1, 1).data[0]
    return 96 < grey < 160
