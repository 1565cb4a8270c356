"""A folder of photographs with COCO's annotations, and the average precision of what a network finds in them.

The folder has `annotations.json` in COCO's format and the photographs in `images/`. The precision is COCO's own
(pycocotools): the mean over IoU thresholds from 0.5 to 0.95, over classes, of the area under the curve of precision
and recall, for at most 100 boxes in a photograph.
"""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detector.native.frames import opened, rgba
from detector.vision.boxes import iou
from detector.vision.non_maximum_suppression import Candidates, select
from detector.vision.regions import Region, regions
from tools.common.progress import SetupError

MOST = 100  # boxes in a photograph: COCO's own limit
SIDE = 300  # pixels of the network's input
HALF = 0.5  # of an overlap, for a box to be right
Found = tuple[int, list[float], float]
FIGURES = {"ap": 0, "ap50": 1, "small": 3, "medium": 4, "large": 5}  # where pycocotools keeps each


@dataclass(frozen=True)
class Photographs:
    """The photographs of a folder. entries: COCO's images. pixels: of the wholes, uint8 [N, 300, 300, 4]."""

    annotations: Path
    entries: list[dict[str, Any]]
    pixels: np.ndarray

    def parts(self, entry: dict[str, Any], look: str) -> list[tuple[Region, np.ndarray]]:
        """What a look sees of a photograph: each region, and its pixels as uint8 [1, 300, 300, 4]."""
        return self.seen(entry, regions(look, *_size(entry)))

    def seen(self, entry: dict[str, Any], parts: list[Region]) -> list[tuple[Region, np.ndarray]]:
        """The same of any regions."""
        photo = opened(self.annotations.parent / "images" / entry["file_name"], entry["file_name"])
        return [(region, rgba(photo, SIDE, region)) for region in parts]

    @classmethod
    def read(cls, folder: Path) -> Photographs:
        """Raises SetupError where the folder has no annotations; MediaError for a photograph that is missing."""
        annotations = folder / "annotations.json"
        entries = entries_of(folder)
        pixels = [rgba(folder / "images" / entry["file_name"], SIDE) for entry in entries]
        return cls(annotations, entries, np.concatenate(pixels))


def entries_of(folder: Path) -> list[dict[str, Any]]:
    """COCO's images of a folder. Raises SetupError where it has no annotations."""
    annotations = folder / "annotations.json"
    try:
        entries: list[dict[str, Any]] = json.loads(annotations.read_text("utf-8"))["images"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupError(
            f"{annotations} cannot be read ({type(error).__name__}: {error}). Name a folder with annotations.json "
            "in COCO's format, and its photographs in images/."
        ) from error
    if not entries:
        raise SetupError(f"{annotations} names no photograph: there is nothing to evaluate on.")
    return entries


def average_precision(photographs: Photographs, candidates: list[Candidates]) -> dict[str, float]:
    """COCO's figures in percent, of the candidates in each photograph, doubles taken away."""
    found = [
        [
            (one.class_id, list(one.box), one.score)
            for one in select(choice, *_size(entry), threshold=0.0, max_count=MOST)
        ]
        for entry, choice in zip(photographs.entries, candidates, strict=True)
    ]
    return precision_of(photographs.annotations, photographs.entries, found)


def f1(photographs: Photographs, candidates: list[Candidates], threshold: float) -> float:
    """The harmonic mean of precision and recall, in percent, of what is shown at a threshold, over all photographs.

    A box is right that overlaps one of its class by half, the surest first, each once. Crowds count neither way.
    """
    truth = json.loads(photographs.annotations.read_text("utf-8"))["annotations"]
    right = shown = there = 0
    for entry, choice in zip(photographs.entries, candidates, strict=True):
        mine = [one for one in truth if one["image_id"] == entry["id"]]
        left = [(one["category_id"], _corners(*one["bbox"])) for one in mine if not one.get("iscrowd")]
        crowds = [(one["category_id"], _corners(*one["bbox"])) for one in mine if one.get("iscrowd")]
        there += len(left)
        for found in select(choice, *_size(entry), threshold=threshold, max_count=MOST):
            box = _corners(*found.box)
            overlaps = [iou(box, its) if name == found.class_id else 0.0 for name, its in left]
            best = max(overlaps, default=0.0)
            if best >= HALF:
                right += 1
                del left[overlaps.index(best)]
            elif any(name == found.class_id and iou(box, its) > 0 for name, its in crowds):
                continue
            shown += 1
    return 200.0 * right / (shown + there) if shown + there else 0.0


def _size(entry: dict[str, Any]) -> tuple[float, float]:
    return entry["width"], entry["height"]


def _corners(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    return x, y, x + width, y + height


def precision_of(
    annotations: Path, entries: list[dict[str, Any]], found: list[list[Found]]
) -> dict[str, float]:
    """COCO's figures in percent, of what was found in each photograph: class id, [x, y, width, height], score.

    ap, ap50; small, medium, large: AP of things of less than 32 x 32, less than 96 x 96 and more pixels.
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    results = [
        {"image_id": entry["id"], "category_id": class_id, "bbox": box, "score": score}
        for entry, those in zip(entries, found, strict=True)
        for class_id, box, score in those
    ]
    if not results:
        return dict.fromkeys(FIGURES, 0.0)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(annotations))
        evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return {name: float(evaluation.stats[at]) * 100 for name, at in FIGURES.items()}
