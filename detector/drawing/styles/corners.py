"""A bracket in each corner."""

from detector.detection import Box, Detection
from detector.drawing.commands import Canvas, Fill, line_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.drawing.commands import Command, Label

TITLE = "Corners"


def commands(
    detection: Detection, box: Box, color: str, canvas: Canvas
) -> "tuple[list[Command], list[Command | Label]]":
    """Each arm is a quarter of its side; twice as wide as a box's line."""
    line = line_width(box, canvas.scale)
    thick = min(2 * line, box.width, box.height)
    across = max(box.width / 4, thick)
    down = max(box.height / 4, thick)
    fills: list[Command] = []
    for y in (box.y, box.bottom - thick):
        fills.append(Fill(box.x, y, across, thick, color))
        fills.append(Fill(box.right - across, y, across, thick, color))
    for x in (box.x, box.right - thick):
        fills.append(Fill(x, box.y, thick, down, color))
        fills.append(Fill(x, box.bottom - down, thick, down, color))
    return fills, []
