"""Which object is which from look to look, although some are missed for a while: a tracker, in time and not in frames.

    tracker = Tracker()
    found = tracker.update(detections, 1000.0)  # the same, with track ids where they are sure
    tracker.at(1050.0)                          # where they are 50 ms later

Two stages (Y. Zhang et al., "ByteTrack", 2022): what is seen surely finds its track first, what is seen hardly goes on
with what is left of them and never begins one. Places are predicted (motion.py) and boxes widened for the time that has
passed, and once more for what has found nothing (F. Yang et al., "Hard to track objects with irregular motions and
similar appearances?", 2023: cascaded buffered IoU), so that few looks a second are enough. All times are in ms, of one
clock.
"""

from detector.detection import Box, Detection
from detector.tracking.assignment import assign
from detector.tracking.motion import Motion
from detector.vision.boxes import clip, iou

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from detector.settings import Settings


# How far boxes are widened on each side, in shares of their size: at once, for each second since, and at most.
_WIDER = 0.15
_WIDER_A_SECOND = 1.2
_WIDEST = 1.25
# How much wider still for what has found nothing so near: it may have begun to run.
_FURTHER = 0.8
# The least overlap (IoU) of two widened boxes that may be one object's; and of two that are told to be of different
# classes. All of these were tuned on crowds and sequences (docs/tracking.md) that its figures are not of.
_LEAST = 0.6
_LEAST_OF_ANOTHER = 0.75
# Of boxes that overlap at least so much, the middles are less than half of this apart, in shares of the size of either
# (vision/non_maximum_suppression.py says why); a little more, for rounding.
_REACH = 1.001 * (1.0 - _LEAST) / _LEAST
# What is seen hardly goes on with what was seen in the look before, or so many ms ago; later it has to be sure.
_HARDLY = 500.0
# For how many ms something goes on as it went where it isn't seen.
_GOES_ON = 1500.0
# How long a trail is, and how far apart its points are, in ms.
_TRAIL = 3000.0
_TRAIL_STEP = 100.0
# Looks further apart than this tell nothing of what happens between them.
_LONGEST_INTERVAL = 700.0
_ENDLESS = 1e9
# The overlap from which on what is held would be a second box of what is seen.
_SAME_PLACE = 0.3
# How fast what was said of a class fades, a look.
_VOTE = 0.9


class Track:
    """One object over time.

    id: a small number, None until it was seen `confirm` times. detection: what was seen of it last, under the class
    that most looks have given it, where it was then. began_ms, seen_ms: when it was seen first, and last. first:
    (ms, x, y) of where it stood at first. hits: how often it was seen. goes: whether it is on its way. missed: in how
    many looks it wasn't seen since. closely: what a closer look at a part has found of it, if none has missed it since.
    trail: (ms, x, y) of where it stood in the last seconds, where it moved: the middle of its lower edge, smoothed.
    """

    __slots__ = (
        "id",
        "detection",
        "began_ms",
        "hits",
        "goes",
        "missed",
        "closely",
        "trail",
        "first",
        "motion",
        "_class_id",
        "_votes",
    )

    def __init__(self, detection: Detection, at_ms: float) -> None:
        self.id: int | None = None
        self.detection = detection
        self.began_ms = at_ms
        self.hits = 0
        self.goes = False
        self.missed = 0
        self.closely: Detection | None = None
        self.trail: list[tuple[float, float, float]] = []
        x, y = detection.box.foot
        self.first = (at_ms, x, y)
        self.motion = Motion(detection.box, at_ms)
        self._class_id = detection.class_id
        self._votes: dict[int, tuple[float, str]] | None = None  # once a look has said another class

    @property
    def seen_ms(self) -> float:
        return self.motion.seen_ms

    @property
    def age(self) -> float:
        """For how many seconds it has been there."""
        return (self.motion.seen_ms - self.began_ms) / 1000.0

    def box(self, now_ms: float) -> Box:
        """Where it is by now, smoothed, in source pixels."""
        late = now_ms - self.motion.seen_ms
        return Box(*self.motion.at(now_ms if late < _GOES_ON else self.motion.seen_ms + _GOES_ON))

    def forget_class(self) -> None:
        """What it is, the next look says."""
        self._class_id = -1
        self._votes = None

    def detail(self, kind: str) -> dict[str, object]:
        """The plain values of a `detector:track` event. kind: "enter" or "leave"."""
        return {
            "version": 1,
            "kind": kind,
            "trackId": self.id,
            "class": self.detection.label,
            "bbox": list(self.detection.box),
            "timestamp": self.seen_ms,
            "age": self.age,
        }

    def rest(self) -> None:
        """It is known to stand."""
        self.goes = False
        self.motion.rest()

    def seen(self, detection: Detection, at_ms: float, interval: float) -> None:
        """It was seen there. interval: since the last look, in ms; 0: nobody knows what has happened since."""
        self.hits += 1
        self.missed = 0
        if detection.look:
            self.closely = detection
        if self.hits > 1:
            self.goes = self.motion.update(detection.box, at_ms, interval)
        trail = self.trail
        if not trail or (self.goes and at_ms - trail[-1][0] >= _TRAIL_STEP):
            x, y, width, height = self.motion.at(at_ms)
            trail.append((at_ms, x + width / 2, y + height))
        if at_ms - trail[0][0] > _TRAIL:
            trail.pop(0)
        label, class_id = detection.label, detection.class_id
        if self._class_id < 0:
            self._class_id = class_id
        if self._votes is not None or class_id != self._class_id:
            label, class_id = self._voted(detection)
        self.detection = Detection(label, class_id, detection.score, detection.box, self.id, detection.look)

    def _voted(self, detection: Detection) -> tuple[str, int]:
        """The class that most looks have said, the last ones counting more."""
        votes = self._votes
        if votes is None:
            before = min(self.hits - 1, 1.0 / (1.0 - _VOTE)) * self.detection.score
            votes = self._votes = {self._class_id: (before, self.detection.label)}
        for class_id in votes:
            votes[class_id] = (votes[class_id][0] * _VOTE, votes[class_id][1])
        own = detection.class_id
        votes[own] = ((votes[own][0] if own in votes else 0.0) + detection.score, detection.label)
        best = self._class_id
        for class_id in votes:
            if votes[class_id][0] > votes[best][0]:
                best = class_id
        self._class_id = best
        return votes[best][1], best


class Tracker:
    """memory: for how many seconds something that isn't seen is remembered; more brings back what was hidden for long,
    and takes another for it more often. confirm: how often it has to be seen to get an id. sure: the least score to
    begin a track; what is seen less surely only goes on with one. moving: whether anything is on its way.
    numbers: whether detections get their tracks' ids.

    hold: for how many seconds something that has an id and isn't seen is told all the same, where it is expected, so
    that boxes do not blink: 0, not at all; otherwise also in the first look that misses it, however late that is. most:
    no more than so many are told, with these.
    """

    def __init__(self, memory: float = 2.0, confirm: int = 2, sure: float = 0.5, hold: float = 0.0) -> None:
        self.memory = memory
        self.confirm = confirm
        self.sure = sure
        self.hold = hold
        self.most = 1_000_000
        self.numbers = True
        self.forget()

    def follow(self, settings: "Settings") -> None:
        """From now on as these say: what is told at all is seen surely."""
        self.sure = settings.threshold
        self.most = settings.max
        self.numbers = settings.tracks != "off"

    def forget(self) -> None:
        """Nothing was seen: another picture is there. Ids begin anew."""
        self._last_id = 0
        self._chosen_ms = -1.0
        self._tracks: list[Track] = []
        self.lose()

    def lose(self) -> None:
        """Nothing is where it was, as in a picture that was turned: what is seen from now on gets ids of its own."""
        self._tracks = []
        self._found: list[Detection] = []  # by the last look,
        self._found_tracks: list[Track | None] = []  # and whose each is
        self._at = 0.0  # when the last look was,
        self._interval = 0.0  # and how long after the one before; 0: too long
        self.moving = False

    @property
    def tracks(self) -> list[Track]:
        """Those that have an id, the oldest first: seen in the last look, or not longer ago than `memory`."""
        return [track for track in self._tracks if track.id is not None]

    def let_go(self, at_ms: float) -> None:
        """At that time another choice was made of what is told: what was seen before is not held."""
        self._chosen_ms = at_ms
        for track in self._tracks:
            track.forget_class()

    def update(
        self,
        detections: "list[Detection] | None",
        at_ms: float,
        width: float = _ENDLESS,
        height: float = _ENDLESS,
        stays: "Callable[[Detection], bool] | None" = None,
        part: int = 0,
    ) -> list[Detection]:
        """What a look at the picture of that time has found; None where nobody looked.

        Gives the same detections in the same order, each with its track's id, if that has one, and class; those that
        are held lie among them by their scores. What is seen hardly is told as just sure where it goes on with what was
        seen just before, and else left out. A time that isn't later than the last counts as the same, but one
        that is long before it is another beginning. width, height: of the picture.

        Looking closer: part is the number of the part of the picture that was looked at, where nothing moves, and the
        `look` of what was found there; 0: the whole. What was told before is told again, but for what an earlier look
        at this part has found and this one has not. In a look at the whole, stays says whether the place of what a part
        has shown looks as it did then: it counts as seen once more, unless it is seen better.
        """
        before = self._at
        if self._tracks and at_ms < before - self.memory * 1000.0:
            self.lose()
            before = at_ms
        at = max(at_ms, before) if self._tracks else at_ms
        standing = self._standing(part, stays) if detections is not None else {}
        self._leave(at, standing)
        if detections is None:
            return []
        if before <= self._chosen_ms:  # who was seen once, before another choice, is not who is seen now
            self._tracks = [track for track in self._tracks if track.id is not None or track in standing]
        interval = 0.0
        if not part:
            interval = at - before if 0.0 < at - before <= _LONGEST_INTERVAL else 0.0
            self._at = at
            self._interval = interval
        # Where nothing moves, boxes are what they are.
        now, further = (None, -_WIDER) if part else (at, 0.0)
        found: list[Track | None] = [None] * len(detections)
        sure: list[int] = []
        unsure: list[int] = []
        for i in range(len(detections)):
            (sure if detections[i].score >= self.sure else unsure).append(i)
        left = self._match(self._tracks, detections, sure, found, now, further)
        if part:
            for one in left:
                if one.closely is not None and one.closely.look == part:
                    one.closely = None
                    one.missed += one not in standing
        if standing:
            left = [track for track in left if track not in standing]
        if unsure:
            lately: list[Track] = []
            others: list[Track] = []
            for one in left:
                there = one.id is not None and (not one.missed or at - one.seen_ms <= _HARDLY)
                (lately if there else others).append(one)
            left = others + self._match(lately, detections, unsure, found, now, further)
        sure = [i for i in sure if found[i] is None]
        if not part:
            left = self._match(left, detections, sure, found, now, _FURTHER)
            for one in left:
                one.missed += 1
        for i in sure:
            if found[i] is None:
                found[i] = track = Track(detections[i], at)
                self._tracks.append(track)
        if unsure:
            told = [one for one, track in zip(detections, found) if track is not None]
            detections = [one if one.score >= self.sure else one.scored(self.sure) for one in told]
            found = [track for track in found if track is not None]
        if standing:
            detections, found = self._with_standing(detections, found, standing, part)
        seen: list[Detection] = []
        for i in range(len(detections)):
            track_found = found[i]
            assert track_found is not None  # what is seen surely and belongs to none has begun one
            if part and standing.get(track_found) is detections[i]:
                seen.append(detections[i])  # nobody has looked at it
                continue
            if track_found.id is None and track_found.hits + 1 >= self.confirm:
                self._last_id += 1
                track_found.id = self._last_id
            track_found.seen(detections[i], at, interval)
            seen.append(track_found.detection if self.numbers else track_found.detection.tracked(None))
        if not part:  # what was seen once and not again was none
            self._tracks = [one for one in self._tracks if one.id is not None or one.motion.seen_ms >= at]
            if self.hold:
                self._add_held(seen, found, left, at, width, height)
        self.moving = any(track is not None and track.goes for track in found)
        self._found = seen
        self._found_tracks = found
        return seen

    def _standing(
        self, part: int, stays: "Callable[[Detection], bool] | None"
    ) -> "dict[Track | None, Detection]":
        """What is there though this look may not see it: as a part has shown it; for one at a part, as it was told."""
        standing: dict[Track | None, Detection] = {}
        if part:
            for one, track in zip(self._found, self._found_tracks):
                if one.look != part:
                    standing[track] = one
        elif stays is not None:
            for track in self._tracks:
                closely = track.closely
                if closely is not None and closely.score >= self.sure and stays(closely):
                    standing[track] = closely
        return standing

    def _with_standing(
        self,
        detections: list[Detection],
        found: "list[Track | None]",
        standing: "dict[Track | None, Detection]",
        part: int,
    ) -> "tuple[list[Detection], list[Track | None]]":
        """What was found, and with it what stands, unless that is seen better now; the best first."""
        detections, found = list(detections), list(found)
        for track in standing:
            if track not in found:
                detections.append(standing[track])
                found.append(track)
                continue
            place = found.index(track)
            if standing[track].score > detections[place].score:
                if part and track is not None:
                    track.closely = detections[place]
                detections[place] = standing[track]
        order = sorted(range(len(found)), key=lambda i: (-detections[i].score, i))[: self.most]
        return [detections[i] for i in order], [found[i] for i in order]

    def _add_held(
        self,
        seen: list[Detection],
        found: "list[Track | None]",
        left: list[Track],
        at: float,
        width: float,
        height: float,
    ) -> None:
        """What isn't seen for the moment, where it is expected, unless something of its class is seen there.

        left: the tracks that nothing was found for.
        """
        missing = [track for track in left if track.id is not None]
        if not missing:
            return
        there = [(one.class_id, one.box.corners) for one in seen]
        missing.sort(key=lambda track: -track.seen_ms)
        for track in missing:
            if len(seen) >= self.most:
                break
            if track.seen_ms <= self._chosen_ms or (
                track.missed > 1 and at - track.seen_ms > self.hold * 1000.0
            ):
                continue
            one = track.detection
            place = clip(track.box(at).corners, width, height)
            if place is None or any(
                class_id == one.class_id and iou(place, box) > _SAME_PLACE for class_id, box in there
            ):
                continue
            box = Box(place[0], place[1], place[2] - place[0], place[3] - place[1])
            there.append((one.class_id, place))
            # Among the others by its score.
            number = 0
            while number < len(seen) and seen[number].score >= one.score:
                number += 1
            seen.insert(number, (one if self.numbers else one.tracked(None)).placed(box))
            found.insert(number, track)

    def at(self, now_ms: float, width: float = _ENDLESS, height: float = _ENDLESS) -> list[Detection]:
        """What the last look has found where it is by now, in the same order; without what has left the picture.

        What moves is where the filter sees it, which trembles less than what the looks find; what stands is where it
        was found. Boxes go on as they go for the time between two looks, slow down for half of that again, and then
        stay: what wasn't seen for so long may have stopped or turned. width, height: of the picture.
        """
        if not self.moving:
            return self._found
        progress = self._progress(now_ms)
        found = []
        for detection, track in zip(self._found, self._found_tracks):
            if track is None or not track.goes:
                found.append(detection)
                continue
            x, y, across, down = track.motion.at(self._at + progress)
            box = clip((x, y, x + across, y + down), width, height)
            if box is not None:
                x0, y0, x1, y1 = box
                found.append(detection.placed(Box(x0, y0, x1 - x0, y1 - y0)))
        return found

    def moves(self, since_ms: float, now_ms: float) -> bool:
        """Whether anything is elsewhere now than it was at since_ms."""
        return self.moving and self._progress(since_ms) != self._progress(now_ms)

    def rest(self) -> bool:
        """The scene is known to be as it was at the last look: everything is where it was found.

        Gives whether anything was on its way.
        """
        if not self.moving:  # asked at each frame of a scene that rests
            return False
        self.moving = False
        for track in self._tracks:
            track.rest()
        return True

    def _progress(self, now_ms: float) -> float:
        """For how many ms at full speed the boxes have gone since the last look."""
        interval = self._interval
        gone = now_ms - self._at
        if gone <= 0.0:
            return 0.0
        if gone <= interval:
            return gone
        # From full speed at one interval evenly down to none at one and a half.
        late = min(gone - interval, interval / 2)
        return interval + late - late * late / interval if interval > 0.0 else 0.0

    def _leave(self, at: float, standing: "dict[Track | None, Detection]") -> None:
        oldest = at - self.memory * 1000.0
        if any(track.motion.seen_ms < oldest for track in self._tracks):
            self._tracks = [
                track for track in self._tracks if track.motion.seen_ms >= oldest or track in standing
            ]

    def _match(
        self,
        tracks: list[Track],
        detections: list[Detection],
        which: list[int],
        found: "list[Track | None]",
        at: "float | None",
        further: float,
    ) -> list[Track]:
        """Find the tracks of some of the detections. at: the time; None: nothing has moved. further: how much wider
        than usual boxes are.

        Gives the tracks that are left.
        """
        if not tracks or not which:
            return tracks[:]
        places = _places_of_detections(detections, which)
        count = len(places)
        first = 0
        gains: "list[list[tuple[int, float]]]" = [[] for _ in tracks]
        tracked, furthest = _places_of_tracks(tracks, at, further)
        for x, y, width, height, own, wider, number in tracked:
            x_reach = _REACH * wider * width
            y_reach = _REACH * wider * height
            left = x - x_reach
            right = x + x_reach
            top = y - y_reach
            bottom = y + y_reach
            area = width * height
            while first < count and places[first][0] < x - furthest:
                first += 1  # nor is it near those that are further right
            for place in range(first, count):
                its_x, its_y, its_width, its_height, class_id, column = places[place]
                if its_x > right:
                    break
                if its_y < top or its_y > bottom or its_x < left:
                    continue
                # Of boxes that are wider by the same factor, in units that are so much larger.
                apart = x - its_x if x > its_x else its_x - x
                shared_width = min(width + its_width - apart / wider, 2.0 * width, 2.0 * its_width)
                apart = y - its_y if y > its_y else its_y - y
                shared_height = min(height + its_height - apart / wider, 2.0 * height, 2.0 * its_height)
                if shared_width <= 0.0 or shared_height <= 0.0:
                    continue
                shared = shared_width * shared_height / 4.0
                fit = shared / (area + its_width * its_height - shared)
                fit -= _LEAST if class_id == own else _LEAST_OF_ANOTHER
                if fit > 0.0:
                    gains[number].append((column, fit))
        lost = []
        chosen = assign(gains)
        for number in range(len(tracks)):
            column_chosen = chosen[number]
            if column_chosen is None:
                lost.append(tracks[number])
            else:
                found[which[column_chosen]] = tracks[number]
        return lost


def _places_of_detections(
    detections: list[Detection], which: list[int]
) -> "list[tuple[float, float, float, float, int, int]]":
    """Twice the middle, and the size, of some of the detections, with their class and place in `which`, the leftmost
    first.
    """
    places = []
    for number in range(len(which)):
        one = detections[which[number]]
        x, y, width, height = one.box
        places.append((x + x + width, y + y + height, width, height, one.class_id, number))
    places.sort()
    return places


def _places_of_tracks(
    tracks: list[Track], at: "float | None", further: float
) -> "tuple[list[tuple[float, float, float, float, int, float, int]], float]":
    """The same of where tracks are predicted, with their class, how many times as wide they count, and their place in
    the list; and how far at most the middle of what may be any of them is from its own, twice.
    """
    places = []
    widest = 0.0
    seen_ms = -1.0
    for number in range(len(tracks)):
        track = tracks[number]
        motion = track.motion
        if motion.seen_ms != seen_ms:  # most were seen in the last look
            seen_ms = motion.seen_ms
            late = 0.0 if at is None else at - seen_ms
            wider = 1.0 + 2.0 * (min(_WIDER + _WIDER_A_SECOND * late / 1000.0, _WIDEST) + further)
            then = seen_ms + min(late, _GOES_ON)
        x, y, width, height = motion.at(then)
        if width * wider > widest:
            widest = width * wider
        places.append((x + x + width, y + y + height, width, height, track.detection.class_id, wider, number))
    places.sort()
    return places, _REACH * widest
