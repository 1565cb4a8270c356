"""Zones of the picture: who is in them, who came and went, and how long they stayed.

    zone = ZoneCounter(Zone("till", [(0.2, 0.4), (0.8, 0.4), (0.8, 1.0), (0.2, 1.0)]))
    for visit in zone.update(tracker.tracks, 1000.0, 640, 480):
        print(visit.kind, visit.label, visit.dwell)
    zone.present, zone.entered, zone.left, zone.longest

Coming and going count after a delay, so that a look that misses somebody, or a foot that trembles on the edge, is
neither. All times are in ms, of one clock.
"""

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from detector.tracking.tracker import Track

    Point = tuple[float, float]

    class Zone(NamedTuple):
        """A polygon; points: (x, y) of its corners, as fractions of the picture, in order."""

        name: str
        points: list[Point]

    class Visit(NamedTuple):
        """Somebody came to a zone or left it. kind: "enter" or "leave". at_ms: when. dwell: for how many seconds it was
        there; 0 for who has just come."""

        zone: str
        kind: str
        track_id: int
        label: str
        at_ms: float
        dwell: float

else:
    Zone = namedtuple("Zone", ("name", "points"))
    Visit = namedtuple("Visit", ("zone", "kind", "track_id", "label", "at_ms", "dwell"))

ENTER, LEAVE = "enter", "leave"

# For how many ms something has to be inside to have come, and outside to have gone. Who isn't seen stays for as long as
# its track is remembered.
_COMES = 300.0
_GOES = 1000.0


class _Stay:
    """began, last: when it was seen inside first, and last. came: whether that was long enough to count."""

    def __init__(self, began: float, label: str) -> None:
        self.began = began
        self.last = began
        self.came = False
        self.label = label


class ZoneCounter:
    """entered, left: {label: how many} since the beginning. longest: the longest stay so far, in seconds."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.reset()

    def reset(self) -> None:
        """Nobody was there; who is inside comes anew."""
        self.entered: dict[str, int] = {}
        self.left: dict[str, int] = {}
        self.longest = 0.0
        self.forget()

    def forget(self) -> None:
        """Nobody is anywhere; the counts stay."""
        self._stays: dict[int, _Stay] = {}

    @property
    def present(self) -> dict[str, int]:
        """How many of each class are in it."""
        there: dict[str, int] = {}
        for stay in self._stays.values():
            if stay.came:
                there[stay.label] = there.get(stay.label, 0) + 1
        return there

    def dwell(self) -> dict[int, float]:
        """For how many seconds each track that is in it has been there."""
        return {
            number: (stay.last - stay.began) / 1000.0 for number, stay in self._stays.items() if stay.came
        }

    def update(self, tracks: "list[Track]", at_ms: float, width: float, height: float) -> list[Visit]:
        """Who came and who left since the last look. width, height: of the picture, in source pixels.

        tracks: all that are remembered, whether seen in this look or not.
        """
        visits: list[Visit] = []
        outside: set[int] = set()  # of those that are seen
        remembered: set[int] = set()
        for track in tracks:
            if track.id is None:
                continue
            remembered.add(track.id)
            x, y = track.box(track.seen_ms).foot
            if not (width > 0.0 and height > 0.0 and inside(self.zone.points, x / width, y / height)):
                if track.seen_ms >= at_ms:
                    outside.add(track.id)
                continue
            stay = self._stays.get(track.id)
            if stay is None:
                if track.seen_ms < at_ms:
                    continue  # it isn't seen any more
                stay = self._stays[track.id] = _Stay(track.seen_ms, track.detection.label)
            stay.last = track.seen_ms
            if not stay.came:  # it leaves as what it came as
                stay.label = track.detection.label
            if not stay.came and stay.last - stay.began >= _COMES:
                stay.came = True
                self.entered[stay.label] = self.entered.get(stay.label, 0) + 1
                visits.append(Visit(self.zone.name, ENTER, track.id, stay.label, stay.began, 0.0))
            if stay.came:
                self.longest = max(self.longest, (stay.last - stay.began) / 1000.0)
        for number in list(self._stays):
            left = number in outside and at_ms - self._stays[number].last > _GOES
            if left or number not in remembered:
                self._gone(number, visits)
        return visits

    def finish(self) -> list[Visit]:
        """No look follows: who is inside has left."""
        visits: list[Visit] = []
        for number in list(self._stays):
            self._gone(number, visits)
        return visits

    def _gone(self, number: int, visits: list[Visit]) -> None:
        stay = self._stays.pop(number)
        if stay.came:
            self.left[stay.label] = self.left.get(stay.label, 0) + 1
            dwell = (stay.last - stay.began) / 1000.0
            visits.append(Visit(self.zone.name, LEAVE, number, stay.label, stay.last, dwell))


def inside(points: "list[Point]", x: float, y: float) -> bool:
    """Whether a point lies in a polygon: a ray from it meets an odd number of edges (M. Shimrat, 1962)."""
    odd = False
    x0, y0 = points[-1]
    for x1, y1 in points:
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
            odd = not odd
        x0, y0 = x1, y1
    return odd
