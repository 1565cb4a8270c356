"""Draw commands, which a canvas and Pillow execute alike: in order, in picture pixels, colours as "#rrggbb".

- Stroke: the outline of a rectangle, its line centred on the edge, half inside and half outside, as a canvas
  strokes it.
- Fill: a filled rectangle.
- Line: from one point to another, its ends round.
- Text: one line, beginning at x (left), its middle at y: canvas' textBaseline "middle", Pillow's anchor "lm".

A Label is what a style asks for, and not drawn itself: draw() finds its place, and makes it a Fill with a Text.
"""

from collections import namedtuple

from detector.detection import Box

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NamedTuple

    Measure = Callable[[str, float], float]

    class Stroke(NamedTuple):
        x: float
        y: float
        width: float
        height: float
        color: str
        line_width: float

    class Fill(NamedTuple):
        x: float
        y: float
        width: float
        height: float
        color: str

    class Line(NamedTuple):
        x0: float
        y0: float
        x1: float
        y1: float
        color: str
        line_width: float

    class Text(NamedTuple):
        x: float
        y: float
        text: str
        color: str
        size: float

    class Label(NamedTuple):
        """A line of text on a ground: at a distance from its left edge, padding, and half-way down."""

        width: float
        height: float
        text: str
        size: float
        padding: float
        ground: str
        ink: str

    class Canvas(NamedTuple):
        """What is drawn on, in picture pixels.

        measure(text, size): how wide a text of that size is. scale: picture pixels per screen pixel.
        """

        width: float
        height: float
        measure: Measure
        scale: float

    Command = Stroke | Fill | Line | Text
else:
    Stroke = namedtuple("Stroke", ("x", "y", "width", "height", "color", "line_width"))
    Fill = namedtuple("Fill", ("x", "y", "width", "height", "color"))
    Line = namedtuple("Line", ("x0", "y0", "x1", "y1", "color", "line_width"))
    Text = namedtuple("Text", ("x", "y", "text", "color", "size"))
    Label = namedtuple("Label", ("width", "height", "text", "size", "padding", "ground", "ink"))
    Canvas = namedtuple("Canvas", ("width", "height", "measure", "scale"))

LINE = 2  # screen pixels


def line_width(box: Box, scale: float) -> float:
    """Of a box's outline: as on the screen, but never wider than the box."""
    return min(LINE * scale, box.width, box.height)
