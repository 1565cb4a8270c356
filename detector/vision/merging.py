"""What several looks at one picture have found, as one: candidates in the whole picture's terms.

A box that touches an edge of a part where the picture goes on is a cut thing, which the whole or a neighbour sees
better: it is left out. What is left of one class and overlaps is one thing, whose box is the mean of them all,
weighted by their scores (Solovyev et al., 2021, "Weighted boxes fusion"), and whose score is the best of them.
Measured against suppression alone: docs/accuracy.md.
"""

from collections import namedtuple

from detector.vision.boxes import iou as overlap_of
from detector.vision.non_maximum_suppression import Candidates
from detector.vision.regions import WHOLE, Region

MARGIN = 0.03  # of a part's side: how near to its edge a box touches it
LEAST = 0.05  # a lower score tells nothing of where a thing is

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    # score, class, corners in the whole picture, number of the look
    Found = tuple[float, int, tuple[float, float, float, float], int]

    class Merged(NamedTuple):
        """looks: for each candidate the number, from 0 on, of the look that has found it best; None: there is one."""

        candidates: Candidates
        looks: list[int] | None
else:
    Merged = namedtuple("Merged", ("candidates", "looks"))


def merge(
    looks: "list[tuple[Region, Candidates]]",
    iou: float = 0.6,
    least: float = LEAST,
) -> Merged:
    """The candidates of looks at regions of one picture, best first, as lists; boxes as fractions of the whole.

    iou: boxes of one class that overlap more are one thing. least: lower scores are left out. The order of the looks
    makes no difference. A single look at the whole is given back as it is.
    """
    if len(looks) == 1 and looks[0][0] == WHOLE:
        return Merged(looks[0][1], None)
    found: "list[Found]" = []
    for place, (region, candidates) in enumerate(looks):
        found += gathered(region, candidates, least, place)
    return fused(found, iou)


def gathered(
    region: Region, candidates: Candidates, least: float, number: int, margin: float = MARGIN
) -> "list[Found]":
    """What a look at a region has found, in the whole picture's terms, without what an inner edge may have cut.

    least: lower scores are left out. number: what to call the look. margin: see touches().
    """
    found: "list[Found]" = []
    boxes, scores, class_ids, _ = candidates
    width, height = region.x1 - region.x0, region.y1 - region.y0
    for index, score in enumerate(scores):
        if not score >= least:
            continue
        at = 4 * index
        x0, y0, x1, y1 = [float(boxes[at + side]) for side in range(4)]
        if not touches(region, x0, y0, x1, y1, margin):
            corners = (
                region.x0 + x0 * width,
                region.y0 + y0 * height,
                region.x0 + x1 * width,
                region.y0 + y1 * height,
            )
            found.append((float(score), int(class_ids[index]), corners, number))
    return found


def fused(found: "list[Found]", iou: float) -> Merged:
    """The same, each thing once: candidates, best first. iou: boxes of one class that overlap more are one thing."""
    found = sorted(found, key=lambda one: (-one[0], one[1], one[2]))
    groups: "list[list[Found]]" = []
    of_class: "dict[int, list[list[Found]]]" = {}
    for one in found:
        others = of_class.setdefault(one[1], [])
        for group in others:
            if overlap_of(group[0][2], one[2]) > iou:
                group.append(one)
                break
        else:
            others.append([one])
            groups.append(others[-1])
    boxes: list[float] = []
    for group in groups:
        boxes += mean(group)
    best = [group[0] for group in groups]
    return Merged(
        Candidates(boxes, [one[0] for one in best], [one[1] for one in best], list(range(len(best)))),
        [one[3] for one in best],
    )


def touches(region: Region, x0: float, y0: float, x1: float, y1: float, margin: float = MARGIN) -> bool:
    """Whether a box, as fractions of the region, touches an edge of it beyond which the picture goes on.

    margin: how near is touching, as a fraction too; with less than 0 nothing touches.
    """
    return (
        (region.x0 > 0.0 and x0 < margin)
        or (region.y0 > 0.0 and y0 < margin)
        or (region.x1 < 1.0 and x1 > 1.0 - margin)
        or (region.y1 < 1.0 and y1 > 1.0 - margin)
    )


def mean(group: "list[Found]") -> list[float]:
    """The corners of boxes, weighted by their scores."""
    weight = sum([one[0] for one in group])
    return [sum([one[0] * one[2][side] for one in group]) / weight for side in range(4)]
