"""The page's icon in pixels, for those who install it as an app: drawn from the shapes of web/icon.svg.

`vendor/icons/icon-192.png` and `icon-512.png` have its round corners; `maskable-512.png`, which phones cut to their
own shapes, and `apple-touch-icon.png` fill their square, with everything that matters well inside.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.common import files, paths, progress, stamps

FOLDER = paths.VENDOR / "icons"
SIDE, MIDDLE = 64, 32  # units of the drawing, as in web/icon.svg
BLUE, WHITE, CLEAR = (11, 87, 208, 255), (255, 255, 255, 255), (11, 87, 208, 0)
FINER = 4  # drawn so many times as large, then scaled down: Pillow draws without smoothing edges

Box = tuple[float, float, float, float]  # left, top, right, bottom, in units

# round or not, box, colour; each is drawn in all four quarters
SHAPES: list[tuple[bool, Box, tuple[int, int, int, int]]] = [
    (True, (12, 12, 20, 20), WHITE),  # the bend of a corner
    (False, (16, 16, 24, 24), BLUE),  # sharp inside
    (False, (12, 16, 16, 24), WHITE),
    (False, (16, 12, 24, 16), WHITE),
    (True, (12, 22, 16, 26), WHITE),  # its round ends
    (True, (22, 12, 26, 16), WHITE),
    (True, (24, 24, 40, 40), WHITE),  # the eye
]


@dataclass(frozen=True)
class Icon:
    """One file: its pixels on a side, the radius of its corners in units, and the scale of what is drawn on it."""

    file: str
    pixels: int
    radius: float = 0
    scale: float = 1


# A mask may leave a circle of 80% of the side (W3C, Web Application Manifest, "Safe zone of a maskable icon").
ICONS = [
    Icon("icon-192.png", 192, radius=14),
    Icon("icon-512.png", 512, radius=14),
    Icon("maskable-512.png", 512, scale=0.8),
    Icon("apple-touch-icon.png", 180, scale=0.9),
]


def ensure() -> None:
    """Draw the icons."""
    drawing = paths.ROOT / "web/icon.svg"  # not read: but whoever changes it is to change this file
    stamp = stamps.Stamp("icons", [Path(__file__), drawing])
    stamps.run_once(stamp, "icons", _make)


def _make(step: progress.Step) -> list[Path]:
    made = [files.write(FOLDER / icon.file, png(icon)) for icon in ICONS]
    for path in made:
        step.add(path)
    return made


def png(icon: Icon) -> bytes:
    """The icon as a PNG file."""
    from PIL import Image, ImageDraw  # only in .venv

    side = icon.pixels * FINER
    picture = Image.new("RGBA", (side, side), CLEAR)
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, side - 1, side - 1), icon.radius * side / SIDE, BLUE)
    for round_shape, box, colour in SHAPES:
        for placed in mirrored(box):
            left, top, right, bottom = (((at - MIDDLE) * icon.scale + MIDDLE) * side / SIDE for at in placed)
            draw = pen.ellipse if round_shape else pen.rectangle
            draw((left, top, right - 1, bottom - 1), colour)  # Pillow counts the last pixels in
    small = picture.resize((icon.pixels, icon.pixels), Image.Resampling.BOX)
    if not icon.radius:
        small = small.convert("RGB")  # nothing to see through: iOS would paint it black
    buffer = io.BytesIO()
    small.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def mirrored(box: Box) -> Iterator[Box]:
    """A box of the upper left quarter, and the same in the other three."""
    left, top, right, bottom = box
    for x1, x2 in ((left, right), (SIDE - right, SIDE - left)):
        for y1, y2 in ((top, bottom), (SIDE - bottom, SIDE - top)):
            yield x1, y1, x2, y2
