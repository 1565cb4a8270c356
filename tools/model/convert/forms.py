"""The model's files: which forms there are, and how each is put together.

    form   input                     output                                             for
    full   image                     boxes, scores, class_ids, anchor_ids               wasm, webgpu, CPython
    heads  image                     encodings [1, 1917, 4], logits [1, 1917, 80]       webgl; reference
    planes colours                   encodings, logits                                  a picture kept on the GPU
    tail   encodings, logits         boxes, scores, class_ids, anchor_ids               after those two, on wasm

image is uint8 RGBA [1, 300, 300, 4], as a canvas gives it. colours is float32 RGB less 127.5 [1, 3, 300, 300], as
a shader makes it: bytes are nothing that a GPU's providers compute with, and a graph can be captured only if all of
it runs on the GPU. `heads` is there because WebGL has no TopK; its weights are float32 only, because WebGL's
convolution reads a kernel rightly from a stored constant alone: from the result of a `Mul` it computes wrong boxes,
without an error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import onnx
from onnx import TensorProto

from detector.errors import ModelFormatError

from .coarse import Coarse, short
from .convolution import Features, Rows
from .graphdef import GraphDef
from .network import Translator
from .onnxgraph import Graph, Pack, Port, build_model
from .quantize import pack
from .tail import OUTPUTS, tail_graph

SIZE = 300  # pixels, both ways: padding and anchors were learned with it
ENTRY = "Preprocessor/sub"
ENCODINGS = "Squeeze"
LOGITS = "concat_1"
ANCHORS = "Postprocessor/ExpandDims"
CLASS_COUNT = (
    91  # columns of the logits: background, then COCO's numbers from 1 to 90, ten of them not in use
)
IMAGE = Port("image", "uint8", (1, SIZE, SIZE, 4))
COLOURS = Port("colours", "float32", (1, 3, SIZE, SIZE))


@dataclass(frozen=True)
class Form:
    """One file to write. weights: how kernels are stored, "int8" or "float32"."""

    name: str
    form: str
    weights: str
    file: str
    inputs: list[Port]
    outputs: list[Port]
    model: onnx.ModelProto


def build_forms(
    source: GraphDef, name: str, tiny: str, coarse: Coarse, class_ids: tuple[int, ...]
) -> list[Form]:
    """All forms of the model `name` and of `tiny`, from one translation. class_ids: the columns of the logits
    to keep, ascending. The forms `heads` and `tail` of both are the same files.
    """
    network, encodings, logits = network_graph(source, class_ids)
    for_webgl, _, _ = network_graph(source, class_ids, cast=True)
    from_colours, _, _ = network_graph(source, class_ids, Features(COLOURS.name, 3, SIZE, SIZE))
    heads = [Port(rows.name, "float32", rows.tf_shape) for rows in (encodings, logits)]
    tail = tail_of(source, encodings, logits, class_ids)
    full = network.followed_by(tail)

    def form(
        kind: str, file: str, graph: Graph, inputs: list[Port], outputs: list[Port], pack: Pack | None = None
    ) -> Form:
        model = build_model(name, graph, inputs, outputs, pack)
        return Form(name, kind, "int8" if pack else "float32", file, inputs, outputs, model)

    shared = [
        form("heads", f"{name}.heads.float32.onnx", for_webgl, [IMAGE], heads),
        form("tail", f"{name}.tail.onnx", tail, heads, OUTPUTS),
    ]
    small = form("full", f"{tiny}.onnx", with_biases(full, coarse), [IMAGE], OUTPUTS, coarse.pack)
    small_planes = form(
        "planes", f"{tiny}.planes.onnx", with_biases(from_colours, coarse), [COLOURS], heads, coarse.pack
    )
    return [
        form("full", f"{name}.onnx", full, [IMAGE], OUTPUTS, pack),
        form("full", f"{name}.float32.onnx", full, [IMAGE], OUTPUTS),
        form("planes", f"{name}.planes.onnx", from_colours, [COLOURS], heads, pack),
        *shared,
        *(replace(one, name=tiny) for one in (small, small_planes, *shared)),
    ]


def tail_of(source: GraphDef, encodings: Rows, logits: Rows, class_ids: tuple[int, ...]) -> Graph:
    """The graph that makes candidates of the heads. Raises ModelFormatError where the anchors don't fit them."""
    anchors = source.constant(ANCHORS).reshape(-1, 4)
    if encodings.tf_shape != (1, len(anchors), 4) or logits.tf_shape != (1, len(anchors), len(class_ids)):
        raise ModelFormatError(
            f"{len(anchors)} anchors don't fit heads of {encodings.tf_shape} and {logits.tf_shape}."
        )
    return tail_graph(encodings.name, logits.name, anchors, class_ids)


def with_biases(graph: Graph, coarse: Coarse, as_stored: Callable[[np.ndarray], np.ndarray] = short) -> Graph:
    """The graph with the biases that go with coarse kernels. as_stored: rounds them."""
    biases = {
        operation.inputs[2]: as_stored(
            coarse.bias(
                operation.inputs[1], graph.kernels[operation.inputs[1]], graph.constants[operation.inputs[2]]
            )
        )
        for operation in graph.operations
        if operation.op == "Conv"
    }
    return replace(graph, constants=graph.constants | biases)


def network_graph(
    source: GraphDef, class_ids: tuple[int, ...], colours: Features | None = None, *, cast: bool = False
) -> tuple[Graph, Rows, Rows]:
    """Pixels to raw heads, batch norm folded: (graph, encodings, logits).

    colours: an input in place of bytes. cast: how bytes become floats, see add_pixels().
    """
    network = Graph()
    pixels = colours or add_pixels(network, source, cast=cast)
    translator = Translator(source, network, class_head=LOGITS, class_count=CLASS_COUNT, classes=class_ids)
    encodings, logits = translator.run(pixels, ENTRY, {ENCODINGS: "encodings", LOGITS: "logits"})
    scale_first_kernel(network, pixels)
    return network, encodings, logits


def add_pixels(graph: Graph, source: GraphDef, *, cast: bool) -> Features:
    """RGBA bytes to what the first convolution reads: RGB minus 127.5, float32 [1, 3, 300, 300].

    The network was trained on pixel * 2 / 255 - 1, which is (pixel - 127.5) * 2 / 255. The factor moves
    into the first kernel, which saves a pass over the picture. The offset can't: padding is 0 after it.
    Planes first and then the slice takes 0.4 ms on wasm, the other way round 1.0; WebGL transposes floats
    only, so bytes become floats first: by `Cast` there, which has nothing else, and elsewhere by a scale of
    one (onnxgraph.py tells why).
    """
    factor, offset = source.constant("Preprocessor/mul/x"), source.constant("Preprocessor/sub/y")
    if abs(float(factor) - 2 / 255) > 1e-8 or offset != 1:
        raise ModelFormatError(f"Pixels are scaled by {factor} less {offset}; known is 2/255 less 1.")
    if cast:
        floats = graph.add("Cast", ["image"], "pixels:rgba", to=TensorProto.FLOAT)
    else:
        one = graph.constant("pixels:one", 1, "float32")
        zero = graph.constant("pixels:zero", 0, "uint8")
        floats = graph.add("DequantizeLinear", ["image", one, zero], "pixels:rgba")
    planes = graph.add("Transpose", [floats], "pixels:planes", perm=[0, 3, 1, 2])
    part = {"from": 0, "to": 3, "axis": 1}
    bounds = [graph.constant(f"pixels:{key}", [value], "int64") for key, value in part.items()]
    colours = graph.add("Slice", [planes, *bounds], "pixels:rgb")
    graph.add("Sub", [colours, graph.constant("pixels:middle", 127.5, "float32")], "pixels")
    return Features("pixels", 3, SIZE, SIZE)


def scale_first_kernel(graph: Graph, pixels: Features) -> None:
    """Put the factor 2 / 255, which add_pixels leaves out, into the convolution that reads the pixels."""
    readers = [operation for operation in graph.operations if pixels.name in operation.inputs]
    if [operation.op for operation in readers] != ["Conv"]:
        raise ModelFormatError(f"One convolution should read the picture, but {len(readers)} operations do.")
    kernel = readers[0].inputs[1]
    graph.kernels[kernel] = (graph.kernels[kernel] * np.float64(2 / 255)).astype(np.float32)
