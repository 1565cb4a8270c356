"""The tfjs model whose weights are those that one of the page's files holds, so that both compute the same network.

The page's file has batch norm folded into its kernels, and these stored in few bits. tfjs applies batch norm itself.
So each of its kernels becomes the stored one divided by what folding multiplied it with, channel by channel; and what
the tiny model's biases are off is added where tfjs adds a constant last. The class columns that no COCO label uses
are not in the file, and stay as they are.
"""

import math
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from detector.labels import COCO_LABELS
from tools.common import files
from tools.model.convert.forms import CLASS_COUNT, network_graph
from tools.model.convert.graphdef import GraphDef, Node, parse_graphdef, read_files
from tools.model.convert.network import short_name
from tools.model.convert.quantize import dequantize

CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative")
CLASS_IDS = tuple(class_id for class_id, _ in COCO_LABELS)


def write_model(source_dir: Path, stored: Path, folder: Path) -> Path:
    """Write model.json and its shards to `folder`: `source_dir`'s with the kernels of the ONNX file `stored`."""
    source = read_files(source_dir)
    graph = parse_graphdef(source)
    folded = network_graph(graph, CLASS_IDS)[0]
    kernels, biases = stored_kernels(stored), stored_biases(stored)
    assert kernels.keys() == folded.kernels.keys()
    arrays = dict(graph.constants)
    for node in graph.nodes.values():
        if node.op in CONVOLUTIONS:
            name = short_name(node.name)
            constant, kernel = node.inputs[1], f"{name}:kernel"
            arrays[constant] = unfolded(
                graph.constants[constant], node.op, folded.kernels[kernel], kernels[kernel]
            )
            addend = last_addend(graph, node)
            shift = biases[f"{name}:bias"] - folded.constants[f"{name}:bias"]
            arrays[addend] = arrays[addend].copy()
            arrays[addend][..., kept_columns(arrays[addend].size, len(shift))] += shift
    return write_shards(source, graph, arrays, folder)


def last_addend(graph: GraphDef, convolution: Node) -> str:
    """The constant that is added to a convolution's result, once nothing more is multiplied with it."""
    at = convolution
    while True:
        (at,) = (node for node in graph.nodes.values() if at.name in node.inputs and node.op != "Shape")
        if at.op == "FusedBatchNorm":
            return at.inputs[2]
        constants = [name for name in at.inputs if name in graph.constants]
        if constants and at.op != "Mul":
            return constants[0]


def kept_columns(count: int, kept: int) -> np.ndarray:
    """Which of a layer's `count` channels the file has: all, or of a class head those of COCO's labels."""
    if kept == count:
        return np.arange(count)
    return (np.arange(0, count, CLASS_COUNT)[:, None] + np.array(CLASS_IDS)).ravel()


def stored_kernels(path: Path) -> dict[str, np.ndarray]:
    """The float32 kernels [out, in / groups, height, width] of an ONNX file that stores them as int8."""
    graph = onnx.load(path).graph
    values = {value.name: numpy_helper.to_array(value) for value in graph.initializer}
    found: dict[str, np.ndarray] = {}
    for node in graph.node:  # of two planes, the coarser comes first
        if node.op_type != "DequantizeLinear" or node.input[0] not in values:
            continue
        integers, scales = (values[name] for name in node.input)
        kernel, _, plane = node.input[0].rpartition(":")
        assert plane in ("plane0", "plane1")
        integers = np.moveaxis(integers, node.attribute[0].i, 0)
        part = dequantize(integers[None], scales.reshape(1, -1, 1, 1, 1))
        found[kernel] = found[kernel] + part if kernel in found else part
    return found


def stored_biases(path: Path) -> dict[str, np.ndarray]:
    """The biases [out] of an ONNX file."""
    values = {value.name: numpy_helper.to_array(value) for value in onnx.load(path).graph.initializer}
    return {name: value for name, value in values.items() if name.endswith(":bias")}


def unfolded(kernel: np.ndarray, op: str, folded: np.ndarray, stored: np.ndarray) -> np.ndarray:
    """tfjs' kernel, in its own layout, that batch norm makes `stored`, as it makes `folded` of `kernel`."""
    height, width, channels, count = kernel.shape
    if op == "DepthwiseConv2dNative":
        channels, count = 1, channels * count
    rows = kernel.reshape(height, width, channels, count).transpose(3, 2, 0, 1).astype(np.float64)
    kept = kept_columns(count, len(folded))
    assert folded.shape == rows[kept].shape == stored.shape
    # What folding multiplied each channel with: one number, so the quotient of two sums gives it exactly.
    size = (rows[kept] ** 2).sum(axis=(1, 2, 3))
    factor = (rows[kept] * folded).sum(axis=(1, 2, 3)) / np.where(size > 0, size, 1)
    product = rows[kept] * factor[:, None, None, None]
    assert np.abs(product - folded).max() <= 1e-6 * np.abs(folded).max(), "folding did more than scale"
    live = factor != 0
    rows[kept[live]] = stored[live] / factor[live, None, None, None]
    return rows.transpose(2, 3, 1, 0).reshape(kernel.shape).astype(np.float32)


def write_shards(
    source: dict[str, bytes], graph: GraphDef, arrays: dict[str, np.ndarray], folder: Path
) -> Path:
    """The files of a tfjs model, cut as `source` is, with other arrays of the same shapes."""
    files.write(folder / "model.json", source["model.json"])
    content = b"".join(np.ascontiguousarray(arrays[name]).tobytes() for name in graph.constants)
    shards = [name for name in source if name != "model.json"]
    assert len(content) == sum(len(source[name]) for name in shards)
    begins = 0
    for name in shards:
        files.write(folder / name, content[begins : begins + len(source[name])])
        begins += len(source[name])
    return folder


def largest_difference(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> float:
    """Of all kernels, relative to the largest weight of its channel."""
    return max(
        float(np.max(np.abs(one - second[name]) / channel_peak(second[name]))) for name, one in first.items()
    )


def channel_peak(kernel: np.ndarray) -> np.ndarray:
    peak = np.abs(kernel).max(axis=(1, 2, 3), keepdims=True)
    return np.where(peak > 0, peak, math.inf)
