"""Which part of a live picture to look at closer: one at a time, where there is time.

    closer = CloserLooks(columns=20)
    closer.begin("closer", 640, 480)
    part = closer.next(cells)           # one that was not seen closely yet; None: all were
    closer.looked(part, cells, True)    # it was, and has shown something
    closer.stays(part, corners, cells)  # whether what it has shown there is there still

cells are small grey frames (pacing/motion_gate.py), which tell what has changed. A part is looked at where nothing
moves: what is small and moves would be elsewhere before its part is looked at again, and its box would come and go.
Where things are, the tracker knows: what a part has shown stays until its place looks otherwise, or the part was looked
at again.
"""

from detector.pacing.motion_gate import changed_cells
from detector.vision.non_maximum_suppression import Candidates
from detector.vision.regions import Region, regions

TYPE_CHECKING = False
if TYPE_CHECKING:
    Corners = tuple[float, float, float, float]


class _Part:
    """A part, and what is known of it.

    look: the last one at it; 0: there was none. due: whether it is to be looked at again, whatever it looks like.
    shown: whether there was anything. cells: the frame of that look. version: of the picture, up to which the part is
    known to look as it did then. compared, changed: the frame that it was compared with last, and what had changed.
    """

    def __init__(self, region: Region, number: int) -> None:
        self.region = region
        self.number = number
        self.look = 0
        self.due = True
        self.shown = False
        self.cells = b""
        self.version = 0
        self.compared = b""
        self.changed: list[bool] = []


class CloserLooks:
    """columns: of the cells. For one picture at a time: whoever shows another calls forget()."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._plan = ("once", 0.0, 0.0)
        self._parts: list[_Part] = []
        self._looks = 0
        self._version = 1  # of the picture: another one whenever something has moved
        self._all_seen = 0  # the version of which all parts were seen

    def begin(self, look: str, width: float, height: float) -> None:
        """Look so closely from now on. look: one of regions.LOOKS. width, height: of the picture, in pixels."""
        if self._plan != (look, width, height):
            self._plan = (look, width, height)
            parts = regions(look, width, height)[1:]
            self._parts = [_Part(parts[at], at + 1) for at in range(len(parts))]
            self._all_seen = 0

    def forget(self) -> None:
        """Another picture is shown: nothing of it was seen."""
        self._plan = ("once", 0.0, 0.0)
        self._parts = []

    def moved(self) -> None:
        """Something in the picture looks otherwise than before."""
        self._version += 1

    def again(self) -> None:
        """What the parts have shown may be forgotten: look at all of them once more."""
        for part in self._parts:
            part.due = True
        self._all_seen = 0

    def next(self, cells: bytes, moving: "list[bool] | None" = None) -> "int | None":
        """The part to look at: one that was not seen, or has changed since, that one first which was seen longest ago.

        A part that has shown something, where more is to be had than in a wall, is a round ahead of the others, and no
        more than that: none waits for longer than two. moving: for each cell whether something moves there, where parts
        have to wait; None: nothing does. Gives the part's number, from 1 on, or None where there is none.
        """
        waits = False
        for part in sorted(self._parts, key=self._turn):
            under = self._under(part.region, len(cells))
            if moving is not None and any(moving[cell] for cell in under):
                waits = True
                continue
            if part.due or (part.version != self._version and self._looks_otherwise(part, cells, under)):
                return part.number
            part.version = self._version
        if not waits:
            self._all_seen = self._version
        return None

    @property
    def all_seen(self) -> bool:
        """Whether next() is known to have nothing, whatever the cells: it was asked since something moved."""
        return self._all_seen == self._version

    def region(self, part: int) -> Region:
        """What of the picture a part is."""
        return self._parts[part - 1].region

    def looked(self, part: int, cells: bytes, shown: bool) -> None:
        """A part was looked at, in the frame with these cells. shown: whether there was anything."""
        if not 0 < part <= len(self._parts):
            return  # all were forgotten during the look
        seen = self._parts[part - 1]
        self._looks += 1
        seen.look = self._looks
        seen.version = self._version
        seen.cells = cells
        seen.compared = b""
        seen.due = False
        seen.shown = shown

    def stays(self, part: int, corners: "Corners", cells: bytes) -> bool:
        """Whether the place of what a part has shown, as fractions of the picture, looks as it did then."""
        if not 0 < part <= len(self._parts) or not self._parts[part - 1].look:
            return False
        seen = self._parts[part - 1]
        if seen.version == self._version:
            return True
        changed = self._changed(seen, cells)
        return not any(changed[cell] for cell in self._under(corners, len(cells)))

    @property
    def seen(self) -> "list[tuple[Region, Candidates]]":
        """The parts that were looked at, as a Result's `looks`."""
        nothing = Candidates([], [], [], [])
        return [(part.region, nothing) for part in self._parts if part.look]

    def _turn(self, part: _Part) -> tuple[bool, int, int]:
        """The lowest is next."""
        return part.look > 0, part.look - (len(self._parts) if part.shown else 0), part.number

    def _looks_otherwise(self, part: _Part, cells: bytes, under: list[int]) -> bool:
        changed = self._changed(part, cells)
        return any(changed[cell] for cell in under)

    def _changed(self, part: _Part, cells: bytes) -> list[bool]:
        """Asked for each thing that a part has shown."""
        if part.compared is not cells:
            part.compared = cells
            part.changed = changed_cells(part.cells, cells, self._columns)
        return part.changed

    def _under(self, corners: "Corners", count: int) -> list[int]:
        """The cells that a box, as fractions of the picture, lies on. count: of all cells."""
        columns = self._columns
        rows = count // columns
        x0, y0, x1, y1 = corners
        left, right = _span(x0, x1, columns)
        top, bottom = _span(y0, y1, rows)
        return [row * columns + column for row in range(top, bottom) for column in range(left, right)]


def _span(low: float, high: float, count: int) -> tuple[int, int]:
    first = max(0, min(count - 1, int(low * count)))
    return first, max(first + 1, min(count, int(high * count + 0.999)))
