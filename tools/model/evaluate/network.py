"""Run a model file on photographs, and say how far what it finds is from what another finds.

Eighty photographs tell average precisions apart to about one point. The drift is finer: it compares the two networks'
scores and boxes pair by pair (an anchor and a class), whether right or wrong.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from statistics import median

import numpy as np
import onnxruntime

from detector.vision.boxes import iou
from detector.vision.merging import merge
from detector.vision.non_maximum_suppression import Candidates
from detector.vision.regions import Region

OUTPUTS = ["boxes", "scores", "class_ids", "anchor_ids"]
# Pairs with less in both networks do not count: hardly anybody will see them.
LEAST = 0.3

Corners = tuple[float, float, float, float]


class Network:
    """The full form of a model, in CPython."""

    def __init__(self, model: bytes) -> None:
        self._session = _session(model)

    def candidates(self, pixels: np.ndarray) -> Candidates:
        """What it finds in a picture, uint8 [1, 300, 300, 4]."""
        return Candidates(
            *(output.ravel().tolist() for output in self._session.run(OUTPUTS, {"image": pixels}))
        )


def candidates(model: bytes, pixels: np.ndarray) -> list[Candidates]:
    """What the full form `model` finds in each picture. pixels: uint8 [N, 300, 300, 4]."""
    network = Network(model)
    return [network.candidates(picture[None]) for picture in pixels]


def closer(model: bytes, looks: Iterable[list[tuple[Region, np.ndarray]]]) -> tuple[list[Candidates], float]:
    """What it finds in pictures that are looked at part by part, and the median ms for a picture.

    looks: of each picture its regions, and their pixels as uint8 [1, 300, 300, 4]. The time is that of the network and
    of merging, not of reading the photograph.
    """
    network = Network(model)
    found, times = [], []
    for parts in looks:
        began = time.perf_counter()
        found.append(merge([(region, network.candidates(pixels)) for region, pixels in parts]).candidates)
        times.append(1000 * (time.perf_counter() - began))
    return found, median(times)


def _session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def drift(reference: list[Candidates], others: list[Candidates]) -> dict[str, float]:
    """How far `others` are from `reference`, the same pictures' candidates.

    score: the mean difference of a pair's scores, over the pairs that one of the two gives LEAST or more (a pair that
    is not among the other's candidates counts as 0 there). iou: the mean overlap of their boxes.
    """
    differences, overlaps = [], []
    for first, second in zip(map(pairs, reference), map(pairs, others), strict=True):
        for pair in first.keys() | second.keys():
            (score, box), (other_score, other_box) = (
                first.get(pair, (0.0, None)),
                second.get(pair, (0.0, None)),
            )
            if max(score, other_score) >= LEAST:
                differences.append(abs(score - other_score))
                if box and other_box:
                    overlaps.append(iou(box, other_box))
    return {
        "score": float(np.mean(differences)) if differences else 0.0,
        "iou": float(np.mean(overlaps)) if overlaps else 1.0,
    }


def pairs(found: Candidates) -> dict[tuple[int, int], tuple[float, Corners]]:
    """(anchor, class) -> (score, box)."""
    boxes = found.boxes
    places = zip(found.anchor_ids, found.class_ids, strict=True)
    return {
        (int(anchor), int(class_id)): (
            found.scores[at],
            (boxes[4 * at], boxes[4 * at + 1], boxes[4 * at + 2], boxes[4 * at + 3]),
        )
        for at, (anchor, class_id) in enumerate(places)
    }
