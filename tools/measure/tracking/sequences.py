"""People whose ways are known, at several frame rates.

motmetrics brings two sequences of the MOT Challenge (TUD-Campus, TUD-Stadtmitte; 25 frames a second): the true boxes,
and what somebody's tracker has made of the pictures. Without their ids both are detections.
"""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detector.detection import Box, Detection
from tests.core.tracking.crowds import Crowd
from tools.common.progress import SetupError

RATES = (25, 10, 5, 3)
FULL = 25.0  # frames a second of all sequences
NAMES = ("TUD-Campus", "TUD-Stadtmitte")
SEEDS = (1, 2, 3)

Truth = list[tuple[int, Box]]


@dataclass(frozen=True)
class Sequence:
    """frames: (ms, who is there, what was found) of each."""

    frames: list[tuple[float, Truth, list[Detection]]]

    def thinned(self, rate: float) -> Sequence:
        """The frames that are nearest to so many a second."""
        step = FULL / rate
        chosen = sorted({round(number * step) for number in range(len(self.frames))})
        return Sequence([self.frames[at] for at in chosen if at < len(self.frames)])


def sequences() -> Iterator[tuple[str, Sequence]]:
    """(name, sequence) of all."""
    for name in NAMES:
        folder = _data() / name
        truth = _boxes(folder / "gt.txt")
        yield f"{name}, true boxes", _sequence(truth, truth)
        yield f"{name}, a detector's boxes", _sequence(truth, _boxes(folder / "test.txt"))
    for seed in SEEDS:
        yield f"crowd {seed}", Sequence(Crowd(seed=seed).looks(FULL))


def _data() -> Path:
    # The package itself isn't imported: it needs older numpy.
    found = importlib.util.find_spec("motmetrics")
    if found is None or found.origin is None:
        raise SetupError(
            "motmetrics is missing, which brings the sequences. Delete .venv and run this again."
        )
    return Path(found.origin).parent / "data"


def _boxes(file: Path) -> dict[int, Truth]:
    """frame -> (id, box), of a file in the MOT Challenge's format."""
    boxes: dict[int, Truth] = {}
    with file.open(encoding="utf-8", newline="") as lines:
        for frame, number, *rest in csv.reader(lines):
            box = Box(*(float(value) for value in rest[:4]))
            boxes.setdefault(int(frame), []).append((int(float(number)), box))
    return boxes


def _sequence(truth: dict[int, Truth], found: dict[int, Truth]) -> Sequence:
    frames = range(min(truth), max(truth) + 1)
    return Sequence(
        [
            (
                1000.0 * (frame - frames[0]) / FULL,
                truth.get(frame, []),
                [Detection("person", 1, 0.9, box) for _, box in sorted(found.get(frame, []), key=_place)],
            )
            for frame in frames
        ]
    )


def _place(one: tuple[int, Box]) -> tuple[float, float]:
    return one[1].x, one[1].y
