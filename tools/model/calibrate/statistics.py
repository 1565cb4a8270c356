"""What photographs tell about a network's weights: how much an error in each would do, and what they multiply.

An error in a weight moves the heads. How far they may move is measured as what it does to the detections: a
logit's weight is p * (1 - p), p being its score, for then the sum of squares is (twice) the divergence between the
scores before and after; a box' is its anchor's best score. Random signs in front of these weights make one
gradient stand for all outputs: the mean of its square is the sum of all their squares, each with its weight
(Hutchinson, 1990). So one pass back for each picture gives the sensitivity of all weights, the diagonal of the
Gauss-Newton matrix.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import onnx
import onnxruntime

from tools.model.convert.forms import IMAGE
from tools.model.convert.onnxgraph import Graph, Operation, Port, build_model

from .backward import Backward, Shapes, gradient_of

HEADS = ["encodings", "logits"]


@dataclass
class Sums:
    """Of one convolution, over all pictures: squared gradients of its weights, [out, in / groups, height,
    width], and of its inputs [in].
    """

    squares: np.ndarray
    means: np.ndarray
    pictures: int = field(default=1)

    def add(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(self.squares + other.squares, self.means + other.means, self.pictures + other.pictures)


def collect(network: Graph, heads: list[Port], images: np.ndarray) -> dict[str, Sums]:
    """The sums for each kernel of the network, by its name. images: uint8 [N, 300, 300, 4]."""
    shapes = shapes_of(network, heads)
    backward = Backward(network, shapes).run(HEADS)
    convolutions = [operation for operation in network.operations if operation.op == "Conv"]
    fetched = sorted({name for conv in convolutions for name in (conv.inputs[0], gradient_of_result(conv))})
    values = onnxruntime.InferenceSession(
        build_model(
            "gradient",
            backward,
            [IMAGE, *(Port(gradient_of(port.name), "float32", port.shape) for port in heads)],
            [Port(name, "float32", shapes[name.removesuffix(":gradient")]) for name in fetched],
        ).SerializeToString(),
        providers=["CPUExecutionProvider"],
    )
    forward = onnxruntime.InferenceSession(
        build_model("forward", network, [IMAGE], heads).SerializeToString(),
        providers=["CPUExecutionProvider"],
    )
    rng = np.random.default_rng(0)
    totals: dict[str, Sums] = {}
    for image in images:
        outputs = forward.run(HEADS, {"image": image[None]})
        feed = {"image": image[None], **probe(outputs[1], rng)}
        found = dict(zip(fetched, values.run(fetched, feed), strict=True))
        for conv in convolutions:
            sums = sums_of(conv, network.kernels[conv.inputs[1]].shape, found)
            known = totals.get(conv.inputs[1])
            totals[conv.inputs[1]] = known.add(sums) if known else sums
    return totals


def gradient_of_result(conv: Operation) -> str:
    return gradient_of(conv.outputs[0])


def probe(logits: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Gradients to start from: random signs, weighted by what each output is worth."""
    scores = 1 / (1 + np.exp(-logits.astype(np.float64)))
    worth = {
        "encodings": np.repeat(scores.max(axis=2, keepdims=True), 4, axis=2),
        "logits": scores * (1 - scores),
    }
    return {
        gradient_of(name): (np.sqrt(value) * rng.choice([-1, 1], value.shape)).astype(np.float32)
        for name, value in worth.items()
    }


def sums_of(conv: Operation, shape: tuple[int, ...], values: dict[str, np.ndarray]) -> Sums:
    """One picture's contribution."""
    source, gradient = values[conv.inputs[0]][0], values[gradient_of_result(conv)][0]
    squares = np.zeros(shape)
    rows, columns = gradient.shape[1:]
    flat = gradient.reshape(len(gradient), -1)
    stride = conv.attributes["strides"][0]
    top, left, bottom, right = conv.attributes["pads"]
    padded = np.pad(source, ((0, 0), (top, bottom), (left, right)))
    for y, x in np.ndindex(*shape[2:]):
        # What this tap of the kernel sees.
        seen = padded[
            :, y : y + stride * (rows - 1) + 1 : stride, x : x + stride * (columns - 1) + 1 : stride
        ]
        seen = seen.reshape(len(source), -1)
        if conv.attributes["group"] == 1:
            squares[:, :, y, x] = (flat @ seen.T) ** 2
        else:
            # Of a depthwise kernel, so many output channels follow from each input channel.
            own = seen.repeat(len(flat) // len(seen), axis=0)
            squares[:, 0, y, x] = (flat * own).sum(axis=1) ** 2
    return Sums(squares, source.mean(axis=(1, 2), dtype=np.float64))


def shapes_of(network: Graph, heads: list[Port]) -> Shapes:
    """The shapes of all values."""
    model = onnx.shape_inference.infer_shapes(build_model("shapes", network, [IMAGE], heads))
    return {
        value.name: tuple(dimension.dim_value for dimension in value.type.tensor_type.shape.dim)
        for value in (*model.graph.value_info, *model.graph.output)
    }
