"""The box and what it is, with how sure."""

from detector.detection import Box, Detection
from detector.drawing.commands import Canvas, Label
from detector.drawing.palette import ink_for
from detector.drawing.styles import outline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.drawing.commands import Command, Measure

TITLE = "With labels"

# In screen pixels.
TEXT_SIZE = 14
PLATE_HEIGHT = 20
PADDING = 4


def commands(
    detection: Detection, box: Box, color: str, canvas: Canvas
) -> "tuple[list[Command], list[Command | Label]]":
    """Labels lie over all boxes: no line crosses one."""
    boxes, _ = outline.commands(detection, box, color, canvas)
    return boxes, _label(detection, color, canvas)


def caption(detection: Detection) -> str:
    """What the label says: "person 87%", or "person 3 87%" of the third that is followed."""
    number = "" if detection.track_id is None else f" {detection.track_id}"
    return f"{detection.label}{number} {int(detection.score * 100 + 0.5)}%"


def _label(detection: Detection, color: str, canvas: Canvas) -> "list[Command | Label]":
    """Its label, if the picture is large enough for one."""
    width, height, measure, scale = canvas
    size = TEXT_SIZE * scale
    padding = PADDING * scale
    plate_height = PLATE_HEIGHT * scale
    text = _fitting(detection, width - 2 * padding, size, measure)
    if not text or plate_height > height:
        return []
    plate_width = min(_up(measure(text, size) + 2 * padding, scale), width)
    return [Label(plate_width, plate_height, text, size, padding, color, ink_for(color))]


def _fitting(detection: Detection, room: float, size: float, measure: "Measure") -> str:
    """What there is room for: the whole caption, the label alone, its beginning, or nothing."""
    text = caption(detection)
    if measure(text, size) <= room:
        return text
    text = detection.label
    while text and measure(text, size) > room:
        text = text[:-1]
    return text


def _up(value: float, grid: float) -> float:
    """The next multiple of grid from value up."""
    return -(-value // grid) * grid
