"""Where the labels of one picture stand: at their boxes, and not on each other where there is room.

    place([Tag(detection, box, 92, 20), ...], 640, 480)   # [Spot(0, 100, 80), ...]

The surest object's label is placed first, at its usual place: above the box, or inside its upper edge where the
picture ends above. The others take, one after another, the first of their places that is free: greedy placement over
candidate positions (J. Christensen, J. Marks, S. Shieber, "An empirical study of algorithms for point-feature label
placement", 1995). For pictures that follow each other there is label_memory.py. Pure Python.
"""

from detector.drawing.label_spots import COUNT, spot_at, usual_place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from detector.drawing.label_spots import Spot, Tag

# A small box is narrower than so many labels, and lower: a label over its middle hides what is in it.
_SMALL = 2
# Labels that touch overlap by less than this share of their height, by rounding.
_HAIR = 1e-6
# How often in one picture another place than the usual one is tried, at most: 20 labels may try all that they have. Of
# 200 on each other the surest find room, and nobody waits for the rest.
_TRIES = 220


def place(tags: "list[Tag]", width: float, height: float) -> "list[Spot]":
    """A spot for each tag, all inside a picture of width x height, which no label is larger than.

    In which order the tags are given makes no difference.
    """
    room = Room(tags)
    spots = {}
    for index in by_score(tags, range(len(tags))):
        spots[index] = room.choose(tags[index], width, height)
        room.take(spots[index], tags[index])
    return [spots[index] for index in range(len(tags))]


def by_score(tags: "list[Tag]", indices: "Iterable[int]") -> list[int]:
    """The indices of some tags, the best first; those of one score by class and box."""
    keys = []
    for index in indices:
        detection = tags[index].detection
        x, y, width, height = detection.box
        keys.append((-detection.score, detection.class_id, x, y, width, height, index))
    keys.sort()
    return [key[-1] for key in keys]


class Room:
    """What is taken already: labels, which must not be covered, and the middles of small boxes, which should not.

    Both are kept in rows as high as a label, so that each is compared with its neighbours alone.
    """

    def __init__(self, tags: "list[Tag]") -> None:
        """tags: all of the picture; their labels are not placed yet."""
        self._tries = _TRIES
        self._row = max([tag.height for tag in tags]) if tags else 1.0
        self._labels: dict[int, list[tuple[float, float, float, float, Tag]]] = {}
        self._middles: dict[int, list[tuple[float, float, Tag]]] = {}
        for tag in tags:
            x, y, width, height = tag.box
            if width < _SMALL * tag.width and height < _SMALL * tag.height:
                y += height / 2
                self._middles.setdefault(int(y / self._row), []).append((x + width / 2, y, tag))

    def take(self, spot: "Spot", tag: "Tag") -> None:
        """The tag's label stands here."""
        _, x, y = spot
        hair = _HAIR * tag.height
        label = (x + hair, y + hair, x + tag.width - hair, y + tag.height - hair, tag)
        self._labels.setdefault(int(y / self._row), []).append(label)

    def choose(self, tag: "Tag", width: float, height: float) -> "Spot":
        """The tag's first place that is free; else the first that covers no label; else where it covers least of them,
        the usual one if that is nowhere less. There a label may hide its own box.
        """
        usual = usual_place(tag)
        best = spot_at(usual, tag, width, height)
        assert best is not None  # by what is usual
        least = self.covered(best, tag, tag.width * tag.height)
        hides = self.hides(best, tag, tag)
        for number in range(COUNT):
            if not (least or hides) or not self._tries:
                break
            spot = spot_at(number, tag, width, height)
            if spot is None or number == usual:
                continue
            self._tries -= 1
            covered = self.covered(spot, tag, least)
            if covered < least:
                best, least, hides = spot, covered, self.hides(spot, tag)
            elif not covered and not self.hides(spot, tag):
                best, hides = spot, False
        return best

    def covered(self, spot: "Spot", tag: "Tag", enough: float) -> float:
        """How much of labels the tag's would cover here, in square pixels; no more is counted than is enough."""
        _, x0, y0 = spot
        x1, y1 = x0 + tag.width, y0 + tag.height
        total = 0.0
        rows, high = self._labels, self._row
        for row in range(int(y0 / high) - 1, int(y1 / high) + 1):
            if row in rows:
                for left, top, right, bottom, _ in rows[row]:
                    if x0 < right and left < x1 and y0 < bottom and top < y1:
                        across = (x1 if x1 < right else right) - (x0 if x0 > left else left)
                        down = (y1 if y1 < bottom else bottom) - (y0 if y0 > top else top)
                        total += across * down
                        if total >= enough:
                            return total
        return total

    def is_free(self, spot: "Spot", tag: "Tag", slack: float) -> bool:
        """Whether no label but its own is in the way here, by more than slack, in pixels; less than 0: with so much
        to spare."""
        _, x0, y0 = spot
        x1, y1 = x0 + tag.width - slack, y0 + tag.height - slack
        x0, y0 = x0 + slack, y0 + slack
        rows, high = self._labels, self._row
        for row in range(int(y0 / high) - 1, int(y1 / high) + 1):
            if row in rows:
                for left, top, right, bottom, other in rows[row]:
                    if x0 < right and left < x1 and y0 < bottom and top < y1 and other is not tag:
                        return False
        return True

    def hides(self, spot: "Spot", tag: "Tag", but: "Tag | None" = None, slack: float = 0.0) -> bool:
        """Whether a label here would lie over the middle of a small box, other than that of one tag."""
        if not self._middles:
            return False
        _, x0, y0 = spot
        x1, y1 = x0 + tag.width - slack, y0 + tag.height - slack
        x0, y0 = x0 + slack, y0 + slack
        for row in range(int(y0 / self._row), int(y1 / self._row) + 1):
            for x, y, other in self._middles.get(row, ()):
                if x0 < x < x1 and y0 < y < y1 and other is not but:
                    return True
        return False
