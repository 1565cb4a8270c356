"""For whoever wants to see how it works: the parts that were looked at, and which of them has found each thing."""

from detector.detection import Box, Detection
from detector.drawing.commands import Canvas, Label, Stroke, line_width
from detector.drawing.palette import color_of, ink_for
from detector.drawing.styles import full, outline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.drawing.commands import Command
    from detector.vision.regions import Region

TITLE = "Parts that were looked at"


def commands(
    detection: Detection, box: Box, color: str, canvas: Canvas
) -> "tuple[list[Command], list[Command | Label]]":
    """The box in its part's colour, and the part's number on it; 0: the whole."""
    tint = color_of(detection.look)
    boxes, _ = outline.commands(detection, box, tint, canvas)
    scale = canvas.scale
    size, padding, height = full.TEXT_SIZE * scale, full.PADDING * scale, full.PLATE_HEIGHT * scale
    text = f"{detection.look}: {full.caption(detection)}"
    width = canvas.measure(text, size) + 2 * padding
    if width > canvas.width or height > canvas.height:
        return boxes, []
    return boxes, [Label(width, height, text, size, padding, tint, ink_for(tint))]


def under(regions: "list[Region]", canvas: Canvas, mirror: bool) -> "list[Command]":
    """The outlines of the parts. Each lies a little inside the one before, as their edges are often the same."""
    lines: list[Command] = []
    for number, region in enumerate(regions):
        left, right = region.x0 * canvas.width, region.x1 * canvas.width
        if mirror:
            left, right = canvas.width - right, canvas.width - left
        box = Box(left, region.y0 * canvas.height, right - left, (region.y1 - region.y0) * canvas.height)
        line = line_width(box, canvas.scale)
        inset = line * (number + 0.5)
        width, height = box.width - 2 * inset, box.height - 2 * inset
        if width > 0 and height > 0:
            lines.append(Stroke(box.x + inset, box.y + inset, width, height, color_of(number), line))
    return lines
