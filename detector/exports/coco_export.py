"""What was found, in COCO's format of results: for those who evaluate detectors."""

import json

from detector.exports.look import Look

BUTTON = "COCO"
FILE = "onlooker-coco.json"
TYPE = "application/json"


def text(looks: list[Look], model: str) -> str:
    """The file's content."""
    return as_coco(looks)


def as_coco(looks: list[Look]) -> str:
    """COCO's results: [{"image_id", "file_name", "category_id", "bbox", "score", "look"}, ...].

    image_id: the picture's number, from 1 on, in their order. See the COCO API's loadRes().
    """
    results = []
    for number, look in enumerate(looks):
        for found in look.detections:
            box = found.box
            results.append(
                {
                    "image_id": number + 1,
                    "file_name": look.file,
                    "category_id": found.class_id,
                    "bbox": [_rounded(edge) for edge in (box.x, box.y, box.width, box.height)],
                    "score": round(found.score, 5),
                    "look": found.look,
                }
            )
    return json.dumps(results)


def _rounded(number: float) -> float:
    return round(number, 2)
