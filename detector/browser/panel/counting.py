"""The panel's section “Counting”: lines and zones are drawn, named and removed, and what was counted at them is shown.

What there is of them is the settings `lines` and `zones`; this section changes those, like any other control.
"""

import json

import js

from detector.browser.panel.history_chart import HEIGHT, MOST_LINES, REFRESH_MS, WIDTH, show_chart
from detector.browser.platform.dom import element
from detector.browser.platform.interop import is_none, listen, now, record
from detector.browser.platform.language import explained, listed, told, when_spoken, word
from detector.browser.platform.language import label as name_of
from detector.browser.platform.save_file import save_file
from detector.browser.stage.handles import Handles
from detector.drawing.palette import color_of
from detector.errors import SettingError
from detector.tracking.history import History, points
from detector.tracking.lines import IN, OUT, Line
from detector.tracking.shapes import (
    LONGEST_NAME,
    MOST,
    MOST_CORNERS,
    clean_name,
    free_name,
    lines_of,
    lines_text,
    zones_of,
    zones_text,
)
from detector.tracking.zones import Zone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import Element

    from detector.browser.page.app import App
    from detector.result import Result
    from detector.tracking.counting import Event

    Points = list[tuple[float, float]]

LINE = [(0.5, 0.1), (0.5, 0.9)]
ZONE = [(0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)]
ASIDE = 0.05  # how far the next one lies from the one before


class Section:
    """Lines first, then zones, each a row, a part of the picture, and a row of the table."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self._lines: list[Line] = []
        self._zones: list[Zone] = []
        self._history = History()
        self._shown_at = -REFRESH_MS
        self._last: "Event | None" = None  # the last event that was told
        self._handles = Handles(app.stage, self._moved, self._point_removed)
        listen(element("add-line"), "click", lambda event: self._add_line())
        listen(element("add-zone"), "click", lambda event: self._add_zone())
        listen(element("count-csv"), "click", lambda event: self._save_csv())
        listen(element("count-json"), "click", lambda event: self._save_json())
        listen(element("count-reset"), "click", lambda event: self._reset())
        # One listener for all rows: they come and go.
        listen(element("shapes"), "click", self._clicked)
        listen(element("shapes"), "change", self._renamed)
        app.settings.on_shown(self._changed)
        app.on_result(self._seen)
        listen(js.document, "detector:state", lambda event: self._ended(event.detail.state))
        when_spoken(self._build)
        self._read()

    def opened(self) -> None:
        """The panel is open."""
        self._handles.place()
        self._show()

    # What there is

    def _read(self) -> None:
        settings = self._app.settings.now
        self._lines, self._zones = lines_of(settings.lines)[0], zones_of(settings.zones)[0]
        self._build()

    def _changed(self, name: str) -> None:
        if name in ("lines", "zones"):
            self._read()
        elif name == "mirror":
            self._handles.place()

    def _names(self) -> list[str]:
        return [line.name for line in self._lines] + [zone.name for zone in self._zones]

    def _shapes(self) -> "list[tuple[str, Points]]":
        lines = [(line.name, [(line.x0, line.y0), (line.x1, line.y1)]) for line in self._lines]
        return lines + [(zone.name, list(zone.points)) for zone in self._zones]

    def _build(self) -> None:
        shapes = self._shapes()
        element("add-line").disabled = len(self._lines) >= MOST
        element("add-zone").disabled = len(self._zones) >= MOST
        rows = [self._row(number, name) for number, (name, _) in enumerate(shapes)]
        element("shapes").replaceChildren(*rows)
        element("counted").hidden = not shapes
        element("counting-hint").hidden = not shapes
        self._handles.show(shapes)
        self._show()

    def _row(self, number: int, name: str) -> "Element":
        row = js.document.createElement("li")
        row.dataset.shape = str(number)
        field = js.document.createElement("input")
        field.type = "text"
        field.value = name
        field.maxLength = LONGEST_NAME
        field.setAttribute("aria-label", word("Name"))
        row.append(field)
        if number < len(self._lines):
            row.append(_button("turn", word("Turn round"), name))
        elif len(self._zones[number - len(self._lines)].points) < MOST_CORNERS:
            row.append(_button("corner", word("One more corner"), name))
        row.append(_button("remove", word("Remove"), name))
        counts = js.document.createElement("p")
        counts.className = "quiet"
        row.append(counts)
        return row

    # What the visitor does

    def _add_line(self) -> None:
        at = ASIDE * len(self._lines)
        (x0, y0), (x1, y1) = LINE
        line = Line(free_name(word("Line"), self._names()), x0 + at, y0, x1 + at, y1)
        self._set(self._lines + [line], self._zones)
        self._focus(len(self._lines) - 1)

    def _add_zone(self) -> None:
        at = ASIDE * len(self._zones) / 2
        zone = Zone(free_name(word("Zone"), self._names()), [(x + at, y + at) for x, y in ZONE])
        self._set(self._lines, self._zones + [zone])
        self._focus(len(self._lines) + len(self._zones) - 1)

    def _focus(self, number: int) -> None:
        rows = element("shapes").children
        if number < rows.length:
            rows[number].querySelectorAll("input")[0].focus()

    def _clicked(self, event: "js.Event") -> None:
        does = event.target.getAttribute("data-does")
        if is_none(does):
            return
        number = _number_of(event.target)
        lines, zones = list(self._lines), list(self._zones)
        at = number - len(lines)
        if does == "remove" and at < 0:
            del lines[number]
        elif does == "remove":
            del zones[at]
        elif does == "turn":
            line = lines[number]
            lines[number] = Line(line.name, line.x1, line.y1, line.x0, line.y0)
        else:
            places = zones[at].points
            (x0, y0), (x1, y1) = places[-1], places[0]
            zones[at] = Zone(zones[at].name, places + [((x0 + x1) / 2, (y0 + y1) / 2)])
        self._set(lines, zones)
        if does == "remove":
            element("add-line").focus()

    def _renamed(self, event: "js.Event") -> None:
        number = _number_of(event.target)
        before = self._names()
        wanted = clean_name(str(event.target.value)) or before[number]
        name = free_name(wanted, before[:number] + before[number + 1 :])
        lines, zones = list(self._lines), list(self._zones)
        if number < len(lines):
            line = lines[number]
            lines[number] = Line(name, line.x0, line.y0, line.x1, line.y1)
        else:
            zones[number - len(lines)] = Zone(name, zones[number - len(lines)].points)
        self._set(lines, zones)

    def _moved(self, shape: int, point: int, x: float, y: float, done: bool) -> None:
        lines, zones = list(self._lines), list(self._zones)
        if shape < len(lines):
            line = lines[shape]
            ends = [(line.x0, line.y0), (line.x1, line.y1)]
            ends[point] = (x, y)
            if ends[0] == ends[1]:
                return  # no line
            lines[shape] = Line(line.name, ends[0][0], ends[0][1], ends[1][0], ends[1][1])
        else:
            zone = zones[shape - len(lines)]
            places = list(zone.points)
            places[point] = (x, y)
            zones[shape - len(lines)] = Zone(zone.name, places)
        if done:
            self._set(lines, zones)
        else:  # shown, and not yet in the address
            self._lines, self._zones = lines, zones
            self._app.counting.choose(lines_text(lines), zones_text(zones))
            self._app.stage.restyle()

    def _point_removed(self, shape: int, point: int) -> None:
        at = shape - len(self._lines)
        if at >= 0 and len(self._zones[at].points) > 3:
            zones = list(self._zones)
            places = list(zones[at].points)
            del places[point]
            zones[at] = Zone(zones[at].name, places)
            self._set(self._lines, zones)

    def _set(self, lines: list[Line], zones: list[Zone]) -> None:
        settings = self._app.settings
        try:
            for name, text in (("lines", lines_text(lines)), ("zones", zones_text(zones))):
                if getattr(settings.now, name) != text:
                    settings.change(name, text)
        except SettingError as error:
            self._tell(explained(error))
            self._read()

    # What was counted

    def _seen(self, result: "Result", source: str) -> None:
        counting = self._app.counting
        if result.followed is None:  # a photo, which has no lines
            self._handles.place()
        if result.followed is None or not counting.active:
            return
        at = now()
        totals = {one.line.name: one.total(IN) + one.total(OUT) for one in counting.lines}
        for zone in counting.zones:
            totals[zone.zone.name] = sum(zone.present.values())
        self._history.add(at, totals, {})
        self._tell_crossings()
        # Another follows, unless this is a clip's last one.
        running = js.document.documentElement.dataset.state == "running"
        if (at - self._shown_at >= REFRESH_MS or not running) and not element("panel").hidden:
            self._shown_at = at
            self._handles.place()
            self._show()

    def _ended(self, state: str) -> None:
        """What the last result was too soon for, and what a clip's end ends."""
        if state == "ready" and not element("panel").hidden:
            self._show()

    def _tell_crossings(self) -> None:
        """To a screen reader, if that was asked for: what has happened since the last result."""
        events = self._app.counting.events
        new = []
        for event in reversed(events):
            if event is self._last:
                break
            new.append(event)
        if events:
            self._last = events[-1]
        if new and element("say-crossings").checked:
            self._app.view.announce(listed([_in_words(event) for event in reversed(new)]))

    def _show(self) -> None:
        counting = self._app.counting
        texts = []
        for line in counting.lines:
            texts.append(word("In: {things}", things=_things(line.counts[IN])))
            texts[-1] += " · " + word("Out: {things}", things=_things(line.counts[OUT]))
        for zone in counting.zones:
            said = [
                word("Inside: {things}", things=_things(zone.present)),
                word("Came: {things}", things=_things(zone.entered)),
                word("Went: {things}", things=_things(zone.left)),
                word("Longest stay: {seconds} s", seconds=f"{zone.longest:.1f}"),
            ]
            texts.append(" · ".join(said))
        rows = element("shapes").children
        for number in range(min(len(texts), rows.length)):
            rows[number].querySelectorAll("p")[0].textContent = texts[number]
        self._draw()

    def _draw(self) -> None:
        names = self._names()
        series = [one for one in self._history.counts(now()) if one[0] in names][:MOST_LINES]
        top = max([max([value or 0 for value in values]) for _, values in series] + [1])
        lines = [
            (points(values, WIDTH, HEIGHT, top), color_of(1 + 3 * names.index(name)))
            for name, values in series
        ]
        most = [f"{name}: {max([value or 0 for value in values])}" for name, values in series]
        words = word("At lines and zones in the last minute, at most: {things}", things=listed(most))
        show_chart(element("crossings-chart"), lines, words if series else word("Nothing yet"))

    def _when(self, at_ms: float) -> object:
        zero = self._app.counting.zero_ms
        if zero is None:
            return round(at_ms / 1000.0, 3)
        return str(js.Date.new(zero + at_ms).toISOString())

    def _save_csv(self) -> None:
        self._save("onlooker-counts.csv", "text/csv", self._app.counting.csv(self._when))

    def _save_json(self) -> None:
        text = json.dumps(self._app.counting.as_dict(self._when))
        self._save("onlooker-counts.json", "application/json", text)

    def _save(self, file: str, kind: str, text: str) -> None:
        save_file(js.Blob.new(js.Array.of(text), record(type=kind)), file)
        self._tell(told(f"Saved as {file}."))

    def _reset(self) -> None:
        self._app.counting.reset()
        self._history.forget()
        self._last = None
        self._show()
        self._app.stage.restyle()
        self._tell(word("Counted anew from now on."))

    def _tell(self, words: str) -> None:
        element("counting-text").textContent = words


def _number_of(inside: "Element") -> int:
    """Of the shape whose row that is in."""
    row = inside.closest("li")
    assert row is not None
    return int(row.dataset.shape)


def _button(does: str, words: str, name: str) -> "Element":
    button = js.document.createElement("button")
    button.type = "button"
    button.dataset.does = does
    button.textContent = words
    button.setAttribute("aria-label", words + " " + name)
    return button


def _things(counts: dict[str, int]) -> str:
    """ "person 7, dog 2", in the page's language."""
    labels = sorted(counts, key=lambda label: -counts[label])
    return listed([f"{name_of(label)} {counts[label]}" for label in labels]) if labels else "0"


def _in_words(event: "Event") -> str:
    said = {"thing": name_of(event.label), "name": event.name}
    if event.kind == "cross":
        return (
            word("{name}: {thing} in", **said)
            if event.direction == IN
            else word("{name}: {thing} out", **said)
        )
    return (
        word("{name}: {thing} came", **said)
        if event.kind == "zone-enter"
        else word("{name}: {thing} went", **said)
    )
