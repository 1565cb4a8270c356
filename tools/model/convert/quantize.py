"""Store a convolution kernel in few bits: int8, with one float32 scale for each output channel.

Three choices keep the result near that of the float32 network. The figures: the most that a score changes
in a photograph, as a mean over 80 photographs.

* Plain rounding to 8 bits: 0.030.
* Rounding so that a channel's errors add up to nothing (`whole_numbers`): 0.016. Inputs are ReLU outputs,
  so they are positive and much alike from tap to tap; an error in the kernel's sum shifts everything after
  it, while errors that cancel are mostly noise. This costs no bytes.
* 12 bits for kernels of at most 10,000 weights (`plane_count`): 0.011. They are 49 of the 88, but 4% of the
  weights: the first layers and the depthwise ones, where each weight acts on everything that follows. The
  four bits more are a second int8 array, or plane, with a sixteenth of the scale: onnxruntime's WebGPU
  builds cannot cast int16.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SMALL_KERNEL = 10_000  # weights
MOST = 127  # of the whole numbers that a plane holds
FINER = 16  # times: a step of the first plane is so many of the second
# Fractions of a step are summed as whole numbers of this size: sums of floats depend on their order, and
# thus on the machine.
FRACTION_UNIT = 2.0**-40


@dataclass(frozen=True)
class Packed:
    """A kernel as it is stored.

    integers: int8 [planes, out, in / groups, height, width]. scales: float32 [planes, out, 1, 1, 1]; the kernel
    is the sum of integers * scales over the planes. inner: which axis lies innermost in the file, "in" or "out".
    The weights of one input channel are more alike than those of one output channel, once each output channel
    has its scale: with "out", brotli makes 2% less of them, for one more operation when the session is created.
    """

    integers: np.ndarray
    scales: np.ndarray
    inner: str = "in"

    def kernel(self) -> np.ndarray:
        """The kernel that the runtime makes of it: float32, by the same operations."""
        return dequantize(self.integers, self.scales)


def pack(name: str, kernel: np.ndarray) -> Packed:
    """A kernel in 8 or 12 bits a weight, of the range of its channel."""
    return Packed(*quantize(kernel, plane_count(kernel)))


def plane_count(kernel: np.ndarray) -> int:
    """How many planes a kernel is worth: 1 (8 bits a weight) or 2 (12 bits)."""
    return 2 if kernel.size <= SMALL_KERNEL else 1


def quantize(kernel: np.ndarray, planes: int) -> tuple[np.ndarray, np.ndarray]:
    """(integers, scales), such that the sum of integers * scales over the planes is about the kernel.

    kernel: float32 [out, in / groups, height, width]. planes: 1 or 2. integers: int8 [planes, out, in /
    groups, height, width]. scales: float32 [planes, out, 1, 1, 1]. No weight is off by more than one step
    of the last plane. Only elementwise arithmetic and exact maxima and sums are used, so every machine
    computes the same bytes.
    """
    most = MOST * FINER ** (planes - 1)
    peak = np.abs(kernel).max(axis=(1, 2, 3), keepdims=True)
    # A channel of zeros has no scale of its own; any will do.
    scale = np.where(peak > 0, peak / np.float32(most), np.float32(1)).astype(np.float32)
    steps = kernel.astype(np.float64) / scale
    whole = (
        whole_numbers(steps.reshape(len(kernel), -1)).reshape(kernel.shape).clip(-most, most).astype(np.int32)
    )
    packed = planes_of(whole, scale, planes)
    return packed.integers, packed.scales


def planes_of(whole: np.ndarray, scale: np.ndarray, planes: int, inner: str = "in") -> Packed:
    """Whole numbers as one plane, or as two, the second with the last four bits."""
    if planes == 1:
        return Packed(whole.astype(np.int8)[None], scale[None], inner)
    coarse = (whole + FINER // 2) // FINER
    fine = whole - coarse * FINER
    return Packed(
        np.stack([coarse, fine]).astype(np.int8), np.stack([scale * np.float32(FINER), scale]), inner
    )


def dequantize(integers: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """The kernel that the runtime makes of what quantize() gives: float32, by the same operations."""
    kernel: np.ndarray = (integers.astype(np.float32) * scales).sum(axis=0, dtype=np.float32)
    return kernel


def whole_numbers(steps: np.ndarray) -> np.ndarray:
    """Round each row to whole numbers whose sum is the row's sum, rounded.

    Starts from the nearest whole numbers; then as many of them as the sum is off are rounded the other way,
    those first that were nearest to it.
    """
    nearest = np.rint(steps)
    left = np.rint((steps - nearest) / FRACTION_UNIT).astype(np.int64)
    off = np.rint(left.sum(axis=1) * FRACTION_UNIT).astype(np.int64)[:, None]
    direction = np.sign(off)
    candidates = np.argsort(-left * direction, axis=1, kind="stable")
    rank = np.argsort(candidates, axis=1, kind="stable")
    rounded: np.ndarray = nearest + np.where(rank < np.abs(off), direction, 0)
    return rounded
