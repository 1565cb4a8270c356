"""The ways that things took: lines that fade towards where they came from."""

from detector.drawing.commands import LINE, Line
from detector.drawing.palette import color_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from detector.detection import Detection
    from detector.drawing.commands import Canvas
    from detector.tracking.tracker import Track


def lines(
    tracks: "Sequence[Track]", detections: "list[Detection]", canvas: "Canvas", mirror: bool
) -> list[Line]:
    """The trails of those tracks that are among the detections, each up to the middle of its box's lower edge."""
    heads = {one.track_id: one.box.foot for one in detections if one.track_id is not None}
    drawn = []
    for track in tracks:
        if track.id not in heads:
            continue
        points = [(x, y) for _, x, y in track.trail] + [heads[track.id]]
        color = color_of(track.detection.class_id)
        for number in range(1, len(points)):
            (x0, y0), (x1, y1) = points[number - 1], points[number]
            if mirror:
                x0, x1 = canvas.width - x0, canvas.width - x1
            share = number / (len(points) - 1)
            drawn.append(Line(x0, y0, x1, y1, color, max(0.25, 1.5 * share) * LINE * canvas.scale))
    return drawn
