"""Lines across the picture, and who has crossed them.

    counter = LineCounter(Line("door", 0.5, 0.0, 0.5, 1.0))
    for crossing in counter.update(tracker.tracks, 1000.0, 640, 480):
        print(crossing.direction, crossing.label)
    counter.counts  # {"in": {"person": 7}, "out": {"person": 3}}

A crossing is a way that meets the line itself, between where something surely was on one side and surely on the other:
who stands on it, trembles there, or goes round its end has not crossed. All times are in ms, of one clock.
"""

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from detector.tracking.tracker import Track

    class Line(NamedTuple):
        """From one point to another, as fractions of the picture. In is to the left of who walks along it."""

        name: str
        x0: float
        y0: float
        x1: float
        y1: float

    class Crossing(NamedTuple):
        """Somebody has crossed a line. direction: "in" or "out". at_ms: when it was surely on the other side."""

        line: str
        direction: str
        track_id: int
        label: str
        at_ms: float

else:
    Line = namedtuple("Line", ("name", "x0", "y0", "x1", "y1"))
    Crossing = namedtuple("Crossing", ("line", "direction", "track_id", "label", "at_ms"))

IN, OUT = "in", "out"

# How far from the line something has to be to be surely on a side of it, as a share of its own size,
_SURE = 0.1
# and for how many ms it has to stay there. What is gone before that has been there all the same.
_SETTLE = 250.0
# Of what was seen no more often, the first place it was seen at counts too, although it had no id there.
_NEW = 3


class _Walk:
    """What is known of a track and a line. side: where it surely was last: -1, 1; 0: nowhere yet.

    distance, point: at its last place. met: how often its way has met the line since then, one way less the other.
    since: when it was first surely on the other side, or None. label, seen_ms: of the track.
    """

    def __init__(self) -> None:
        self.side = 0
        self.distance = 0.0
        self.point = (0.0, 0.0)
        self.met = 0
        self.since: float | None = None
        self.label = ""
        self.seen_ms = -1.0


class LineCounter:
    """Counts who crosses a line, each way and for each class. counts: {"in": {label: how many}, "out": ...}."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.reset()

    def reset(self) -> None:
        """Nobody has crossed it."""
        self.counts: dict[str, dict[str, int]] = {IN: {}, OUT: {}}
        self.forget()

    def forget(self) -> None:
        """Nobody is anywhere; the counts stay."""
        self._walks: dict[int, _Walk] = {}
        self._since = -1.0  # when it was looked at first

    def finish(self) -> list[Crossing]:
        """No look follows: who was on the other side last has crossed it."""
        crossed: list[Crossing] = []
        for number in list(self._walks):
            self._gone(number, crossed)
        return crossed

    def total(self, direction: str) -> int:
        """How many there were one way, of all classes. direction: "in" or "out"."""
        return sum(self.counts[direction].values())

    def update(self, tracks: "list[Track]", at_ms: float, width: float, height: float) -> list[Crossing]:
        """Who has crossed it since the last look. width, height: of the picture, in source pixels.

        tracks: all that are remembered, whether seen in this look or not.
        """
        x0, y0 = self.line.x0 * width, self.line.y0 * height
        along, down = self.line.x1 * width - x0, self.line.y1 * height - y0
        length = (along * along + down * down) ** 0.5
        crossed: list[Crossing] = []
        remembered: set[int] = set()
        if self._since < 0.0:
            self._since = at_ms
        for track in tracks:
            if track.id is None:
                continue
            remembered.add(track.id)
            if not length:
                continue
            walk = self._walks.get(track.id)
            places = [(track.seen_ms, track.box(track.seen_ms).foot)]
            if walk is None:
                walk = self._walks[track.id] = _Walk()
                first_ms, x, y = track.first
                if track.hits <= _NEW and first_ms >= self._since:  # where it was before it got its id
                    places.insert(0, (first_ms, (x, y)))
            for seen_ms, point in places:
                if seen_ms <= walk.seen_ms:
                    continue
                distance = (along * (point[1] - y0) - down * (point[0] - x0)) / length
                if walk.seen_ms >= 0.0 and (distance < 0.0) != (walk.distance < 0.0):
                    # Where on the line the way meets it, as a fraction of it.
                    share = walk.distance / (walk.distance - distance)
                    x = walk.point[0] + share * (point[0] - walk.point[0]) - x0
                    y = walk.point[1] + share * (point[1] - walk.point[1]) - y0
                    if 0.0 <= x * along + y * down <= length * length:
                        walk.met += 1 if distance >= 0.0 else -1
                walk.distance = distance
                walk.point = point
                walk.label = track.detection.label
                walk.seen_ms = seen_ms
                box = track.detection.box
                margin = _SURE * (box.width + box.height) / 2
                if -margin <= distance <= margin:
                    continue
                side = 1 if distance > 0.0 else -1
                if side == walk.side or not walk.side:
                    walk.side = side
                    walk.met = 0
                    walk.since = None
                elif walk.since is None:
                    walk.since = seen_ms
                elif seen_ms - walk.since >= _SETTLE:
                    self._settle(track.id, walk, crossed)
        for number in [number for number in self._walks if number not in remembered]:
            self._gone(number, crossed)
        return crossed

    def _gone(self, number: int, crossed: list[Crossing]) -> None:
        walk = self._walks.pop(number)
        if walk.since is not None:
            self._settle(number, walk, crossed)

    def _settle(self, number: int, walk: _Walk, crossed: list[Crossing]) -> None:
        """It is on the other side by now: by way of the line, or round it."""
        assert walk.since is not None
        walk.side = -walk.side
        if walk.met:
            direction = IN if walk.side < 0 else OUT
            counts = self.counts[direction]
            counts[walk.label] = counts.get(walk.label, 0) + 1
            crossed.append(Crossing(self.line.name, direction, number, walk.label, walk.since))
        walk.met = 0
        walk.since = None
