"""Translate the convolutional network of an SSD from TensorFlow's GraphDef to ONNX: pixels to raw heads.

Nodes are translated one by one, each after its inputs. What does not depend on the picture (shapes computed
at run time, arithmetic on constants) is worked out here; what does is written to the ONNX graph as late as
possible, so that batch norm and biases can still be folded into the convolution before them
(convolution.py).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable

import numpy as np

from detector.errors import ModelFormatError

from .convolution import Convolution, Features, Rows
from .graphdef import GraphDef, Node
from .onnxgraph import Graph

Symbol = np.ndarray | Features | Rows | Convolution

# The parts of TensorFlow's names that tell a reader nothing.
SCAFFOLDING = re.compile(r"FeatureExtractor/|MobilenetV2/|BatchNorm/|batchnorm/|ArithmeticOptimizer/")


def short_name(name: str) -> str:
    """A node's name without the scaffolding; a convolution's kernel in ONNX is called that and `:kernel`."""
    return SCAFFOLDING.sub("", name)


class Translator:
    """Translates from `source` into `graph`.

    class_head: the node whose inputs are the reshaped class logits. classes: which of its `class_count`
    columns to keep; nothing is computed for the others.
    """

    def __init__(
        self, source: GraphDef, graph: Graph, *, class_head: str, class_count: int, classes: tuple[int, ...]
    ) -> None:
        self.source = source
        self.graph = graph
        self.class_reshapes = set(source.node(class_head).inputs)
        self.class_count = class_count
        self.classes = np.array(classes)
        self.values: dict[str, Symbol] = {}
        self.uses: Counter[str] = Counter()
        self.output_names: dict[str, str] = {}
        self.handlers: dict[str, Callable[[Node], Symbol]] = {
            "Const": lambda node: self.source.constant(node.name),
            "Conv2D": self._conv,
            "DepthwiseConv2dNative": self._depthwise,
            "Mul": self._multiply,
            "Add": self._add,
            "AddN": self._add,
            "BiasAdd": self._add,
            "FusedBatchNorm": self._batch_norm,
            "Relu6": self._relu6,
            "Shape": lambda node: np.array(self._shape(node.inputs[0])),
            "StridedSlice": self._strided_slice,
            "Pack": lambda node: np.stack([self._constant(node, name) for name in node.inputs]),
            "Reshape": self._reshape,
            "ConcatV2": self._concat,
            "Squeeze": self._squeeze,
        }

    def run(self, pixels: Features, entry: str, outputs: dict[str, str]) -> list[Rows]:
        """Translate all between the node `entry`, whose value is `pixels`, and `outputs`: node -> name in
        ONNX.

        Raises ModelFormatError, naming op and node, for an op that it doesn't know or a use it doesn't
        foresee.
        """
        nodes = [node for node in self.source.ordered(tuple(outputs), stop=entry) if node.name != entry]
        # Who asks for a shape doesn't read the value.
        self.uses = Counter(name for node in nodes if node.op != "Shape" for name in node.inputs)
        self.output_names = outputs
        self.values[entry] = pixels
        for node in nodes:
            if node.op not in self.handlers:
                raise _unforeseen(f"The converter does not know the op {node.op!r} of node {node.name!r}.")
            self.values[node.name] = self.handlers[node.op](node)
        return [self._rows(name) for name in outputs]

    # What inputs are, or must be

    def _constant(self, node: Node, name: str) -> np.ndarray:
        value = self.values[name]
        if not isinstance(value, np.ndarray):
            raise _unforeseen(
                f"{node.op} {node.name!r} needs {name!r} to be constant, but it depends on the picture."
            )
        return value

    def _shape(self, name: str) -> tuple[int, ...]:
        value = self.values[name]
        return value.shape if isinstance(value, np.ndarray) else value.tf_shape

    def _rows(self, name: str) -> Rows:
        value = self.values[name]
        if not isinstance(value, Rows):
            raise _unforeseen(f"{name!r} is not the rows of a head.")
        return value

    def _is_open(self, name: str) -> bool:
        """Is this a convolution not yet written, that nothing else uses, so that it may be changed?"""
        return isinstance(self.values[name], Convolution) and self.uses[name] == 1

    def _open(self, node: Node, name: str) -> Convolution:
        value = self.values[name]
        if not isinstance(value, Convolution) or self.uses[name] != 1:
            raise _unforeseen(
                f"{node.op} {node.name!r} follows no convolution of its own, so it can't be folded into one."
            )
        return value

    def _features(self, node: Node, name: str) -> Features:
        """The feature map `name`. If it is a convolution that is still open, that is written now."""
        value = self.values[name]
        if isinstance(value, Convolution):
            self.values[name] = value = value.write(self.graph, self._name(name))
        if not isinstance(value, Features):
            raise _unforeseen(f"{node.op} {node.name!r} needs {name!r} to be a feature map.")
        return value

    def _name(self, name: str) -> str:
        """What a node's result is called in ONNX: `FeatureExtractor/MobilenetV2/Conv/Relu6` is
        `Conv/Relu6`.
        """
        return self.output_names.get(name) or short_name(name)

    # The ops

    def _convolution(self, node: Node, kernel: np.ndarray, groups: int) -> Convolution:
        strides, dilations = node.integers("strides"), node.integers("dilations", (1, 1, 1, 1))
        layout, padding = node.text("data_format", "NHWC"), node.text("padding", "")
        if layout != "NHWC" or padding != "SAME" or set(dilations) != {1} or strides[1] != strides[2]:
            raise _unforeseen(
                f"{node.op} {node.name!r} has layout {layout}, padding {padding}, strides {strides} and "
                f"dilations {dilations}; known are NHWC, SAME, equal strides and no dilation."
            )
        source = self._features(node, node.inputs[0])
        return Convolution(self._name(node.name), source, kernel, np.zeros(len(kernel)), groups, strides[1])

    def _conv(self, node: Node) -> Convolution:
        kernel = self._constant(node, node.inputs[1])  # [height, width, in, out]
        return self._convolution(node, kernel.transpose(3, 2, 0, 1).astype(np.float64), 1)

    def _depthwise(self, node: Node) -> Convolution:
        kernel = self._constant(node, node.inputs[1])  # [height, width, in, multiplier]
        height, width, channels, multiplier = kernel.shape
        per_channel = kernel.reshape(height, width, 1, channels * multiplier)
        return self._convolution(node, per_channel.transpose(3, 2, 0, 1).astype(np.float64), channels)

    def _multiply(self, node: Node) -> Convolution:
        first, second = node.inputs
        if isinstance(self.values[first], np.ndarray):
            first, second = second, first
        conv = self._open(node, first)
        if conv.residual is not None:
            raise _unforeseen(f"{node.op} {node.name!r} scales a residual sum, which can't be folded.")
        conv.scale(np.broadcast_to(self._constant(node, second), conv.bias.shape).astype(np.float64))
        return conv

    def _add(self, node: Node) -> Convolution:
        """A bias or a residual connection, in either order: the graph adds some biases after the residual."""
        if len(node.inputs) != 2:
            raise _unforeseen(f"{node.op} {node.name!r} adds {len(node.inputs)} values; two are known.")
        first, second = node.inputs
        if not self._is_open(first):
            first, second = second, first
        conv = self._open(node, first)
        summand = self.values[second]
        if isinstance(summand, np.ndarray):
            conv.bias = conv.bias + summand
        elif conv.residual is None:
            conv.residual = self._features(node, second)
        else:
            raise _unforeseen(f"{node.op} {node.name!r} adds a second residual; one is known.")
        return conv

    def _batch_norm(self, node: Node) -> Convolution:
        """gamma * (x - mean) / sqrt(variance + epsilon) + beta (Ioffe and Szegedy, 2015, algorithm 2)."""
        if node.number("is_training", 1):
            raise _unforeseen(f"{node.op} {node.name!r} is in training mode.")
        conv = self._open(node, node.inputs[0])
        gamma, beta, mean, variance = (
            self._constant(node, name).astype(np.float64) for name in node.inputs[1:]
        )
        factor = gamma / np.sqrt(variance + node.number("epsilon", 1e-4))
        conv.scale(factor)
        conv.bias = conv.bias + (beta - mean * factor)
        return conv

    def _relu6(self, node: Node) -> Features:
        source = self._features(node, node.inputs[0])
        limits = [self.graph.constant("zero", 0, "float32"), self.graph.constant("six", 6, "float32")]
        name = self.graph.add("Clip", [source.name, *limits], self._name(node.name))
        return Features(name, source.channels, source.height, source.width)

    def _strided_slice(self, node: Node) -> np.ndarray:
        """Only what an inference graph uses it for: one element of a shape, as a scalar."""
        vector, begin, end, step = (self._constant(node, name) for name in node.inputs)
        other_masks = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask")
        shrinks = node.number("shrink_axis_mask", 0) == 1
        if vector.ndim != 1 or not shrinks or any(node.number(mask, 0) for mask in other_masks):
            raise _unforeseen(f"{node.op} {node.name!r} does not take one element of a vector.")
        return np.asarray(vector[begin[0] : end[0] : step[0]][0])

    def _reshape(self, node: Node) -> Rows:
        """A head's features to rows: [1, height, width, per_cell * n] to [1, height * width * per_cell,
        ..., n].
        """
        shape = [int(size) for size in self._constant(node, node.inputs[1])]
        if node.name in self.class_reshapes:
            conv = self._open(node, node.inputs[0])
            firsts = np.arange(0, len(conv.bias), self.class_count)[:, None]
            conv.select((firsts + self.classes).ravel())
            shape[-1] = len(self.classes)
        source = self._features(node, node.inputs[0])
        name = self._name(node.name)
        if -1 in shape:
            known = -math.prod(shape)
            shape[shape.index(-1)] = math.prod(source.tf_shape) // known
        # Rows are cut along TensorFlow's order of the axes.
        in_order = self.graph.add("Transpose", [source.name], f"{name}:nhwc", perm=[0, 2, 3, 1])
        self.graph.add("Reshape", [in_order, self.graph.constant(f"{name}:shape", shape, "int64")], name)
        return Rows(name, tuple(shape))

    def _concat(self, node: Node) -> Rows:
        *names, axis_name = node.inputs
        axis = int(self._constant(node, axis_name))
        parts = [self._rows(name) for name in names]
        name = self.graph.add("Concat", [part.name for part in parts], self._name(node.name), axis=axis)
        shape = list(parts[0].tf_shape)
        shape[axis] = sum(part.tf_shape[axis] for part in parts)
        return Rows(name, tuple(shape))

    def _squeeze(self, node: Node) -> Rows:
        source, axes, name = self._rows(node.inputs[0]), node.integers("squeeze_dims"), self._name(node.name)
        self.graph.add("Squeeze", [source.name, self.graph.constant(f"{name}:axes", axes, "int64")], name)
        return Rows(name, tuple(size for axis, size in enumerate(source.tf_shape) if axis not in axes))


def _unforeseen(message: str) -> ModelFormatError:
    return ModelFormatError(
        message, "It takes an addition to tools/model/convert/network.py to convert this graph."
    )
