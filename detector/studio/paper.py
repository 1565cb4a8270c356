"""What the studio's pictures share: pixels and words from the page, files to it."""

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image

from detector.errors import InputError
from detector.pillow import MOST_PIXELS

# JPEG: colours at full resolution, as thin lines in bright colours suffer first. PNG: a third of the default's time for
# a few percent of size.
OPTIONS: dict[str, dict[str, Any]] = {
    "image/jpeg": {"format": "JPEG", "quality": 92, "subsampling": 0},
    "image/png": {"format": "PNG", "compress_level": 3},
    "image/webp": {"format": "WEBP", "quality": 92},
}
LARGEST_WEBP = 16383  # pixels at either side, by its format

# A line of text as the browser has drawn it: {"width", "height", "mask"}, a byte for each pixel, 0 to 255.
Line = Mapping[str, Any]


def picture_of(pixels: bytes, width: int, height: int) -> Image.Image:
    """pixels: height x width x 4 bytes (or a memoryview of them), RGBA. Raises InputError."""
    if width * height > MOST_PIXELS:
        fits = f"At most {MOST_PIXELS // 10**6} megapixels fit."
        raise InputError(f"{width} x {height} pixels are too many.", fits)
    if len(pixels) != width * height * 4 or not pixels:
        raise InputError(f"{len(pixels)} bytes are no picture of {width} x {height} pixels.")
    return Image.frombuffer("RGBA", (width, height), pixels, "raw", "RGBA", 0, 1)


def check_type(type: str) -> None:
    """Raises InputError for what cannot be written."""
    if type not in OPTIONS:
        raise InputError(f"The studio writes no {type}.", f"Choose {', '.join(OPTIONS)}.")


def as_file(picture: Image.Image, type: str) -> dict[str, object]:
    """{"type", "content"}. The file holds nothing but the picture: no EXIF, no place, no time, no profile."""
    check_type(type)
    if type == "image/webp" and max(picture.size) > LARGEST_WEBP:
        raise InputError("This picture is too large for WebP.", "Choose PNG or JPEG.")
    file = io.BytesIO()
    picture.save(file, **OPTIONS[type])
    return {"type": type, "content": file.getvalue()}


def write(onto: Image.Image, line: Line, x: int, y: int, color: str) -> None:
    """Put a line of text onto an RGB picture, its left upper corner at x and y."""
    size = (line["width"], line["height"])
    onto.paste(color, (x, y), Image.frombuffer("L", size, line["mask"], "raw", "L", 0, 1))
