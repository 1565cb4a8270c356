"""The gradient of a network, as an ONNX graph: which way its heads move if a value inside moves.

with_gradient(network, shapes) appends to the network's operations those that carry a gradient back from its
outputs, by the chain rule, operation by operation; a value's gradient is called `NAME:gradient`, and that of an
output is an input of the new graph.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from tools.model.convert.onnxgraph import Graph, Operation

Shapes = dict[str, tuple[int, ...]]


def gradient_of(name: str) -> str:
    """What the gradient of a value is called."""
    return f"{name}:gradient"


class Backward:
    """Writes the way back. shapes: of all values of the network."""

    def __init__(self, network: Graph, shapes: Shapes) -> None:
        self.graph = Graph(list(network.operations), dict(network.constants), dict(network.kernels))
        self.shapes = shapes
        self.parts: dict[str, list[str]] = defaultdict(list)
        self.handlers = {
            "Conv": self._conv,
            "Clip": self._clip,
            "Add": self._add,
            "Reshape": self._reshape,
            "Squeeze": self._reshape,
            "Transpose": self._transpose,
            "Concat": self._concat,
        }

    def run(self, outputs: list[str]) -> Graph:
        """The graph with the gradients of all that comes after a convolution."""
        for name in outputs:
            self.parts[name].append(gradient_of(name))
        for operation in reversed(list(self.graph.operations)):
            result = operation.outputs[0]
            if operation.op in self.handlers and self.parts[result]:
                self.handlers[operation.op](operation, self._total(result))
        return self.graph

    def _total(self, name: str) -> str:
        """The gradient of a value: the sum over all that read it."""
        parts = self.parts[name]
        if parts == [gradient_of(name)]:
            return parts[0]
        return self.graph.add("Sum", parts, gradient_of(name))

    def _part(self, of: str, op: str, inputs: list[str], reader: Operation, **attributes: object) -> None:
        """Add what one reader contributes to the gradient of a value."""
        self.parts[of].append(
            self.graph.add(op, inputs, f"{of}:gradient from {reader.outputs[0]}", **attributes)
        )

    def _conv(self, operation: Operation, gradient: str) -> None:
        source, kernel = operation.inputs[:2]
        if source in self.shapes and source != "pixels":
            self._part(source, "ConvTranspose", [gradient, kernel], operation, **operation.attributes)

    def _clip(self, operation: Operation, gradient: str) -> None:
        """Between its limits a value passes, elsewhere nothing moves."""
        source, low, high = operation.inputs
        above = self.graph.add("Greater", [source, low], f"{source}:above")
        below = self.graph.add("Less", [source, high], f"{source}:below")
        between = self.graph.add("And", [above, below], f"{source}:between")
        self._part(source, "Where", [between, gradient, low], operation)

    def _add(self, operation: Operation, gradient: str) -> None:
        for name in operation.inputs:
            self.parts[name].append(gradient)

    def _reshape(self, operation: Operation, gradient: str) -> None:
        source = operation.inputs[0]
        shape = self.graph.constant(f"{source}:shape before", self.shapes[source], "int64")
        self._part(source, "Reshape", [gradient, shape], operation)

    def _transpose(self, operation: Operation, gradient: str) -> None:
        back = [int(axis) for axis in np.argsort(operation.attributes["perm"])]
        self._part(operation.inputs[0], "Transpose", [gradient], operation, perm=back)

    def _concat(self, operation: Operation, gradient: str) -> None:
        axis = operation.attributes["axis"]
        names = operation.inputs
        lengths = [self.shapes[name][axis] for name in names]
        sizes = self.graph.constant(f"{operation.outputs[0]}:lengths", lengths, "int64")
        parts = [f"{name}:gradient from {operation.outputs[0]}" for name in names]
        self.graph.add("Split", [gradient, sizes], *parts, axis=axis)
        for name, part in zip(names, parts, strict=True):
            self.parts[name].append(part)
