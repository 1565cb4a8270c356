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

from detector.native.frames import opened, rgba, size_of
from detector.vision.non_maximum_suppression import Candidates, select
from detector.vision.regions import Region, regions
from tools.common.progress import SetupError

MOST = 100  # boxes in a photograph: COCO's own limit
SIDE = 300  # pixels of the network's input
FIGURES = {"ap": 0, "ap50": 1, "small": 3, "medium": 4, "large": 5}  # where pycocotools keeps each


@dataclass(frozen=True)
class Photographs:
    """The photographs of a folder. entries: COCO's images. pixels: of the wholes, uint8 [N, 300, 300, 4]."""

    annotations: Path
    entries: list[dict[str, Any]]
    pixels: np.ndarray

    def parts(self, entry: dict[str, Any], look: str) -> list[tuple[Region, np.ndarray]]:
        """What a look sees of a photograph: each region, and its pixels as uint8 [1, 300, 300, 4]."""
        photo = opened(self.annotations.parent / "images" / entry["file_name"], entry["file_name"])
        return [(region, rgba(photo, SIDE, region)) for region in regions(look, *size_of(photo))]

    @classmethod
    def read(cls, folder: Path) -> Photographs:
        """Raises SetupError where the folder has no annotations; MediaError for a photograph that is missing."""
        annotations = folder / "annotations.json"
        try:
            entries = json.loads(annotations.read_text("utf-8"))["images"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise SetupError(
                f"{annotations} cannot be read ({type(error).__name__}: {error}). Name a folder with annotations.json "
                "in COCO's format, and its photographs in images/."
            ) from error
        if not entries:
            raise SetupError(f"{annotations} names no photograph: there is nothing to evaluate on.")
        pixels = [rgba(folder / "images" / entry["file_name"], SIDE) for entry in entries]
        return cls(annotations, entries, np.concatenate(pixels))


def average_precision(photographs: Photographs, candidates: list[Candidates]) -> dict[str, float]:
    """COCO's figures in percent, of the candidates in each photograph, doubles taken away.

    ap, ap50; small, medium, large: AP of things of less than 32 x 32, less than 96 x 96 and more pixels.
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    results = [
        {
            "image_id": entry["id"],
            "category_id": found.class_id,
            "bbox": [found.box.x, found.box.y, found.box.width, found.box.height],
            "score": found.score,
        }
        for entry, choice in zip(photographs.entries, candidates, strict=True)
        for found in select(choice, entry["width"], entry["height"], threshold=0.0, max_count=MOST)
    ]
    if not results:
        return dict.fromkeys(FIGURES, 0.0)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(photographs.annotations))
        evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return {name: float(evaluation.stats[at]) * 100 for name, at in FIGURES.items()}
