"""Labels of pictures that follow each other: one stays at its place, unless that has become clearly worse than others.

    memory = LabelMemory()      # one for each stream: another begins anew
    draw(detections, 640, 480, measure=measure, memory=memory)

Without it labels would jump to and fro, as boxes tremble from look to look. Pure Python.
"""

from collections import namedtuple

from detector.drawing.label_placement import Room, by_score
from detector.drawing.label_spots import ABOVE, INSIDE, spot_at
from detector.tracking.matching import same_objects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from detector.drawing.label_spots import Spot, Tag

    class _Shown(NamedTuple):
        """A label as it was drawn last. missed: how many looks ago that was."""

        tag: Tag
        spot: Spot
        missed: int
else:
    _Shown = namedtuple("_Shown", ("tag", "spot", "missed"))

# Of a label's height. A place is given up when something is in its way by more than this, and the usual one is taken
# again when it has so much to spare: what trembles by less changes nothing.
_SLACK = 0.25
# Where no place is free, so much less of a label must be covered elsewhere for it to go there.
_BETTER = 0.25
# An object that is lost for no more looks than this gets its label where it was, and nobody returns there meanwhile.
_MISSED = 5
_MOST_MISSED = 50  # labels of lost objects
_ANYWHERE = 1e300


class LabelMemory:
    """Which of its places each label has. An object is known again as tracking/matching.py says."""

    def __init__(self) -> None:
        self._size = (0.0, 0.0)
        # Those that have stood longest come first, and let others go round them; lost ones last.
        self._known: list[_Shown] = []
        self._drawn: list[int] = []  # the last picture's labels, in its own order: their indices in known

    def place(self, tags: "list[Tag]", width: float, height: float, held: bool = False) -> "list[Spot]":
        """As label_placement.place(), for the next picture.

        held: nothing is new, boxes of the last picture are elsewhere by now (in the same order, some may have left):
        each label goes with its box, and none changes its place.
        """
        if (width, height) != self._size:
            self._size = (width, height)
            self._known = []
            self._drawn = []
        spots = self._moved_on(tags) if held else None
        return self._looked(tags) if spots is None else spots

    def _moved_on(self, tags: "list[Tag]") -> "list[Spot] | None":
        """None if these are others than in the last picture."""
        spots = []
        known = list(self._known)
        at = 0
        for tag in tags:
            while at < len(self._drawn) and not _is_same(tag, known[self._drawn[at]].tag):
                at += 1
            if at == len(self._drawn):
                return None
            index = self._drawn[at]
            at += 1
            spot = spot_at(known[index].spot.place, tag, self._size[0], self._size[1], _ANYWHERE)
            assert spot is not None
            known[index] = _Shown(tag, spot, 0)
            spots.append(spot)
        self._known = known
        return spots

    def _looked(self, tags: "list[Tag]") -> "list[Spot]":
        known = self._known
        width, height = self._size
        found = same_objects([one.tag.detection for one in known], [tag.detection for tag in tags])
        old: list[tuple[int, int]] = []
        new: list[int] = []
        for index, last in enumerate(found):
            if last is None:
                new.append(index)
            else:
                old.append((last, index))
        old.sort()
        new = by_score(tags, new)
        room = Room(tags)
        spots: dict[int, Spot] = {}
        # Who can stay stays; who cannot goes where those leave room; then come the new ones.
        moving = []
        for last, index in old:
            spot = self._kept(room, tags[index], known[last].spot.place)
            if spot is None:
                moving.append((last, index))
            else:
                spots[index] = spot
                room.take(spot, tags[index])
        for last, index in moving:
            spots[index] = self._moved(room, tags[index], known[last].spot.place)
            room.take(spots[index], tags[index])
        for index in new:
            spots[index] = room.choose(tags[index], width, height)
            room.take(spots[index], tags[index])
        lost = self._lost(found) if len(old) < len(known) else []
        for one in lost:
            room.take(one.spot, one.tag)
        for _, index in old:
            if spots[index].place != ABOVE:
                spots[index] = self._returned(room, tags[index], spots[index])
        self._known = []
        self._drawn = [0] * len(tags)
        for index in [index for _, index in old] + new:
            self._drawn[index] = len(self._known)
            self._known.append(_Shown(tags[index], spots[index], 0))
        self._known.extend(lost)
        return [spots[index] for index in range(len(tags))]

    def _kept(self, room: Room, tag: "Tag", place: int) -> "Spot | None":
        """The place that it has, if that is still good enough."""
        slack = _SLACK * tag.height
        spot = spot_at(place, tag, self._size[0], self._size[1], slack)
        if spot is None or not room.is_free(spot, tag, slack) or room.hides(spot, tag, tag, slack):
            return None
        return spot

    def _moved(self, room: Room, tag: "Tag", place: int) -> "Spot":
        """Where it goes instead; the place that it has, if no other is clearly better."""
        slack = _SLACK * tag.height
        best = room.choose(tag, self._size[0], self._size[1])
        kept = spot_at(place, tag, self._size[0], self._size[1], slack)
        if kept is None:
            return best
        if room.is_free(kept, tag, slack):  # so it is small boxes that it hides
            better = room.is_free(best, tag, 0.0) and not room.hides(best, tag, tag)
        else:
            area = tag.width * tag.height
            covered = room.covered(best, tag, area)
            better = not covered or covered + _BETTER * area < room.covered(kept, tag, area)
        return best if better else kept

    def _returned(self, room: Room, tag: "Tag", spot: "Spot") -> "Spot":
        """Its usual place, once there is enough room for it; else where it is."""
        slack = _SLACK * tag.height
        above = tag.box.y - tag.height
        usual = ABOVE if above >= slack else INSIDE if above < -slack else spot.place
        if usual == spot.place:
            return spot
        home = spot_at(usual, tag, self._size[0], self._size[1])
        if home is None or not room.is_free(home, tag, -slack) or room.hides(home, tag, tag, -slack):
            return spot
        room.take(home, tag)
        return home

    def _lost(self, found: list[int | None]) -> "list[_Shown]":
        """The labels of those objects that are not in this picture, for some looks more."""
        here = {last for last in found if last is not None}
        lost: list[_Shown] = []
        for index in range(len(self._known)):
            tag, spot, missed = self._known[index]
            if index not in here and missed < _MISSED and len(lost) < _MOST_MISSED:
                lost.append(_Shown(tag, spot, missed + 1))
        return lost


def _is_same(tag: "Tag", before: "Tag") -> bool:
    """Whether one is of the other's detection, moved on."""
    one, other = tag.detection, before.detection
    return one.class_id == other.class_id and one.score == other.score
