"""Where objects were, summed up over many pictures in memory that does not grow with time.

heat = Heat()
heat.add(detections, 640, 480)      # for each picture
heat.labels(), heat.pictures        # ["cup", "person"], 1
heat.packed("person")               # text for detector/studio/heat.py, which draws it
"""

from array import array

from detector.detection import Detection

COLUMNS = 64
ROWS = 48
_WIDE = COLUMNS + 1


class Heat:
    """A grid of COLUMNS x ROWS cells for each class, 13 KB. A box adds its score to every cell that it covers.

    Kept are not the cells but their differences across and down, of which a box changes four, however large it is:
    a cell's sum is that of all differences above it and to its left (F. C. Crow, "Summed-area tables for texture
    mapping", 1984, used backwards).
    """

    def __init__(self) -> None:
        self.pictures = 0
        self._grids: dict[str, array[float]] = {}

    def add(self, detections: list[Detection], width: float, height: float) -> None:
        """What was found in one picture of that size. Boxes end at whole cells, and fill one at least."""
        self.pictures += 1
        if not (width > 0 and height > 0):
            return
        across = COLUMNS / width
        down = ROWS / height
        for one in detections:
            grid = self._grids.get(one.label)
            if grid is None:
                grid = self._grids[one.label] = array("f", [0.0] * (_WIDE * (ROWS + 1)))
            x, y, wide, high = one.box
            left = min(max(int(x * across + 0.5), 0), COLUMNS - 1)
            right = min(max(int((x + wide) * across + 0.5), left + 1), COLUMNS)
            top = min(max(int(y * down + 0.5), 0), ROWS - 1)
            bottom = min(max(int((y + high) * down + 0.5), top + 1), ROWS)
            score = one.score
            grid[top * _WIDE + left] += score
            grid[top * _WIDE + right] -= score
            grid[bottom * _WIDE + left] -= score
            grid[bottom * _WIDE + right] += score

    def labels(self) -> list[str]:
        """The classes that were seen, in alphabetical order."""
        return sorted(self._grids)

    def packed(self, label: str) -> str:
        """A class's differences, (ROWS + 1) x (COLUMNS + 1) little-endian float32, in hexadecimal.

        As one text they cross from one Python to the other at once; as numbers, they would one by one.
        """
        return bytes(self._grids[label]).hex()
