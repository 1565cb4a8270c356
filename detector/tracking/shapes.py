"""Lines and zones as text, as in an address: "door:0.5,0,0.5,1;gate:0.1,0.2,0.9,0.2".

    >>> lines, problems = lines_of("door:0.5,0,0.5,1")
    >>> lines[0].name, lines[0].x0, problems
    ('door', 0.5, [])

Each has a name, and the places of its points, x and y in turn, as fractions of the picture: so they mean the same at
another resolution. A line has two points, a zone three or more.
"""

from detector.errors import shortened
from detector.tracking.lines import Line
from detector.tracking.zones import Zone

MOST = 8  # of each
MOST_CORNERS = 12
LONGEST_NAME = 30
_LONGEST = 4000  # characters of all


def lines_of(text: str) -> tuple[list[Line], list[str]]:
    """The lines that a text means, and in words what of it means none."""
    found, problems = _shapes(text, "lines", "door:0.5,0,0.5,1", 2, 2)
    return [
        Line(name, points[0][0], points[0][1], points[1][0], points[1][1]) for name, points in found
    ], problems


def zones_of(text: str) -> tuple[list[Zone], list[str]]:
    """The zones that a text means, and in words what of it means none."""
    found, problems = _shapes(text, "zones", "till:0.2,0.4,0.8,0.4,0.5,1", 3, MOST_CORNERS)
    return [Zone(name, points) for name, points in found], problems


def lines_text(lines: list[Line]) -> str:
    """The text that lines_of() understands."""
    return ";".join([_text(line.name, [(line.x0, line.y0), (line.x1, line.y1)]) for line in lines])


def zones_text(zones: list[Zone]) -> str:
    """The text that zones_of() understands."""
    return ";".join([_text(zone.name, zone.points) for zone in zones])


def clean_name(name: str) -> str:
    """What of a name can be one: no sign of the text's own, and not too long."""
    for sign in ":;,":
        name = name.replace(sign, " ")
    return " ".join(name.split())[:LONGEST_NAME].strip()


def free_name(name: str, others: list[str]) -> str:
    """A name that no other has: "door", "door 2"."""
    number = 2
    free = name
    while free in others:
        free = f"{name} {number}"
        number += 1
    return free


def _text(name: str, points: list[tuple[float, float]]) -> str:
    return name + ":" + ",".join([_number(edge) for point in points for edge in point])


def _number(value: float) -> str:
    digits = f"{value:.3f}"
    while digits[-1:] == "0":
        digits = digits[:-1]
    return digits[:-1] if digits[-1:] == "." else digits


def _shapes(
    text: str, setting: str, example: str, least: int, most: int
) -> tuple[list[tuple[str, list[tuple[float, float]]]], list[str]]:
    shapes: list[tuple[str, list[tuple[float, float]]]] = []
    problems: list[str] = []
    if len(text) > _LONGEST:
        return [], [f"{setting}: that is too long."]
    for part in text.split(";"):
        if not part.strip():
            continue
        name, _, places = part.rpartition(":")
        points = _points(places)
        if points is None or not least <= len(points) <= most or len(set(points)) < least:
            problems.append(f'{setting}: "{shortened(part)}" is none. Give them as in {example}.')
        elif len(shapes) == MOST:
            problems.append(f"{setting}: no more than {MOST}.")
            break
        else:
            names = [other for other, _ in shapes]
            shapes.append((free_name(clean_name(name) or str(len(shapes) + 1), names), points))
    return shapes, problems


def _points(text: str) -> "list[tuple[float, float]] | None":
    numbers = []
    for word in text.split(","):
        try:
            number = float(word)
        except ValueError:
            return None
        if not 0.0 <= number <= 1.0:  # nor nan
            return None
        numbers.append(round(number, 3) + 0.0)
    if len(numbers) % 2:
        return None
    return [(numbers[at], numbers[at + 1]) for at in range(0, len(numbers), 2)]
