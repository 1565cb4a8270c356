"""Whether a provider computes the truth: a known picture, and what the network finds in it.

Providers differ a little in their rounding, and a broken one differs a lot, without any error. So each is
run once on a picture whose objects are known, before its boxes are shown to anyone.
"""

from detector.detection import Detection
from detector.vision.boxes import iou

THRESHOLD = 0.5  # the least score of the objects that are expected


class KnownPicture:
    """A known picture, and the objects that are in it.

    table: the manifest's. picture: the file's name, beside the model. expected: the objects, as dicts of
    class_id, score and box, [x0, y0, x1, y1] as fractions of the picture. score_tolerance: how far off a
    score may be. least_iou: how well a box must lie on the one expected.
    """

    def __init__(self, table: dict[str, object]) -> None:
        self.picture = str(table["picture"])
        expected = table["expected"]
        tolerance = table["tolerance"]
        if not isinstance(expected, list) or not isinstance(tolerance, dict):
            raise TypeError("check needs a list, expected, and a table, tolerance")
        self.expected: list[tuple[int, float, tuple[float, float, float, float]]] = []
        for item in expected:
            x0, y0, x1, y1 = item["box"]
            box = (_number(x0), _number(y0), _number(x1), _number(y1))
            self.expected.append((int(item["class_id"]), _number(item["score"]), box))
        self.score_tolerance = _number(tolerance["score"])
        self.least_iou = _number(tolerance["iou"])

    def differences(self, detections: list[Detection], width: float, height: float) -> list[str]:
        """In words, how detections in that picture differ from the expected; [] if in nothing.

        width, height: of the picture that the detections are in, in its pixels. The detections are to be
        those of select() with a threshold of 0.5. One so near to it that its score's tolerance reaches across
        may be missing or extra: it is right all the same.
        """
        told: list[str] = []
        unmatched = list(detections)
        for class_id, score, box in self.expected:
            best = None
            best_iou = 0.0
            for detection in unmatched:
                overlap = iou(box, _fractions(detection, width, height))
                if detection.class_id == class_id and overlap > best_iou:
                    best = detection
                    best_iou = overlap
            if best is None or best_iou < self.least_iou:
                if score >= THRESHOLD + self.score_tolerance:
                    told.append(f"class {class_id} at score {score:.2f} was not found in its place")
                continue
            unmatched.remove(best)
            if abs(best.score - score) > self.score_tolerance:
                told.append(f"{best.label} has a score of {best.score:.2f}, and should have {score:.2f}")
        for detection in unmatched:
            if detection.score > THRESHOLD + self.score_tolerance:
                told.append(f"{detection.label} at score {detection.score:.2f} should not be there")
        return told


def _number(value: object) -> float:
    """A part of 1, or a little beside it. Pythons differ in what they make of numbers too large for a float."""
    if not isinstance(value, (int, float)) or not -2 <= value <= 2:
        raise ValueError("a number of the check is none, or far from 0 to 1")
    return float(value)


def _fractions(detection: Detection, width: float, height: float) -> tuple[float, float, float, float]:
    box = detection.box
    return (box.x / width, box.y / height, box.right / width, box.bottom / height)
