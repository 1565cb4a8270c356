"""The tiny model in parts: what each step of making it small gives, and what other sizes of it would cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from detector.labels import COCO_LABELS
from tools.model import build as model
from tools.model.convert import COARSE, coarse
from tools.model.convert.forms import IMAGE, network_graph, tail_of, with_biases
from tools.model.convert.graphdef import parse_graphdef, read_files
from tools.model.convert.onnxgraph import Graph, Pack, build_model
from tools.model.convert.quantize import SMALL_KERNEL, Packed, pack
from tools.model.convert.tail import OUTPUTS

OTHER_STEPS = (0.004, 0.005, 0.008, 0.01, 0.012)


def variants() -> Iterator[tuple[str, bytes]]:
    """(what was done, the model)."""
    source = parse_graphdef(read_files(model.fetch_source()))
    class_ids = tuple(class_id for class_id, _ in COCO_LABELS)
    network, encodings, logits = network_graph(source, class_ids)
    full = network.followed_by(tail_of(source, encodings, logits, class_ids))
    known = coarse.read(COARSE)
    alike = replace(known, layers={name: one_step(layer) for name, layer in known.layers.items()})
    exact = with_biases(full, known, as_stored=lambda bias: bias.astype(np.float32))
    plain = replace(known, step=1.0, layers={name: bare(layer) for name, layer in known.layers.items()})

    def made(graph: Graph, pack: Pack) -> bytes:
        content: bytes = build_model("steps", graph, [IMAGE], OUTPUTS, pack).SerializeToString(
            deterministic=True
        )
        return content

    yield "6 bits of each channel's range; small kernels 12", made(full, of_six_bits)
    yield (
        "one step for all weights",
        made(full, inner_in(replace(plain, step=uniform_step(known, full)).pack)),
    )
    yield "a step for each layer, by sensitivity", made(full, inner_in(alike.pack))
    yield "a step for each output channel", made(full, inner_in(known.pack))
    yield "biases corrected by the mean inputs", made(exact, inner_in(known.pack))
    yield "output channels innermost in the file", made(exact, known.pack)
    yield "biases of 11 bits: coco-ssd-tiny", made(with_biases(full, known), known.pack)
    for step in OTHER_STEPS:
        other = replace(known, step=step)
        yield f"the same with a step of {step} for {known.step}", made(with_biases(full, other), other.pack)


def inner_in(packing: Pack) -> Pack:
    """The same with the input channels innermost."""
    return lambda name, kernel: replace(packing(name, kernel), inner="in")


def one_step(layer: coarse.Layer) -> coarse.Layer:
    """A layer whose channels have one step, which errs as much as theirs do together."""
    shared = 1 / np.sqrt(np.mean(2.0**-layer.rows))
    return replace(layer, step=layer.step * shared, rows=np.zeros_like(layer.rows))


def bare(layer: coarse.Layer) -> coarse.Layer:
    """A layer of which nothing is known."""
    return replace(layer, step=1.0, rows=np.zeros_like(layer.rows))


def uniform_step(known: coarse.Coarse, graph: Graph) -> float:
    """One step for all weights that makes about as many bits: the geometric mean of theirs."""
    logs, sizes = 0.0, 0
    for name, kernel in graph.kernels.items():
        layer = known.layers[name]
        steps = known.step * layer.step * coarse.half_octaves(layer.rows)
        logs += float(np.log(steps).mean()) * kernel.size
        sizes += kernel.size
    return float(np.exp(logs / sizes))


def of_six_bits(name: str, kernel: np.ndarray) -> Packed:
    """Small kernels as the default model has them, others as whole numbers up to 31 of each channel's peak."""
    if kernel.size <= SMALL_KERNEL:
        return pack(name, kernel)
    peak = np.abs(kernel).max(axis=(1, 2, 3), keepdims=True)
    scale = (np.where(peak > 0, peak, 1) / np.float32(31)).astype(np.float32)
    return Packed(np.rint(kernel / scale).astype(np.int8)[None], scale[None])
