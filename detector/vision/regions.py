"""Which parts of a picture are looked at: the whole, and parts of it that the network sees closer.

    >>> len(regions("closer", 640, 480))
    5

The network sees 300 x 300 pixels of whatever it is given, so what is small in the whole picture is large enough in a
part of it (sliced inference: Akyon et al., 2022, "Slicing Aided Hyper Inference"). Parts overlap, so that what one
of them cuts is whole in another.
"""

from collections import namedtuple
from math import log

from detector.errors import SettingError

LOOKS = ("once", "closer", "closest")
OVERLAP = 0.45  # of a part's side, with its neighbour: measured, see docs/accuracy.md
OBLONG = 2.0  # a picture that is longer than this for its width is cut into more parts along it
FEW, MANY = 2, 3  # parts along either side of a picture of usual shape
MOST = {FEW: 4, MANY: 10}  # parts of a picture of any shape


class Region(namedtuple("Region", ("x0", "y0", "x1", "y1"))):
    """A part of a picture, as fractions of its sides: left, top, right, bottom."""

    __slots__ = ()

    x0: float
    y0: float
    x1: float
    y1: float


WHOLE = Region(0.0, 0.0, 1.0, 1.0)


def regions(look: str, width: float, height: float) -> list[Region]:
    """What is looked at in a picture of width x height pixels: the whole first.

    look: "once", "closer" (at most 5) or "closest" (at most 15). Raises SettingError for another.
    """
    if look not in LOOKS:
        raise SettingError(f'There is no look "{look}".', f"Choose {', '.join(LOOKS)}.")
    found = [WHOLE]
    for side in (FEW, MANY)[: LOOKS.index(look)]:
        columns, rows = shape(side, width / height)
        found += grid(columns, rows)
    return found


def resolved(look: str, moves: bool) -> str:
    """Which of LOOKS a setting means. look: also "auto": closer, but once where a picture moves."""
    return look if look != "auto" else "once" if moves else "closer"


def shape(side: int, aspect: float, oblong: float = OBLONG) -> tuple[int, int]:
    """How many parts lie beside and below each other: side x side, but for an oblong picture as makes them squarest.

    aspect: the picture's width over its height. oblong: from which aspect on it is.
    """
    if 1 / oblong <= aspect <= oblong:
        return side, side
    best = (side, side)
    for columns in range(1, MOST[side] + 1):
        rows = MOST[side] // columns
        if _distortion(aspect, columns, rows) < _distortion(aspect, best[0], best[1]):
            best = (columns, rows)
    return best


def _distortion(aspect: float, columns: int, rows: int) -> float:
    return abs(log(aspect * rows / columns))


def grid(columns: int, rows: int, overlap: float = OVERLAP) -> list[Region]:
    """columns x rows parts that cover the picture, row by row. overlap: what neighbours share, of a side; below 1."""
    across = _spans(columns, overlap)
    return [Region(x0, y0, x1, y1) for y0, y1 in _spans(rows, overlap) for x0, x1 in across]


def _spans(count: int, overlap: float) -> list[tuple[float, float]]:
    side = 1.0 / (count - (count - 1) * overlap)
    step = side * (1.0 - overlap)
    # The last ends at 1 and not a hair beside it: that edge is the picture's own.
    return [(at * step, 1.0 if at == count - 1 else at * step + side) for at in range(count)]
