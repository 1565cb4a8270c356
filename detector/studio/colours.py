"""A scale of colours whose equal steps look equal: from dark violet over red and orange to a light yellow.

A path through OKLCH (lightness, chroma, hue: Björn Ottosson, "A perceptual color space for image processing", 2020),
walked in steps of equal length. Lightness rises all the way, so that it reads in grey, and to those who do not tell
red from green.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Of the path: lightness, the largest chroma, and the hue in degrees, at its beginning and end.
LIGHTNESS = (0.28, 0.95)
CHROMA = (0.14, 0.16)
HUE = (300.0, 465.0)
FINE = 1024  # steps before they are made equal

_LMS = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


@cache
def scale(steps: int = 256) -> NDArray[np.uint8]:
    """steps x 3 sRGB values, the lowest first."""
    path = _path()
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    even = np.linspace(0.0, lengths[-1], steps)
    lab = np.stack([np.interp(even, lengths, path[:, axis]) for axis in range(3)], axis=1)
    linear = np.clip(_linear(lab), 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(255 * encoded).astype(np.uint8)


def _path() -> Floats:
    """FINE x 3, OKLab: each colour as strong as wanted, or as sRGB can show at all."""
    t = np.linspace(0.0, 1.0, FINE)
    lightness = np.interp(t, (0, 1), LIGHTNESS)
    hue = np.radians(np.interp(t, (0, 1), HUE))
    strong = np.interp(t, (0, 1), CHROMA) + 0.06 * np.sin(np.pi * t)
    low, high = np.zeros(FINE), strong
    shown = _shown(_lab(lightness, strong, hue))
    for _ in range(24):  # halve the distance to the edge of what can be shown
        middle = (low + high) / 2
        inside = _shown(_lab(lightness, middle, hue))
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return _lab(lightness, np.where(shown, strong, low), hue)


def _lab(lightness: Floats, chroma: Floats, hue: Floats) -> Floats:
    return np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=1)


def _linear(lab: Floats) -> Floats:
    """OKLab to linear sRGB."""
    return np.asarray((lab @ _LMS.T) ** 3 @ _RGB.T)


def _shown(lab: Floats) -> NDArray[np.bool_]:
    linear = _linear(lab)
    return np.asarray(((linear >= 0.0) & (linear <= 1.0)).all(axis=1))
