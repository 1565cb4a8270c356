"""Other ways to cut a picture into parts and to merge what they show, each beside what is done: docs/accuracy.md."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from detector.vision.merging import LEAST, MARGIN, fused, gathered
from detector.vision.non_maximum_suppression import Candidates
from detector.vision.regions import OBLONG, OVERLAP, WHOLE, Region, grid, shape

from .coco import Photographs, average_precision
from .network import Network

if TYPE_CHECKING:
    from detector.vision.merging import Found

IOU = 0.6
PARTS = {"closer": (2,), "closest": (2, 3)}

Looks = list[tuple[Region, Candidates]]


class Way(NamedTuple):
    """name: in words. merge: what becomes of the looks. overlap, oblong: how the picture is cut (vision/regions.py).

    mirrored: whether the whole is looked at in a mirror besides.
    """

    name: str
    merge: Callable[[Looks], Candidates]
    overlap: float = OVERLAP
    oblong: float = OBLONG
    mirrored: bool = False


def fusion(looks: Looks, margin: float = MARGIN) -> Candidates:
    """Boxes that overlap become one, weighted by their scores."""
    return fused(_gathered(looks, margin), IOU).candidates


def suppression(looks: Looks) -> Candidates:
    """All boxes: of those that overlap, the evaluation's own non-maximum suppression leaves the best."""
    return _as_candidates(_gathered(looks, MARGIN))


def by_size(looks: Looks) -> Candidates:
    """A part speaks for what is small and medium in it, the whole for what is large, by half of a part's side."""
    kept = []
    for one in _gathered(looks, MARGIN):
        region = looks[one[3]][0]
        x0, y0, x1, y1 = one[2]
        side = max((x1 - x0) / (region.x1 - region.x0), (y1 - y0) / (region.y1 - region.y0))
        if side >= 0.2 if region == WHOLE else side <= 0.6:
            kept.append(one)
    return fused(kept, IOU).candidates


def lower(looks: Looks) -> Candidates:
    """What a part shows counts nine tenths of what the whole shows."""
    found = _gathered(looks, MARGIN)
    return fused(
        [one if looks[one[3]][0] == WHOLE else (0.9 * one[0], *one[1:]) for one in found], IOU
    ).candidates


WAYS = (
    Way("weighted fusion, as it is done", fusion),
    Way("suppression", suppression),
    Way("parts for small and medium things, the whole for large ones", by_size),
    Way("scores of parts lowered by a tenth", lower),
    Way("cut boxes kept", partial(fusion, margin=-1.0)),
    Way("edge margin 0.01", partial(fusion, margin=0.01)),
    Way("edge margin 0.06", partial(fusion, margin=0.06)),
    Way("parts share 0.3", fusion, overlap=0.3),
    Way("parts share 0.6", fusion, overlap=0.6),
    Way("parts as square as can be in any picture", fusion, oblong=1.0),
    Way("the whole in a mirror besides", fusion, mirrored=True),
)


def merged(photographs: Photographs, model: bytes) -> Iterator[dict[str, Any]]:
    """The figures of each way at `closer` and `closest`, printed as they come."""
    seen = _Seen(photographs, Network(model))
    for look in PARTS:
        print(f"   AP  small medium  large   ms  {look}", flush=True)
        for way in WAYS:
            found, times = [], []
            for entry in photographs.entries:
                looks, network = seen.looks(entry, look, way)
                merging = time.perf_counter()
                found.append(way.merge(looks))
                times.append(network + 1000 * (time.perf_counter() - merging))
            row = {"way": way.name, "look": look, "ms": median(times)} | average_precision(photographs, found)
            sizes = f"{row['small']:6.1f} {row['medium']:6.1f} {row['large']:6.1f}"
            print(f"{row['ap']:5.1f} {sizes} {row['ms']:4.0f}  {way.name}", flush=True)
            yield row


class _Seen:
    """What the network finds in parts of photographs, each looked at once."""

    def __init__(self, photographs: Photographs, network: Network) -> None:
        self._photographs = photographs
        self._network = network
        self._known: dict[tuple[int, Region, bool], tuple[Candidates, float]] = {}

    def looks(self, entry: dict[str, Any], look: str, way: Way) -> tuple[Looks, float]:
        """All looks at a photograph, and the ms that the network took for them."""
        regions = [WHOLE]
        for side in PARTS[look]:
            columns, rows = shape(side, entry["width"] / entry["height"], way.oblong)
            regions += grid(columns, rows, way.overlap)
        missing = [region for region in regions if (entry["id"], region, False) not in self._known]
        for region, pixels in self._photographs.seen(entry, missing) if missing else ():
            self._look(entry["id"], region, pixels)
            if region == WHOLE:
                self._look(entry["id"], region, pixels[:, :, ::-1], mirrored=True)
        known = [(region, *self._known[entry["id"], region, False]) for region in regions]
        if way.mirrored:
            known.append((WHOLE, *self._known[entry["id"], WHOLE, True]))
        return [(region, candidates) for region, candidates, _ in known], sum(ms for _, _, ms in known)

    def _look(self, photograph: int, region: Region, pixels: np.ndarray, *, mirrored: bool = False) -> None:
        began = time.perf_counter()
        found = self._network.candidates(np.ascontiguousarray(pixels))
        ms = 1000 * (time.perf_counter() - began)
        if mirrored:
            boxes = [float(edge) for edge in found.boxes]
            boxes[0::4], boxes[2::4] = [1.0 - x for x in boxes[2::4]], [1.0 - x for x in boxes[0::4]]
            found = found._replace(boxes=boxes)
        self._known[photograph, region, mirrored] = (found, ms)


def _gathered(looks: Looks, margin: float) -> list[Found]:
    found: list[Found] = []
    for number, (region, candidates) in enumerate(looks):
        found += gathered(region, candidates, LEAST, number, margin)
    return found


def _as_candidates(found: list[Found]) -> Candidates:
    found = sorted(found, key=lambda one: -one[0])
    return Candidates(
        [edge for one in found for edge in one[2]],
        [one[0] for one in found],
        [one[1] for one in found],
        list(range(len(found))),
    )
