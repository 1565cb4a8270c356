"""The trackers that are compared, each at its defaults, and what they are worth.

The greedy one is what most pages do: the pair that overlaps most is the same object, for two seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import motrics

from detector.detection import Box, Detection
from detector.tracking.tracker import Tracker
from detector.vision.boxes import iou

from .sequences import Sequence

# What a tracker says of a frame: (id, box) of all that have one.
Said = list[tuple[int, Box]]
Update = Callable[[list[Detection], float], Said]

SAME = 0.3  # the greedy one's least overlap
MEMORY = 2000.0  # and its memory, in ms


def ours() -> Update:
    """Our own tracker."""
    tracker = Tracker()

    def update(detections: list[Detection], at_ms: float) -> Said:
        found = tracker.update(detections, at_ms)
        return [(one.track_id, one.box) for one in found if one.track_id is not None]

    return update


def greedy() -> Update:
    """Overlap alone, the best pair first."""
    known: dict[int, tuple[Box, float]] = {}
    last = 0

    def update(detections: list[Detection], at_ms: float) -> Said:
        nonlocal last
        for number in [number for number, (_, seen) in known.items() if at_ms - seen > MEMORY]:
            del known[number]
        pairs = sorted(
            (
                (iou(box.corners, one.box.corners), number, at)
                for number, (box, _) in known.items()
                for at, one in enumerate(detections)
            ),
            reverse=True,
        )
        said: dict[int, int] = {}
        for overlap, number, at in pairs:
            if overlap >= SAME and at not in said and number not in said.values():
                said[at] = number
        for at, one in enumerate(detections):
            if at not in said:
                last += 1
                said[at] = last
            known[said[at]] = (one.box, at_ms)
        return [(said[at], one.box) for at, one in enumerate(detections)]

    return update


def of_package(name: str) -> Callable[[], Update]:
    """A tracker of the package `trackers`, which counts in frames."""

    def made() -> Update:
        import numpy as np
        import supervision
        import trackers

        tracker: Any = getattr(trackers, name)()

        def update(detections: list[Detection], at_ms: float) -> Said:
            given = supervision.Detections(
                xyxy=np.array([one.box.corners for one in detections], dtype=np.float64).reshape(-1, 4),
                confidence=np.array([one.score for one in detections], dtype=np.float64),
                class_id=np.array([one.class_id for one in detections], dtype=int),
            )
            found = tracker.update(given)
            if found.tracker_id is None:
                return []
            return [
                (int(number), Box(x0, y0, x1 - x0, y1 - y0))
                for (x0, y0, x1, y1), number in zip(found.xyxy.tolist(), found.tracker_id, strict=True)
                if number >= 0
            ]

        return update

    return made


TRACKERS: dict[str, Callable[[], Update]] = {
    "onlooker": ours,
    "greedy": greedy,
    "SORT": of_package("SORTTracker"),
    "ByteTrack": of_package("ByteTrackTracker"),
}


def scores(sequence: Sequence, update: Update) -> dict[str, Any]:
    """HOTA, IDF1 and MOTA in percent, and how often an identity was taken for another."""
    said = [update(found, at_ms) for at_ms, _, found in sequence.frames]
    truth = [there for _, there, _ in sequence.frames]
    result = motrics.evaluate(_frames(truth), _frames(said), box_format="xywh")
    return {
        "hota": 100.0 * result.hota.hota,
        "idf1": 100.0 * result.identity.idf1,
        "mota": 100.0 * result.clear.mota,
        "switches": int(result.clear.num_switches),
    }


def _frames(said: list[Said]) -> motrics.Frames:
    return motrics.Frames(
        ids=[[number for number, _ in frame] for frame in said],
        boxes=[[tuple(box) for _, box in frame] for frame in said],
    )
