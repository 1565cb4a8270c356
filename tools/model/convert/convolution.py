"""What a TensorFlow tensor has become on its way to ONNX: a feature map, rows, or a convolution still open.

Layout: TensorFlow keeps pictures as [1, height, width, channels], ONNX convolutions want [1, channels,
height, width]. Features are in ONNX's layout throughout; `tf_shape` is what TensorFlow's own Shape op would
say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .onnxgraph import Graph


@dataclass(frozen=True)
class Features:
    """A feature map: the ONNX value `name`, float32 [1, channels, height, width]."""

    name: str
    channels: int
    height: int
    width: int

    @property
    def tf_shape(self) -> tuple[int, ...]:
        return (1, self.height, self.width, self.channels)


@dataclass(frozen=True)
class Rows:
    """A value whose axes are TensorFlow's own, such as [1, anchors, classes]."""

    name: str
    tf_shape: tuple[int, ...]


@dataclass
class Convolution:
    """A convolution that is not yet written, so that kernel and bias can take up what follows it.

    That is how batch norm, bias and residual connections disappear into it. kernel: float64 [out, in /
    groups, height, width]. bias: float64 [out]. residual: a feature map that is added to the result, if
    any.
    """

    label: str
    source: Features
    kernel: np.ndarray
    bias: np.ndarray
    groups: int
    stride: int
    residual: Features | None = None

    @property
    def tf_shape(self) -> tuple[int, ...]:
        return (
            1,
            -(-self.source.height // self.stride),
            -(-self.source.width // self.stride),
            len(self.bias),
        )

    def scale(self, factor: np.ndarray) -> None:
        """Multiply each channel of the result by a factor; a residual must not have been added before."""
        self.kernel = self.kernel * factor.reshape(-1, 1, 1, 1)
        self.bias = self.bias * factor

    def select(self, channels: np.ndarray) -> None:
        """Keep only these channels of the result, in this order."""
        self.kernel, self.bias = self.kernel[channels], self.bias[channels]

    def write(self, graph: Graph, name: str) -> Features:
        """Add the convolution, as it now is, to a graph; the result is called `name`."""
        _, height, width, channels = self.tf_shape
        kernel_height, kernel_width = self.kernel.shape[2:]
        top, bottom = same_padding(self.source.height, kernel_height, self.stride)
        left, right = same_padding(self.source.width, kernel_width, self.stride)
        inputs = [
            self.source.name,
            graph.kernel(f"{self.label}:kernel", self.kernel),
            graph.constant(f"{self.label}:bias", self.bias, "float32"),
        ]
        summand = graph.add(
            "Conv",
            inputs,
            name if self.residual is None else f"{name}:conv",
            group=self.groups,
            kernel_shape=[kernel_height, kernel_width],
            pads=[top, left, bottom, right],
            strides=[self.stride, self.stride],
        )
        if self.residual is not None:
            graph.add("Add", [summand, self.residual.name], name)
        return Features(name, channels, height, width)


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's SAME padding of one axis, in pixels (before, after).

    The output has ceil(size / stride) pixels. What is needed for that is shared evenly, an odd pixel goes
    after: stride 2 on an even size pads 0 and 1, where most frameworks would pad 1 and 1 or 1 and 0.
    """
    needed = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return needed // 2, needed - needed // 2
