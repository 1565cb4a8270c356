"""The box alone, without a label."""

from detector.detection import Box, Detection
from detector.drawing.commands import Canvas, Stroke, line_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.drawing.commands import Command, Label

TITLE = "Outlines"


def commands(
    detection: Detection, box: Box, color: str, canvas: Canvas
) -> "tuple[list[Command], list[Command | Label]]":
    """The whole line lies inside the box."""
    line = line_width(box, canvas.scale)
    half = line / 2
    return [Stroke(box.x + half, box.y + half, box.width - line, box.height - line, color, line)], []
