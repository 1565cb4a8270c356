"""From detections to draw commands.

    draw(detections, 640, 480, measure=lambda text, size: 0.6 * size * len(text))

gives a list of commands (commands.py), to be executed in order. Lines lie inside their boxes.
"""

from detector import by_name
from detector.detection import Box, Detection
from detector.drawing import marks as drawn_marks
from detector.drawing import trails
from detector.drawing.commands import Canvas, Fill, Label, Text
from detector.drawing.label_placement import place
from detector.drawing.label_spots import Tag
from detector.drawing.palette import color_of
from detector.drawing.styles import STYLES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from detector.drawing.commands import Command, Measure
    from detector.drawing.label_memory import LabelMemory
    from detector.drawing.label_spots import Spot
    from detector.drawing.marks import Mark
    from detector.tracking.tracker import Track
    from detector.vision.regions import Region


def draw(
    detections: list[Detection],
    width: float,
    height: float,
    *,
    measure: "Measure",
    mirror: bool = False,
    scale: float = 1.0,
    style: str = "full",
    memory: "LabelMemory | None" = None,
    held: bool = False,
    regions: "Sequence[Region]" = (),
    tracks: "Sequence[Track]" = (),
    marks: "Sequence[Mark]" = (),
) -> "list[Command]":
    """Commands that draw the detections, given best first, over a picture of width x height pixels.

    measure(text, size): how wide a text of that size is, in picture pixels.
    mirror: the picture is shown mirrored; boxes change sides, text does not.
    scale: picture pixels per screen pixel. Lines are 2 px and text 14 px on the screen, however large the
    picture is, and edges fall on whole screen pixels, where lines are crisp.

    style: one of STYLES, "full", "outline" without labels, "corners" alone, or "parts", which shows the regions that
    were looked at, too.
    memory: of the stream whose picture this is, so that labels stay where they are. held: these are the detections
    that were drawn last, moved on; labels go with them. Without a memory each picture stands for itself.
    tracks: whose ways are drawn, where they are among the detections. marks: lines and zones, under all else.

    The best comes last, on top of the others, and all labels after all boxes: no line crosses a label. Labels do not
    cover each other where there is room.
    """
    if not (width > 0 and height > 0 and scale > 0):
        return []
    canvas = Canvas(width, height, measure, scale)
    drawn = by_name.find(STYLES, style)
    boxes: list[Command] = drawn.under(regions, canvas, mirror) if hasattr(drawn, "under") else []
    boxes = drawn_marks.commands(marks, canvas, mirror) + boxes
    boxes.extend(trails.lines(tracks, detections, canvas, mirror))
    labels: list[Command | Label] = []
    tags: list[Tag] = []
    for detection in reversed(detections):
        box = _snapped(_mirrored(detection.box, width) if mirror else detection.box, width, height, scale)
        under, over = drawn.commands(detection, box, color_of(detection.class_id), canvas)
        boxes.extend(under)
        labels.extend(over)
        for one in over:
            if isinstance(one, Label):
                tags.append(Tag(detection, box, one.width, one.height))
    spots = memory.place(tags, width, height, held) if memory is not None else place(tags, width, height)
    return boxes + _with_spots(labels, spots)


def _with_spots(labels: "list[Command | Label]", spots: "list[Spot]") -> "list[Command]":
    """The same, each label as what is drawn at its spot."""
    commands: list[Command] = []
    placed = 0
    for one in labels:
        if isinstance(one, Label):
            _, x, y = spots[placed]
            placed += 1
            commands.append(Fill(x, y, one.width, one.height, one.ground))
            commands.append(Text(x + one.padding, y + one.height / 2, one.text, one.ink, one.size))
        else:
            commands.append(one)
    return commands


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
