"""A picture with its boxes, drawn by Pillow in the picture's own size, as a file."""

from collections.abc import Sequence

from detector.detection import Box, Detection
from detector.pillow.render import render
from detector.studio.paper import as_file, check_type, picture_of

# Label, class id, score, and x, y, width, height in the picture's pixels.
Found = tuple[str, int, float, Sequence[float]]


def save(
    pixels: bytes, width: int, height: int, found: Sequence[Found], mirror: bool, type: str
) -> dict[str, object]:
    """The picture as a file: {"type", "content"}.

    pixels: height x width x 4 bytes (or a memoryview of them), RGBA, upright. found: best first. mirror: mirror picture
    and boxes. type: one of paper.OPTIONS. Raises InputError.
    """
    check_type(type)
    picture = picture_of(pixels, width, height)
    return as_file(render(picture, detections_of(found), mirror=mirror), type)


def detections_of(found: Sequence[Found], scale: float = 1.0) -> list[Detection]:
    """As Detections, their boxes `scale` times as large: for a picture that was shrunk."""
    return [
        Detection(label, id, score, Box(*[scale * side for side in box])) for label, id, score, box in found
    ]
