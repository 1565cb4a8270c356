"""Lines and zones on the picture, each with its name and its counts."""

from collections import namedtuple

from detector.drawing.commands import LINE, Fill, Line, Text
from detector.language import Words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NamedTuple

    from detector.drawing.commands import Canvas, Command
    from detector.tracking.counting import Counting

    class Mark(NamedTuple):
        """A line of two points, or a zone of more, as fractions of the picture, and what to say of it."""

        points: list[tuple[float, float]]
        text: str

else:
    Mark = namedtuple("Mark", ("points", "text"))

COLOR, EDGE, GROUND = "#ffffff", "#131418", "#131418"
_SIZE = 13  # of the text, in screen pixels
_PADDING = 4
_ARROW = 14  # how far the arrow reaches, in screen pixels: to the side that is in


def marks_of(counting: "Counting", words: "Words | None" = None) -> list[Mark]:
    """What is to be drawn of a Counting. words: of the language to say it in; English if left out."""
    words = words or Words()
    marks = []
    for one in counting.lines:
        line = one.line
        text = words.word(
            "{name}: {in} in, {out} out",
            **{"name": line.name, "in": one.total("in"), "out": one.total("out")},
        )
        marks.append(Mark([(line.x0, line.y0), (line.x1, line.y1)], text))
    for area in counting.zones:
        count = sum(area.present.values())
        text = words.word("{name}: {count} inside", name=area.zone.name, count=count)
        marks.append(Mark(area.zone.points, text))
    return marks


def commands(marks: "Sequence[Mark]", canvas: "Canvas", mirror: bool) -> "list[Command]":
    """Draw them: each side as a light line on a dark one, which shows on any picture; the text stays inside of it."""
    drawn: "list[Command]" = []
    texts: "list[Command]" = []
    for mark in marks:
        points = [
            ((canvas.width - x * canvas.width) if mirror else x * canvas.width, y * canvas.height)
            for x, y in mark.points
        ]
        is_line = len(points) == 2
        sides = [(points[at - 1], points[at]) for at in range(1, len(points))]
        sides += [_arrow(points, canvas.scale, mirror)] if is_line else [(points[-1], points[0])]
        for color, width in ((EDGE, 2 * LINE), (COLOR, LINE)):
            for (x0, y0), (x1, y1) in sides:
                drawn.append(Line(x0, y0, x1, y1, color, width * canvas.scale))
        texts += _text(mark.text, points, canvas)
    return drawn + texts


def _arrow(
    points: list[tuple[float, float]], scale: float, mirror: bool
) -> tuple[tuple[float, float], tuple[float, float]]:
    """A short line from the middle to the side that is in: left of who walks along it, and right in a mirror."""
    (x0, y0), (x1, y1) = points
    along, down = x1 - x0, y1 - y0
    length = (along * along + down * down) ** 0.5 or 1.0
    reach = (-1 if mirror else 1) * _ARROW * scale / length
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    return middle, (middle[0] + down * reach, middle[1] - along * reach)


def _text(text: str, points: list[tuple[float, float]], canvas: "Canvas") -> "list[Command]":
    size = _SIZE * canvas.scale
    padding = _PADDING * canvas.scale
    while len(text) > 8 and canvas.measure(text, size) + 2 * padding > canvas.width:
        text = "…" + text[2:]  # the counts come last
    width, height = canvas.measure(text, size) + 2 * padding, size + 2 * padding
    if len(points) == 2:
        middle = ((points[0][0] + points[1][0]) / 2, (points[0][1] + points[1][1]) / 2 + 2 * height)
    else:
        middle = (sum([x for x, _ in points]) / len(points), min([y for _, y in points]) + height)
    x = max(0.0, min(middle[0] - width / 2, canvas.width - width))
    y = max(0.0, min(middle[1] - height / 2, canvas.height - height))
    return [
        Fill(x, y, width, height, GROUND),
        Text(x + padding, y + height / 2, text, COLOR, size),
    ]
