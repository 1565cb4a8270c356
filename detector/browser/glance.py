"""A glance at a moving picture: a few hundred grey cells, for `detector.motion` to see whether anything moves.

Whole pictures never enter Python, and these 300 bytes cost it 0.1 ms. Scaling and grey are the canvas' work; drawing a
video's frame costs its conversion, which a look at the same frame then need not do again.
"""

import js

from detector.browser.interop import to_js

COLUMNS = 20
ROWS = 15


class Glance:
    """One canvas of COLUMNS x ROWS pixels."""

    def __init__(self) -> None:
        canvas = js.document.createElement("canvas")
        canvas.width = COLUMNS
        canvas.height = ROWS
        # Read each time, so kept in main memory.
        self._context = canvas.getContext("2d", to_js({"willReadFrequently": True, "alpha": False}))
        # Else each cell would be a sample of a few pixels, and all their noise. Setting the size resets it.
        self._context.imageSmoothingQuality = "medium"
        self._context.fillStyle = "#000"

    def cells(self, frame: object) -> bytes:
        """The frame's brightness, 0 to 255, in ROWS rows of COLUMNS cells."""
        context = self._context
        context.globalCompositeOperation = "source-over"
        context.drawImage(frame, 0, 0, COLUMNS, ROWS)
        # No saturation, the same luminosity.
        context.globalCompositeOperation = "saturation"
        context.fillRect(0, 0, COLUMNS, ROWS)
        pixels = context.getImageData(0, 0, COLUMNS, ROWS)
        # A Uint8Array made of 32-bit RGBA numbers keeps their lowest byte: the first of the four, all grey alike.
        return bytes(js.Uint8Array.new(js.Uint32Array.new(pixels.data.buffer)))
