"""What was found, as JSON: for programs, and for this page's own results once more."""

import json

from detector.detection import Detection
from detector.exports.look import Look

BUTTON = "JSON"
FILE = "onlooker.json"
TYPE = "application/json"


def text(looks: list[Look], model: str) -> str:
    """The file's content."""
    return as_json(looks, model)


def with_looks(detections: list[Detection]) -> list[dict[str, object]]:
    """Detections as plain values, each with its "look"."""
    plain = []
    for detection in detections:
        values = detection.as_dict()
        values["look"] = detection.look
        plain.append(values)
    return plain


def as_json(looks: list[Look], model: str) -> str:
    """{"version", "model", "images": [{"file", "width", "height", "time"?, "detections": [...]}]}.

    Each detection is as in a `detector:result` event: {"class", "score", "bbox": [x, y, width, height]}. It also has
    "look": which look at the picture has found it, 0 at the whole, else at that part of it (vision/regions.py).
    """
    images = []
    for look in looks:
        image: dict[str, object] = {"file": look.file, "width": look.width, "height": look.height}
        if look.time is not None:
            image["time"] = look.time
        image["detections"] = with_looks(look.detections)
        images.append(image)
    return json.dumps({"version": 1, "model": model, "images": images})
