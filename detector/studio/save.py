"""A picture with its boxes, drawn by Pillow in the picture's own size, as a file."""

import io
from collections.abc import Sequence
from typing import Any

from PIL import Image

from detector.detection import Box, Detection
from detector.errors import InputError
from detector.pillow.render import render

# Label, class id, score, and x, y, width, height in the picture's pixels.
Found = tuple[str, int, float, Sequence[float]]

# JPEG: colours at full resolution, as thin lines in bright colours suffer first. PNG: a third of the default's time for
# a few percent of size.
OPTIONS: dict[str, dict[str, Any]] = {
    "image/jpeg": {"format": "JPEG", "quality": 92, "subsampling": 0},
    "image/png": {"format": "PNG", "compress_level": 3},
}


def save(
    pixels: bytes, width: int, height: int, found: Sequence[Found], mirror: bool, type: str
) -> dict[str, object]:
    """The picture as a file: {"type", "content"}.

    pixels: height x width x 4 bytes (or a memoryview of them), RGBA, upright. found: best first. mirror: mirror picture
    and boxes. type: "image/jpeg" or "image/png". The file holds nothing but the picture: no EXIF, no place, no time.
    """
    if type not in OPTIONS:
        raise InputError(f"The studio writes no {type}.", f"Choose {' or '.join(OPTIONS)}.")
    if len(pixels) != width * height * 4 or not pixels:
        raise InputError(f"{len(pixels)} bytes are no picture of {width} x {height} pixels.")
    picture = Image.frombuffer("RGBA", (width, height), pixels, "raw", "RGBA", 0, 1)
    detections = [Detection(label, id, score, Box(*box)) for label, id, score, box in found]
    file = io.BytesIO()
    render(picture, detections, mirror=mirror).save(file, **OPTIONS[type])
    return {"type": type, "content": file.getvalue()}
