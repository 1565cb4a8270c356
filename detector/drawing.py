"""From detections to draw commands, which a canvas and Pillow execute alike.

    draw(detections, 640, 480, measure=lambda text, size: 0.6 * size * len(text))

gives a list of three kinds of command, to be executed in order: in picture pixels, colours as "#rrggbb".

- Stroke: the outline of a rectangle, its line centred on the edge, half inside and half outside, as a canvas
  strokes it. draw() places it so that the whole line lies inside the box.
- Fill: a filled rectangle.
- Text: one line, beginning at x (left), its middle at y: canvas' textBaseline "middle", Pillow's anchor "lm".
"""

from collections import namedtuple

from detector.detection import Box, Detection
from detector.palette import color_of, ink_for

Stroke = namedtuple("Stroke", ("x", "y", "width", "height", "color", "line_width"))
Fill = namedtuple("Fill", ("x", "y", "width", "height", "color"))
Text = namedtuple("Text", ("x", "y", "text", "color", "size"))

# In screen pixels.
LINE = 2
TEXT_SIZE = 14
PLATE_HEIGHT = 20
PADDING = 4


def draw(  # type: ignore[no-untyped-def]  # callables are typing's to describe, which MicroPython lacks
    detections: list[Detection],
    width: float,
    height: float,
    *,
    measure,
    mirror: bool = False,
    scale: float = 1.0,
    style: str = "full",
) -> list[object]:
    """Commands that draw the detections, given best first, over a picture of width x height pixels.

    measure(text, size): how wide a text of that size is, in picture pixels.
    mirror: the picture is shown mirrored; boxes change sides, text does not.
    scale: picture pixels per screen pixel. Lines are 2 px and text 14 px on the screen, however large the
    picture is, and edges fall on whole screen pixels, where lines are crisp.

    style: "full", "outline" without labels, or "corners" alone.

    The best comes last, on top of the others, and all labels after all boxes: no line crosses a label.
    """
    if not (width > 0 and height > 0 and scale > 0):
        return []
    boxes: list[object] = []
    plates: list[object] = []
    for detection in reversed(detections):
        box = _snapped(_mirrored(detection.box, width) if mirror else detection.box, width, height, scale)
        color = color_of(detection.class_id)
        line = min(LINE * scale, box.width, box.height)
        if style == "corners":
            boxes.extend(_corners(box, color, line))
            continue
        boxes.append(
            Stroke(box.x + line / 2, box.y + line / 2, box.width - line, box.height - line, color, line)
        )
        if style == "full":
            plates.extend(_plate(detection, box, color, width, height, measure, scale))
    return boxes + plates


def _corners(box: Box, color: str, line: float) -> list[object]:
    """A bracket in each corner, each arm a quarter of its side; twice as wide as a box's line."""
    thick = min(2 * line, box.width, box.height)
    across = max(box.width / 4, thick)
    down = max(box.height / 4, thick)
    fills: list[object] = []
    for y in (box.y, box.bottom - thick):
        fills.append(Fill(box.x, y, across, thick, color))
        fills.append(Fill(box.right - across, y, across, thick, color))
    for x in (box.x, box.right - thick):
        fills.append(Fill(x, box.y, thick, down, color))
        fills.append(Fill(x, box.bottom - down, thick, down, color))
    return fills


def caption(detection: Detection) -> str:
    """What the label says: "person 87%"."""
    return f"{detection.label} {int(detection.score * 100 + 0.5)}%"


def _plate(  # type: ignore[no-untyped-def]
    detection: Detection, box: Box, color: str, width: float, height: float, measure, scale: float
) -> list[object]:
    """The label: above the box, or inside its upper edge where there is no room; always in the picture."""
    size = TEXT_SIZE * scale
    padding = PADDING * scale
    plate_height = PLATE_HEIGHT * scale
    text = _fitting(detection, width - 2 * padding, size, measure)
    if not text or plate_height > height:
        return []
    plate_width = min(_up(measure(text, size) + 2 * padding, scale), width)
    x = min(box.x, width - plate_width)
    y = box.y - plate_height if box.y >= plate_height else min(box.y, height - plate_height)
    return [
        Fill(x, y, plate_width, plate_height, color),
        Text(x + padding, y + plate_height / 2, text, ink_for(color), size),
    ]


def _fitting(detection: Detection, room: float, size: float, measure) -> str:  # type: ignore[no-untyped-def]
    """What there is room for: the whole caption, the label alone, its beginning, or nothing."""
    text = caption(detection)
    if measure(text, size) <= room:
        return text
    text = detection.label
    while text and measure(text, size) > room:
        text = text[:-1]
    return text


def _mirrored(box: Box, width: float) -> Box:
    return Box(width - box.right, box.y, box.width, box.height)


def _snapped(box: Box, width: float, height: float, grid: float) -> Box:
    """The box with its edges on multiples of grid, or of the picture; not smaller than grid where it can."""
    x0, x1 = _edges(box.x, box.right, width, grid)
    y0, y1 = _edges(box.y, box.bottom, height, grid)
    return Box(x0, y0, x1 - x0, y1 - y0)


def _edges(low: float, high: float, limit: float, grid: float) -> tuple[float, float]:
    start = max(0.0, min(int(low / grid + 0.5) * grid, limit - grid))
    end = min(max(int(high / grid + 0.5) * grid, start + grid), limit)
    return start, end


def _up(value: float, grid: float) -> float:
    """The next multiple of grid from value up."""
    return -(-value // grid) * grid
