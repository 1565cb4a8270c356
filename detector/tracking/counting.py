"""All lines and zones of a picture: what happens at them, how many there were, and when.

    counting = Counting()
    counting.choose("door:0.5,0,0.5,1", "")
    for event in counting.update(tracker.tracks, 1000.0, 640, 480):
        print(event.detail())
    counting.lines[0].total("in")
    counting.as_dict()          # plain values, as csv() has them as text

All times are in ms, of one clock.
"""

from detector.tracking.lines import IN, OUT, LineCounter
from detector.tracking.shapes import lines_of, zones_of
from detector.tracking.zones import ENTER, ZoneCounter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from detector.tracking.lines import Crossing, Line
    from detector.tracking.tracker import Track
    from detector.tracking.zones import Visit, Zone

# Events and gaps that are kept, the last ones: a day must not fill the memory. The counts have all of them.
MOST_EVENTS = 1000
MOST_GAPS = 100
# Without a look for so many ms, nobody knows what has happened. A scene that rests is looked at once a second.
GAP = 3000.0
HEADER = "time,kind,name,direction,class,track,dwell"


class Event:
    """kind: "cross", "zone-enter" or "zone-leave". name: of the line or zone. direction: "in" or "out" over a line; of
    a zone "". dwell: for how many seconds it was there, of who leaves a zone; else 0."""

    __slots__ = ("kind", "name", "direction", "track_id", "label", "at_ms", "dwell")

    def __init__(
        self, kind: str, name: str, direction: str, track_id: int, label: str, at_ms: float, dwell: float
    ) -> None:
        self.kind = kind
        self.name = name
        self.direction = direction
        self.track_id = track_id
        self.label = label
        self.at_ms = at_ms
        self.dwell = dwell

    def detail(self) -> dict[str, object]:
        """The plain values of a `detector:track` event."""
        detail: dict[str, object] = {
            "version": 1,
            "kind": self.kind,
            "trackId": self.track_id,
            "class": self.label,
            "timestamp": self.at_ms,
        }
        if self.kind == "cross":
            detail["line"] = self.name
            detail["direction"] = self.direction
        else:
            detail["zone"] = self.name
            if self.kind == "zone-leave":
                detail["dwell"] = self.dwell
        return detail


class Counting:
    """lines, zones: LineCounter and ZoneCounter of each, in their order. events: the last ones. gaps: (from, to) of the
    times in which nobody looked. zero_ms: the clock's 0, in ms since 1970; None: times are those of a clip."""

    def __init__(self) -> None:
        self.zero_ms: float | None = None
        self.lines: list[LineCounter] = []
        self.zones: list[ZoneCounter] = []
        self._chosen = ("", "")
        self.reset()

    def choose(self, lines: str, zones: str) -> None:
        """Count at these from now on, as in shapes.py. What is where it was goes on with its counts, under another name
        too.

        Whoever is inside a zone that is elsewhere now, or gone, has left it: the next update or finish tells.
        """
        if (lines, zones) == self._chosen:
            return
        self._chosen = (lines, zones)
        old_lines, old_zones = self.lines, self.zones
        new_lines, new_zones = lines_of(lines)[0], zones_of(zones)[0]
        self.lines, self.zones = [], []
        for line in new_lines:
            at = _known([one.line for one in old_lines], line, new_lines)
            self.lines.append(LineCounter(line) if at is None else old_lines[at])
            self.lines[-1].line = line
        for zone in new_zones:
            at = _known([one.zone for one in old_zones], zone, new_zones)
            self.zones.append(ZoneCounter(zone) if at is None else old_zones[at])
            self.zones[-1].zone = zone
        for old in old_zones:
            if old not in self.zones:
                self._ended += [_of_visit(one) for one in old.finish()]

    @property
    def active(self) -> bool:
        """Whether there is a line or a zone."""
        return bool(self.lines or self.zones)

    def reset(self) -> None:
        """Nothing was counted."""
        for line in self.lines:
            line.reset()
        for zone in self.zones:
            zone.reset()
        self.events: list[Event] = []
        self.gaps: list[tuple[float, float]] = []
        self._last: float | None = None
        self._ended: list[Event] = []  # by another choice, and not told yet

    def update(self, tracks: "list[Track]", at_ms: float, width: float, height: float) -> list[Event]:
        """What has happened since the last look. width, height: of the picture, in source pixels.

        tracks: all that are remembered, whether seen in this look or not.
        """
        if not self.active:
            self._last = None
            return self._told([])
        last, self._last = self._last, at_ms
        if last is not None and at_ms - last > GAP:
            _keep(self.gaps, (last, at_ms), MOST_GAPS)
        if last is not None and at_ms < last:  # another moment of a clip
            for line in self.lines:
                line.forget()
            for zone in self.zones:
                zone.forget()
        new: list[Event] = []
        for line in self.lines:
            new += [_of_crossing(one) for one in line.update(tracks, at_ms, width, height)]
        for zone in self.zones:
            new += [_of_visit(one) for one in zone.update(tracks, at_ms, width, height)]
        return self._told(new)

    def finish(self) -> list[Event]:
        """No look follows: what that ends."""
        new: list[Event] = []
        for line in self.lines:
            new += [_of_crossing(one) for one in line.finish()]
        for zone in self.zones:
            new += [_of_visit(one) for one in zone.finish()]
        self._last = None
        return self._told(new)

    def _told(self, new: list[Event]) -> list[Event]:
        new = self._ended + new
        self._ended = []
        for event in new:
            _keep(self.events, event, MOST_EVENTS)
        return new

    def as_dict(self, told: "Callable[[float], object] | None" = None) -> dict[str, object]:
        """Plain values. told: says a time otherwise than in seconds, as in told(1000.0)."""
        said = told or _seconds
        return {
            "version": 1,
            "lines": [
                {"name": one.line.name, IN: dict(one.counts[IN]), OUT: dict(one.counts[OUT])}
                for one in self.lines
            ],
            "zones": [
                {
                    "name": one.zone.name,
                    "present": one.present,
                    "entered": dict(one.entered),
                    "left": dict(one.left),
                    "longest": round(one.longest, 3),
                }
                for one in self.zones
            ],
            "events": [_plain(event, said) for event in self.events],
            "gaps": [[said(begin), said(end)] for begin, end in self.gaps],
        }

    def csv(self, told: "Callable[[float], object] | None" = None) -> str:
        """A line for each event, after one of names; a gap has one, too, with its length as `dwell`."""
        from detector.exports.csv_export import cell

        said = told or _seconds
        gaps = [Event("gap", "", "", 0, "", begin, (end - begin) / 1000.0) for begin, end in self.gaps]
        rows: list[Event] = []
        for event in self.events:
            while gaps and gaps[0].at_ms <= event.at_ms:
                rows.append(gaps.pop(0))
            rows.append(event)
        lines = [HEADER]
        for event in rows + gaps:
            number = str(event.track_id) if event.track_id else ""
            dwell = f"{event.dwell:.3f}" if event.dwell else ""
            words = [
                str(said(event.at_ms)),
                event.kind,
                event.name,
                event.direction,
                event.label,
                number,
                dwell,
            ]
            lines.append(",".join([cell(word) for word in words]))
        return "\r\n".join(lines) + "\r\n"


def _known(
    known: "Sequence[Line | Zone]", one: "Line | Zone", chosen: "Sequence[Line | Zone]"
) -> "int | None":
    """Which of those that are known it is: the same, or one in its place whose name is not chosen any more."""
    for at in range(len(known)):
        if known[at] == one:
            return at
    for at in range(len(known)):
        if known[at][1:] == one[1:] and known[at] not in chosen:
            return at
    return None


def _plain(event: Event, said: "Callable[[float], object]") -> dict[str, object]:
    plain = event.detail()
    del plain["version"], plain["timestamp"]
    plain["time"] = said(event.at_ms)
    return plain


def _seconds(at_ms: float) -> float:
    return round(at_ms / 1000.0, 3)


def _keep(some: "list[Any]", one: object, most: int) -> None:
    some.append(one)
    if len(some) > most:
        some.pop(0)


def _of_crossing(one: "Crossing") -> Event:
    return Event("cross", one.line, one.direction, one.track_id, one.label, one.at_ms, 0.0)


def _of_visit(one: "Visit") -> Event:
    kind = "zone-enter" if one.kind == ENTER else "zone-leave"
    return Event(kind, one.zone, "", one.track_id, one.label, one.at_ms, one.dwell)
