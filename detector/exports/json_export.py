"""What was found, as JSON: for programs, and for this page's own results once more."""

import json

from detector.exports.look import Look

BUTTON = "JSON"
FILE = "onlooker.json"
TYPE = "application/json"


def text(looks: list[Look], model: str) -> str:
    """The file's content."""
    return as_json(looks, model)


def as_json(looks: list[Look], model: str) -> str:
    """{"version", "model", "images": [{"file", "width", "height", "time"?, "detections": [...]}]}.

    Each detection is as in a `detector:result` event: {"class", "score", "bbox": [x, y, width, height]}.
    """
    images = []
    for look in looks:
        image: dict[str, object] = {"file": look.file, "width": look.width, "height": look.height}
        if look.time is not None:
            image["time"] = look.time
        image["detections"] = [detection.as_dict() for detection in look.detections]
        images.append(image)
    return json.dumps({"version": 1, "model": model, "images": images})
