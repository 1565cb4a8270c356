"""What the page saw over the last minute: a chart of its counts, and a small one beside each of its times.

Loaded when the panel is opened.
"""

import js

from detector.browser.platform.dom import element
from detector.browser.platform.interop import items, now
from detector.browser.platform.language import label as name_of
from detector.browser.platform.language import listed, word
from detector.drawing.palette import color_of
from detector.labels import COCO_LABELS
from detector.tracking.announcing import counts_of
from detector.tracking.history import History, points

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import Element

    from detector.browser.page.app import App
    from detector.result import Result

    Points = list[list[tuple[float, float]]]  # of a line, broken where nothing is known

SVG = "http://www.w3.org/2000/svg"
WIDTH, HEIGHT = 240.0, 56.0  # of a chart's own units; it is as wide as the panel
REFRESH_MS = 500.0
MOST_LINES = 6
RATE = "rate"  # beside the names of Result.timings


class Section:
    """Gathers results, and draws them while the panel is open."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self._history = History()
        self._source = ""
        self._drawn_at = -REFRESH_MS
        app.on_result(self._seen)

    def opened(self) -> None:
        """The panel is open."""
        last = self._app.stage.last
        if last is not None:
            self._app.view.speed(last.timings)

    def _seen(self, result: "Result", source: str) -> None:
        if source != self._source:
            self._source = source
            self._history.forget()
        at = now()
        numbers = dict(result.timings)
        rate = self._app.live.rate
        if rate:
            numbers[RATE] = rate
        self._history.add(at, counts_of(result.detections), numbers)
        if not element("panel").hidden and at - self._drawn_at >= REFRESH_MS:
            self._drawn_at = at
            self._draw(at)

    def _draw(self, at: float) -> None:
        counts = self._history.counts(at)[:MOST_LINES]
        top = max([max([value or 0 for value in values]) for _, values in counts] + [1])
        lines = [(points(values, WIDTH, HEIGHT, top), color(label)) for label, values in reversed(counts)]
        most = [f"{name_of(label)}: {max([value or 0 for value in values])}" for label, values in counts]
        told = word("At most at once in the last minute: {things}", things=listed(most))
        show_chart(element("counts-chart"), lines, told if counts else word("Nothing yet"))
        element("counts-top").textContent = str(top)
        for chart in items(element("timings").querySelectorAll("svg")):
            self._draw_small(chart, at)

    def _draw_small(self, chart: "Element", at: float) -> None:
        name = str(chart.dataset.of)
        values = self._history.means(at, name)
        known = [value for value in values if value is not None]
        if not known:
            show_chart(chart, [], word("Nothing yet"))
            return
        most = max(known)
        span = {"least": f"{min(known):.1f}", "most": f"{most:.1f}"}
        told = (
            word("{least} to {most} a second in the last minute", **span)
            if name == RATE
            else word("{least} to {most} ms in the last minute", **span)
        )
        show_chart(chart, [(points(values, WIDTH, HEIGHT, max(most, 0.1)), "")], told)


def color(label: str) -> str:
    """The colour of a class' boxes."""
    class_id = COCO_LABELS.id_of(label)
    return "" if class_id is None else color_of(class_id)


def show_chart(chart: "Element", lines: "list[tuple[Points, str]]", words: str) -> None:
    """Draw a chart anew. lines: (parts, colour) of each, the last on top; "": the page's own."""
    chart.setAttribute("viewBox", f"0 -2 {WIDTH:.0f} {HEIGHT + 4:.0f}")
    chart.setAttribute("aria-label", words)
    chart.replaceChildren()
    for parts, stroke in lines:
        path = js.document.createElementNS(SVG, "path")
        drawn = ["M" + "L".join([f"{x:.1f} {y:.1f}" for x, y in part]) for part in parts]
        path.setAttribute("d", "".join(drawn))
        if stroke:
            path.setAttribute("stroke", stroke)
        chart.append(path)
