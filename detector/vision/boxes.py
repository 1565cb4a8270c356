"""Arithmetic on boxes as corner tuples (x0, y0, x1, y1): left, top, right, bottom, in any one unit.

Nothing here raises for odd numbers: a box with a corner that is not finite, or with its corners the wrong
way round, has no area, overlaps nothing, and clips to nothing.
"""

from math import isfinite


def is_finite(box: tuple[float, float, float, float]) -> bool:
    """Whether all four corners are ordinary numbers: neither NaN nor infinite."""
    return isfinite(box[0]) and isfinite(box[1]) and isfinite(box[2]) and isfinite(box[3])


def area(box: tuple[float, float, float, float]) -> float:
    """Width times height; 0 for a box without area."""
    x0, y0, x1, y1 = box
    return (x1 - x0) * (y1 - y0) if is_finite(box) and x1 > x0 and y1 > y0 else 0.0


def iou(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """Intersection over union (the Jaccard index), 0 to 1. 0 where either box has no area."""
    area_a = area(a)
    area_b = area(b)
    shared = area((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))
    if not (area_a and area_b and shared):
        return 0.0
    union = area_a + area_b - shared
    # Rounding can leave a hair more shared than united, and a union too large for a float divides to nothing.
    return min(shared / union, 1.0) if isfinite(union) else 0.0


def scale(
    box: tuple[float, float, float, float], width: float, height: float
) -> tuple[float, float, float, float]:
    """From fractions of a picture (0..1) to its pixels."""
    return (box[0] * width, box[1] * height, box[2] * width, box[3] * height)


def clip(
    box: tuple[float, float, float, float], width: float, height: float
) -> tuple[float, float, float, float] | None:
    """The part of a box inside the picture (0, 0, width, height), or None where nothing of it is inside."""
    if not is_finite(box):
        return None
    x0 = max(box[0], 0.0)
    y0 = max(box[1], 0.0)
    x1 = min(box[2], width)
    y1 = min(box[3], height)
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None
