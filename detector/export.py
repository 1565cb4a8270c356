"""What was found, as text for other programs: JSON, CSV, and COCO's format of results.

    look = Look("cat.jpg", 451, 300, [Detection("cat", 17, 0.93, Box(10, 20, 300, 250))])
    as_csv([look])      # file,time,class,score,x,y,width,height and a line for each object

Boxes are in the picture's own pixels, x and y of the upper left corner first.
"""

import json

from detector.detection import Detection


class Look:
    """One picture that was looked at. time: of a video's frame, in s from its beginning, or None."""

    def __init__(
        self,
        file: str,
        width: float,
        height: float,
        detections: list[Detection],
        time: float | None = None,
    ) -> None:
        self.file = file
        self.width = width
        self.height = height
        self.detections = detections
        self.time = time


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


def as_coco(looks: list[Look]) -> str:
    """COCO's results: [{"image_id", "file_name", "category_id", "bbox", "score"}, ...].

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
                }
            )
    return json.dumps(results)


def as_csv(looks: list[Look]) -> str:
    """A line for each object, after one of names; a picture without any has no line. Lines end as RFC 4180 says."""
    lines = ["file,time,class,score,x,y,width,height"]
    for look in looks:
        time = "" if look.time is None else f"{look.time:.3f}"
        for found in look.detections:
            box = found.box
            numbers = [f"{found.score:.4f}"] + [
                f"{edge:.1f}" for edge in (box.x, box.y, box.width, box.height)
            ]
            lines.append(",".join([_cell(look.file), time, _cell(found.label)] + numbers))
    return "\r\n".join(lines) + "\r\n"


def _cell(text: str) -> str:
    """A text as a cell. What a spreadsheet would take for a formula gets an apostrophe before it."""
    if text[:1] in ("=", "+", "-", "@", "\t", "\r"):
        text = "'" + text
    if any(sign in text for sign in (",", '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


def _rounded(number: float) -> float:
    return round(number, 2)
