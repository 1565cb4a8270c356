"""A live picture looked at closer: one part at a time, where there is time, and what the parts have shown stays.

    closer = CloserLooks(columns=20)
    closer.begin("closer", 640, 480)
    part = closer.next(cells)                        # one that was not seen closely yet; None: all were
    closer.found(part, candidates, cells)            # what it shows
    candidates, looks = closer.merged(whole, cells)  # with what the parts have shown and is still there

cells are small grey frames (pacing/motion_gate.py), which tell what has changed. A part is looked at where nothing
moves: what is small and moves would be elsewhere before its part is looked at again, and its box would come and go.
What a part has shown stays until its place looks otherwise, or the part was looked at again.
"""

from detector.pacing.motion_gate import changed_cells
from detector.vision.boxes import iou as overlap_of
from detector.vision.merging import Merged, fused, gathered
from detector.vision.non_maximum_suppression import Candidates
from detector.vision.regions import WHOLE, Region, regions

LEAST = 0.3  # of a score, for a candidate to count: there is less time than for a photo
# What was shown is still there while it is seen this surely, as a share of the threshold: else it would come and go.
HELD = 0.7
SAME = 0.5  # boxes of a class in two looks at a part that overlap so much are one thing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.vision.merging import Found

    Corners = tuple[float, float, float, float]


class _Part:
    """A part, and what is known of it.

    look: the last one at it; 0: there was none. cells: the frame of that. version: of the picture, up to which the part
    is known to look as it did then. found: what it has shown, in the whole picture's terms.
    """

    def __init__(self, region: Region, number: int) -> None:
        self.region = region
        self.number = number
        self.look = 0
        self.cells = b""
        self.version = 0
        self.found: "list[Found]" = []


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
            if not part.look or (part.version != self._version and self._looks_otherwise(part, cells, under)):
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

    def found(self, part: int, candidates: Candidates, cells: bytes, threshold: float = 0.5) -> None:
        """What a part shows, in the frame with these cells. threshold: the least score that is shown."""
        if not 0 < part <= len(self._parts):
            return  # all were forgotten during the look
        seen = self._parts[part - 1]
        self._looks += 1
        seen.look = self._looks
        seen.version = self._version
        seen.cells = cells
        shown = [one for one in seen.found if one[0] >= threshold]
        held = HELD * threshold
        seen.found = []
        for score, class_id, corners, number in gathered(seen.region, candidates, min(LEAST, held), part):
            if held <= score < threshold and any(
                one[1] == class_id and overlap_of(one[2], corners) > SAME for one in shown
            ):
                score = threshold
            seen.found.append((score, class_id, corners, number))

    def merged(self, whole: Candidates, cells: bytes, iou: float = 0.6, threshold: float = 0.5) -> Merged:
        """What a look at the whole shows, in the frame with these cells, and what of the parts' is still there.

        iou: boxes of one class that overlap more are one thing. threshold: the least score that is shown.
        """
        remembered: "list[Found]" = []
        for part in self._parts:
            if part.version == self._version or not part.found:
                remembered += part.found
                continue
            changed = changed_cells(part.cells, cells, self._columns)
            for one in part.found:
                if not any(changed[cell] for cell in self._under(one[2], len(cells))):
                    remembered.append(one)  # another may be hidden for a while, and is not forgotten
        if not remembered:
            return Merged(whole, None)
        return fused(gathered(WHOLE, whole, min(LEAST, threshold), 0) + remembered, iou)

    @property
    def seen(self) -> "list[tuple[Region, Candidates]]":
        """The parts that were looked at, as a Result's `looks`."""
        nothing = Candidates([], [], [], [])
        return [(part.region, nothing) for part in self._parts if part.look]

    def _turn(self, part: _Part) -> tuple[bool, int, int]:
        """The lowest is next."""
        return part.look > 0, part.look - (len(self._parts) if part.found else 0), part.number

    def _looks_otherwise(self, part: _Part, cells: bytes, under: list[int]) -> bool:
        changed = changed_cells(part.cells, cells, self._columns)
        return any(changed[cell] for cell in under)

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
