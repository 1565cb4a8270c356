"""A list of ONNX nodes under construction, and how it becomes a checked ModelProto.

Convolution kernels are kept apart from other constants, because they alone are stored in several ways: as
float32, or packed as int8 (quantize.py, coarse.py). A packed kernel passes through `DequantizeLinear`, once
for each plane, `Add` if it has two, and `Transpose` if its output channels lie innermost. All of these have
constant inputs, so the runtime computes them once, while it creates the session (if it is told not to look
for a quantized network: `session.disable_quant_qdq`), and then runs the very convolutions of the float32 form.

Not `Cast`: onnxruntime's is one function of half a megabyte for all pairs of types, which browsers optimise
for a second as soon as it was called a few times, while the first pictures wait for the processor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from .quantize import Packed

OPSET = 13
# The IR version of ONNX 1.8, which brought opset 13: the older, the more runtimes read it.
IR_VERSION = 7

# A kernel's name and weights -> what is stored.
Pack = Callable[[str, np.ndarray], Packed]


@dataclass(frozen=True)
class Port:
    """A model's input or output: its name, NumPy dtype and static shape."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    def declaration(self) -> onnx.ValueInfoProto:
        """As ONNX has it."""
        element = helper.np_dtype_to_tensor_dtype(np.dtype(self.dtype))
        return helper.make_tensor_value_info(self.name, element, self.shape)


@dataclass(frozen=True)
class Operation:
    """One node: what to do, with which values, named how, with which attributes."""

    op: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any]


@dataclass
class Graph:
    """Operations in the order of execution, and their constants. All names are the caller's, so they are
    stable.
    """

    operations: list[Operation] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    kernels: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, op: str, inputs: list[str], *outputs: str, **attributes: Any) -> str:
        """Append an operation; gives the name of its first output."""
        self.operations.append(Operation(op, inputs, list(outputs), attributes))
        return outputs[0]

    def constant(self, name: str, value: Any, dtype: str) -> str:
        """Add a constant that is stored as it is; gives its name. A name used twice must have one value."""
        array = np.asarray(value, dtype)
        if not np.array_equal(self.constants.setdefault(name, array), array):
            raise ValueError(f"two constants want the name {name!r}")
        return name

    def kernel(self, name: str, weights: np.ndarray) -> str:
        """Add a convolution's kernel, [out, in / groups, height, width]; gives its name."""
        self.kernels[name] = weights.astype(np.float32)
        return name

    def followed_by(self, other: Graph) -> Graph:
        """This graph and then `other`, whose inputs are this one's values by name."""
        return Graph(
            self.operations + other.operations, self.constants | other.constants, self.kernels | other.kernels
        )


def build_model(
    name: str, graph: Graph, inputs: list[Port], outputs: list[Port], pack: Pack | None = None
) -> onnx.ModelProto:
    """The ModelProto of a graph, checked by onnx.checker, shapes included.

    pack: how kernels are stored as int8; None: they are stored as they are. What is computed stays the same but
    for the rounding of the weights.
    """
    nodes: list[onnx.NodeProto] = []
    stored: dict[str, np.ndarray] = {}
    for operation in graph.operations:
        for kernel in (name for name in operation.inputs if name in graph.kernels):
            if pack:
                nodes += _unpacking(kernel, pack(kernel, graph.kernels[kernel]), stored)
            else:
                stored[kernel] = graph.kernels[kernel]
        nodes.append(
            helper.make_node(operation.op, operation.inputs, operation.outputs, **operation.attributes)
        )
    body = helper.make_graph(
        nodes,
        name,
        [port.declaration() for port in inputs],
        [port.declaration() for port in outputs],
        [numpy_helper.from_array(value, key) for key, value in (stored | graph.constants).items()],
    )
    model = helper.make_model(
        body,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="onlooker",
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def _unpacking(kernel: str, packed: Packed, stored: dict[str, np.ndarray]) -> list[onnx.NodeProto]:
    """Put a kernel's packed form into `stored`; give the nodes that make the kernel of it."""
    turned = packed.inner == "out"
    unturned = f"{kernel}:turned" if turned else kernel
    planes = [f"{kernel}:plane{place}" for place in range(len(packed.integers))]
    results = [unturned] if len(planes) == 1 else [f"{plane}:floats" for plane in planes]
    nodes = []
    for plane, result, integers, scales in zip(planes, results, packed.integers, packed.scales, strict=True):
        stored[plane] = np.ascontiguousarray(np.moveaxis(integers, 0, -1)) if turned else integers
        stored[f"{plane}:scales"] = scales.reshape(-1)
        axis = integers.ndim - 1 if turned else 0
        nodes.append(helper.make_node("DequantizeLinear", [plane, f"{plane}:scales"], [result], axis=axis))
    if len(planes) > 1:
        nodes.append(helper.make_node("Add", results, [unturned]))
    if turned:
        nodes.append(helper.make_node("Transpose", [unturned], [kernel], perm=[3, 0, 1, 2]))
    return nodes
