"""Draw commands on a Pillow picture: what detector/browser's canvas does, for CPython and the studio.

    from PIL import Image
    annotated = render(Image.open("photo.jpg"), detections)

The geometry is the canvas' own, to the pixel; glyphs differ, as fonts do.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import floor
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from detector.detection import Detection
from detector.drawing.commands import Fill, Line, Stroke
from detector.drawing.draw import draw
from detector.errors import UnsupportedError

if TYPE_CHECKING:
    from detector.drawing.commands import Command
    from detector.drawing.label_memory import LabelMemory
    from detector.drawing.marks import Mark
    from detector.tracking.tracker import Track

# Lines and text are made for a picture that is shown about this wide or high, in pixels.
SHOWN_SIZE = 960


def render(
    picture: Image.Image,
    detections: Sequence[Detection],
    *,
    mirror: bool = False,
    scale: float | None = None,
    memory: "LabelMemory | None" = None,
    tracks: "Sequence[Track]" = (),
    marks: "Sequence[Mark]" = (),
) -> Image.Image:
    """A copy of the picture, RGB, with the detections (in its pixels, best first) drawn on it.

    mirror: mirror picture and boxes, as the page shows a camera that faces the visitor. scale: picture
    pixels per screen pixel; left out, it is a whole number that fits the picture's size, so that lines are
    crisp. memory: one LabelMemory for all pictures of a stream, in which labels then stay where they are. tracks: whose
    ways are drawn, as in a Result's tracks. marks: lines and zones (drawing/marks.py).
    """
    copy = picture.convert("RGB")
    if mirror:
        copy = copy.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    width, height = copy.size
    if scale is None:
        scale = float(max(1, round(max(width, height) / SHOWN_SIZE)))
    commands = draw(
        list(detections),
        width,
        height,
        measure=measure,
        mirror=mirror,
        scale=scale,
        memory=memory,
        tracks=tracks,
        marks=marks,
    )
    execute(commands, copy)
    return copy


def execute(commands: "Sequence[Command]", picture: Image.Image) -> None:
    """Draw onto the picture itself, an RGB one. Edges between pixels go to the nearest."""
    canvas = ImageDraw.Draw(picture)
    for command in commands:
        if isinstance(command, Stroke):
            _stroke(canvas, command)
        elif isinstance(command, Fill):
            right, bottom = command.x + command.width, command.y + command.height
            _fill(canvas, command.x, command.y, right, bottom, command.color)
        elif isinstance(command, Line):
            ends = (command.x0, command.y0, command.x1, command.y1)
            canvas.line(ends, fill=command.color, width=max(1, round(command.line_width)))
        else:
            where = (command.x, command.y)
            canvas.text(where, command.text, fill=command.color, font=font(command.size), anchor="lm")


def measure(text: str, size: float) -> float:
    """The width of a text in pixels, in Pillow's own font."""
    return float(font(size).getlength(text))


@lru_cache(maxsize=32)
def font(size: float) -> ImageFont.FreeTypeFont:
    """Pillow's own font, in pixels. Raises UnsupportedError."""
    loaded = ImageFont.load_default(size)
    if not isinstance(loaded, ImageFont.FreeTypeFont):
        raise UnsupportedError("This Pillow was built without FreeType.", "Install Pillow from its wheels.")
    return loaded


def _stroke(canvas: ImageDraw.ImageDraw, command: Stroke) -> None:
    """The four sides, each reaching half a line to both sides of the edge, as a canvas strokes a rectangle."""
    half = command.line_width / 2
    left, top = command.x, command.y
    right, bottom = command.x + command.width, command.y + command.height
    _fill(canvas, left - half, top - half, right + half, top + half, command.color)
    _fill(canvas, left - half, bottom - half, right + half, bottom + half, command.color)
    _fill(canvas, left - half, top - half, left + half, bottom + half, command.color)
    _fill(canvas, right - half, top - half, right + half, bottom + half, command.color)


def _fill(canvas: ImageDraw.ImageDraw, x0: float, y0: float, x1: float, y1: float, color: str) -> None:
    left, top, right, bottom = (floor(edge + 0.5) for edge in (x0, y0, x1, y1))
    if right > left and bottom > top:
        # Pillow's rectangles include their last row and column.
        canvas.rectangle((left, top, right - 1, bottom - 1), fill=color)
