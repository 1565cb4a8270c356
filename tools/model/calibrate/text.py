"""Sensitivities and means as the text that the conversion reads (tools/model/convert/coarse.py)."""

from __future__ import annotations

import textwrap

import numpy as np

from tools.model.convert.coarse import SIGNS, signs

from .statistics import Sums

STEP = 0.006
# A channel that did nothing in these photographs may do something in others: to each channel's sensitivity so
# much of its layer's mean is added.
FLOOR = 0.1
# The channels of these are classes, most of which no photograph shows: they are all treated alike.
CLASSES = "/ClassPredictor/"
HEADER = """\
# How coarse the weights of coco-ssd-tiny are. Written by `python3 -m tools calibrate`; tools/model/convert/coarse.py
# reads it and says what it means. Each string has one sign for each channel, 0-9, A-Z, a-z for 0 to 61.
#   step     of the network; of a layer: its share of that
#   rows     by how many half octaves an output channel's step is wider than its layer's
#   means    of the input channels, in mean_units above lowest_mean
"""


def write(step: float, sums: dict[str, Sums]) -> str:
    """The whole text. step: the network's."""
    lines = [HEADER, f"step = {step}", ""]
    for name, layer in sums.items():
        share, rows = steps(layer.squares / layer.pictures, alike=CLASSES in name)
        means = layer.means / layer.pictures
        lowest, unit = (
            float(f"{means.min():.3g}"),
            float(f"{max(np.ptp(means), 1e-6) / (len(SIGNS) - 2):.3g}"),
        )
        codes = np.rint((means - lowest) / unit).clip(0, len(SIGNS) - 1).astype(int)
        lines += [
            f'[layer."{name}"]',
            f"step = {share:.4g}",
            f"lowest_mean = {lowest}",
            f"mean_unit = {unit}",
            f"rows = {wrapped(signs(rows))}",
            f"means = {wrapped(signs(codes))}",
            "",
        ]
    return "\n".join(lines)


def steps(sensitivity: np.ndarray, *, alike: bool) -> tuple[float, np.ndarray]:
    """A layer's share of the step, and by how many half octaves each channel's is wider.

    sensitivity: of each weight, [out, in / groups, height, width]. alike: one step for the whole layer.
    The share is such that the mean of sensitivity * step^2 is that of all layers.
    """
    mean = sensitivity.mean()
    rows = np.full(len(sensitivity), mean) if alike else sensitivity.mean(axis=(1, 2, 3))
    rows = rows / mean + FLOOR
    octaves = np.log2(rows)
    codes = np.rint(octaves.max() - octaves).astype(int)
    share = np.sqrt(rows.mean() / mean * 2.0 ** -octaves.max())
    return float(share), codes


def wrapped(text: str) -> str:
    """A TOML string; a long one over several lines."""
    if len(text) <= 90:
        return f'"{text}"'
    return '"""\\\n' + "\\\n".join(textwrap.wrap(text, 110)) + '"""'
