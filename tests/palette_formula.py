"""How detector/drawing/palette.py's table was made: by this file, which the tests run again and compare.

Candidates are a regular grid in OKLCH (lightness, chroma, hue: Björn Ottosson, "A perceptual color space
for image processing", 2020) that sRGB can show. From the first colour on, each next one is the candidate
whose nearest neighbour among those already taken is farthest away, where the distance of two colours is the
least of their OKLab distances as seen with normal vision, with protanopia and with deuteranopia (Machado,
Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009,
severity 1.0: applied to linear RGB). Being taken one after another, the first few are the most different;
detector/drawing/palette.py gives those to the classes that are seen together most.

Run as `python -m tests.palette_formula` it prints the table.
"""

from functools import cache
from math import cos, pi, sin, sqrt

VISIONS = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}

FIRST = "#ffb000"
LIGHTNESSES = [0.44 + 0.04 * step for step in range(13)]
CHROMAS = [0.05 + 0.035 * step for step in range(7)]
HUES = [10.0 * step for step in range(36)]

Triple = tuple[float, float, float]


def times(matrix: tuple[Triple, Triple, Triple], vector: Triple) -> Triple:
    a, b, c = (sum(m * v for m, v in zip(row, vector, strict=True)) for row in matrix)
    return a, b, c


def linear_from_hex(color: str) -> Triple:
    """sRGB "#rrggbb" to linear light, 0..1 (IEC 61966-2-1)."""
    r, g, b = (
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
        for v in (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    )
    return r, g, b


def hex_from_linear(rgb: Triple) -> str | None:
    """Linear light to "#rrggbb", or None where sRGB cannot show it."""
    if not all(-1e-4 <= v <= 1.0001 for v in rgb):
        return None
    encoded = (v * 12.92 if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055 for v in rgb)
    return "#" + "".join(f"{round(max(0.0, min(v, 1.0)) * 255):02x}" for v in encoded)


def oklab_from_linear(rgb: Triple) -> Triple:
    lms = times(
        (
            (0.4122214708, 0.5363325363, 0.0514459929),
            (0.2119034982, 0.6806995451, 0.1073969566),
            (0.0883024619, 0.2817188376, 0.6299787005),
        ),
        rgb,
    )
    l, m, s = (max(v, 0.0) ** (1 / 3) for v in lms)
    return times(
        (
            (0.2104542553, 0.7936177850, -0.0040720468),
            (1.9779984951, -2.4285922050, 0.4505937099),
            (0.0259040371, 0.7827717662, -0.8086757660),
        ),
        (l, m, s),
    )


def linear_from_oklch(lightness: float, chroma: float, hue: float) -> Triple:
    """hue in degrees."""
    a = chroma * cos(hue * pi / 180)
    b = chroma * sin(hue * pi / 180)
    l, m, s = times(
        (
            (1.0, 0.3963377774, 0.2158037573),
            (1.0, -0.1055613458, -0.0638541728),
            (1.0, -0.0894841775, -1.2914855480),
        ),
        (lightness, a, b),
    )
    return times(
        (
            (4.0767416621, -3.3077115913, 0.2309699292),
            (-1.2684380046, 2.6097574011, -0.3413193965),
            (-0.0041960863, -0.7034186147, 1.7076147010),
        ),
        (l**3, m**3, s**3),
    )


def seen(color: str) -> list[Triple]:
    """OKLab of a colour as each kind of vision sees it."""
    rgb = linear_from_hex(color)
    simulated = (times(matrix, rgb) for matrix in VISIONS.values())
    return [oklab_from_linear(tuple(max(0.0, min(v, 1.0)) for v in s)) for s in simulated]  # type: ignore[arg-type]


def distance(a: list[Triple], b: list[Triple]) -> float:
    """The least OKLab distance of two colours over the kinds of vision. 0.02 is about what one can just
    tell apart."""
    return min(sqrt(sum((x - y) ** 2 for x, y in zip(u, v, strict=True))) for u, v in zip(a, b, strict=True))


@cache
def generate(count: int) -> list[str]:
    """So many colours, as "#rrggbb", the most different first."""
    grid = {
        color
        for lightness in LIGHTNESSES
        for chroma in CHROMAS
        for hue in HUES
        if (color := hex_from_linear(linear_from_oklch(lightness, chroma, hue))) is not None
    }
    candidates = {color: seen(color) for color in sorted(grid)}
    taken = [FIRST]
    first = seen(FIRST)
    nearest = {color: distance(looks, first) for color, looks in candidates.items()}
    while len(taken) < count:
        best = max(nearest, key=lambda color: (nearest[color], color))
        taken.append(best)
        for color, looks in candidates.items():
            nearest[color] = min(nearest[color], distance(looks, candidates[best]))
    return taken


if __name__ == "__main__":
    print(" ".join(generate(80)))
