"""Store kernels in as few bytes as they are worth: the form `tiny`.

What is stored is compressed on its way, so a weight costs its entropy, whatever it could hold. Then the best
is the plainest: round to multiples of a step, and choose the step by how much an error there does to the
result. With an error of step^2 / 12 and a price of log2(1 / step) bits, the sum of sensitivity * error is
least, at a given size, where sensitivity * step^2 is the same everywhere. So one number, the step, sets size
and accuracy; each layer has its share of it, and each output channel its own within the layer.

Sensitivities come from photographs (tools/model/calibrate), which also give the mean of each layer's inputs: an
error in the weights shifts a channel by error * mean, and that is taken off its bias. Both are in
models/coco-ssd-tiny.toml, a text of one sign a channel, so that a conversion needs no photographs and
computes the same bytes everywhere: only elementwise arithmetic and exact sums are used.
"""

from __future__ import annotations

import math
import string
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detector.errors import ModelFormatError, ModelNotFoundError

from .quantize import FINER, FRACTION_UNIT, MOST, SMALL_KERNEL, Packed, planes_of

NAME = "coco-ssd-tiny.toml"
# One sign for each whole number from 0 to 61.
SIGNS = string.digits + string.ascii_uppercase + string.ascii_lowercase
# Bits of a bias' fraction that are stored: with zeros for the last 12 of 23, it compresses to half.
BIAS_BITS_LEFT_OUT = 12


@dataclass(frozen=True)
class Layer:
    """What is known of one convolution.

    step: its share of the network's step. rows: by how many half octaves each output channel's step is wider
    than that, int [out]. means: of each input channel, float64 [in].
    """

    step: float
    rows: np.ndarray
    means: np.ndarray


@dataclass(frozen=True)
class Coarse:
    """How coarse each kernel of a network may be: read from NAME. step: the network's."""

    step: float
    layers: dict[str, Layer]

    def pack(self, name: str, kernel: np.ndarray) -> Packed:
        """A kernel's whole numbers and their scales."""
        scale = self._scales(name, kernel)
        whole = np.rint(kernel.astype(np.float64) / scale).astype(np.int32)
        return planes_of(whole, scale, 1 if np.abs(whole).max() <= MOST else 2, inner="out")

    def bias(self, name: str, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
        """The bias [out] that goes with the packed kernel."""
        error = self.pack(name, kernel).kernel().astype(np.float64) - kernel
        depthwise = kernel.shape[1] == 1  # its input channels are its output channels
        means = self._layer(name, kernel).means.reshape((-1, 1) if depthwise else (1, -1))
        shifts = error * means[:, :, None, None]
        # As whole numbers, whose sum has no order.
        total = np.rint(shifts / FRACTION_UNIT).astype(np.int64).sum(axis=(1, 2, 3)) * FRACTION_UNIT
        corrected: np.ndarray = (bias - total).astype(np.float32)
        return corrected

    def _layer(self, name: str, kernel: np.ndarray) -> Layer:
        layer = self.layers.get(name)
        inputs = len(kernel) if kernel.shape[1] == 1 else kernel.shape[1]
        if layer is None or len(layer.rows) != len(kernel) or len(layer.means) != inputs:
            raise ModelFormatError(
                f"{NAME} does not fit the kernel {name!r} of {list(kernel.shape)}.",
                "Write it anew: python3 -m tools calibrate.",
            )
        return layer

    def _scales(self, name: str, kernel: np.ndarray) -> np.ndarray:
        """The steps of a kernel's channels, float32 [out, 1, 1, 1]: wider where its numbers would not fit."""
        layer = self._layer(name, kernel)
        most = MOST * FINER if kernel.size <= SMALL_KERNEL else MOST
        peak = np.abs(kernel).max(axis=(1, 2, 3)).astype(np.float64)
        rows = layer.rows.copy()
        while True:
            scale = (self.step * layer.step * half_octaves(rows)).astype(np.float32)
            too_many = np.rint(peak / scale) > most
            if not too_many.any():
                return scale.reshape(-1, 1, 1, 1)
            rows[too_many] += 1


def half_octaves(counts: np.ndarray) -> np.ndarray:
    """2 ** (counts / 2), of exact powers and one constant: pow() may differ from machine to machine."""
    powers: np.ndarray = np.ldexp(np.where(counts % 2, math.sqrt(2), 1.0), counts // 2)
    return powers


def short(values: np.ndarray) -> np.ndarray:
    """float32 with fewer bits of fraction, to the nearest: how a bias is stored."""
    half = np.int32(1 << (BIAS_BITS_LEFT_OUT - 1))
    mask = np.int32(-(1 << BIAS_BITS_LEFT_OUT))
    return ((values.astype(np.float32).view(np.int32) + half) & mask).view(np.float32)


def read(path: Path) -> Coarse:
    """What tools/model/calibrate wrote. Raises ModelNotFoundError, ModelFormatError."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        layers = {name: _layer(entry, name) for name, entry in table["layer"].items()}
        return Coarse(float(table["step"]), layers)
    except FileNotFoundError as problem:
        raise ModelNotFoundError(
            f"{path} is not there.", "It is part of the repository; or write it: python3 -m tools calibrate."
        ) from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as problem:
        raise ModelFormatError(f"{path} cannot be read: {type(problem).__name__} {problem}.") from problem


def _layer(entry: dict[str, Any], name: str) -> Layer:
    means = entry["lowest_mean"] + entry["mean_unit"] * numbers(entry["means"]).astype(np.float64)
    if not (entry["step"] > 0 and len(means)):
        raise ValueError(f"layer {name!r}")
    return Layer(float(entry["step"]), numbers(entry["rows"]), means)


def signs(values: Iterable[int]) -> str:
    """Whole numbers from 0 to 61 as signs."""
    return "".join(SIGNS[value] for value in values)


def numbers(text: str) -> np.ndarray:
    """The same back, int64. ValueError for another sign."""
    return np.array([SIGNS.index(sign) for sign in text], np.int64)
