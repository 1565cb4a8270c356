"""The end of the graph: raw heads in, the best candidates out.

Python then sees 200 rows a frame instead of 1,917 boxes and 153,360 scores. The best logits are chosen
first (sigmoid is monotonic, so it doesn't change the choice), and only they are squashed and decoded. A
candidate is a pair of an anchor and a class, so an anchor may come with several classes. Of equal logits,
the one of the lower anchor comes first, then the one of the lower class.

Boxes are decoded as in the SSD paper (Liu et al., 2016, section 2.2), scaled by the variances of
TensorFlow's object detection API:

    centre = anchor_centre + 0.1 * t_centre * anchor_size
    size   = anchor_size * exp(0.2 * t_size)
"""

from __future__ import annotations

import numpy as np

from .onnxgraph import Graph, Port

CANDIDATES = 200
CENTRE_VARIANCE = 0.1
SIZE_VARIANCE = 0.2

OUTPUTS = [
    Port("boxes", "float32", (1, CANDIDATES, 4)),  # x0, y0, x1, y1 in 0..1 of the picture, not clipped to it
    Port("scores", "float32", (1, CANDIDATES)),  # descending
    Port("class_ids", "int32", (1, CANDIDATES)),  # COCO's numbers
    Port("anchor_ids", "int32", (1, CANDIDATES)),
]


def tail_graph(encodings: str, logits: str, anchors: np.ndarray, class_ids: tuple[int, ...]) -> Graph:
    """The graph that makes OUTPUTS of the values called `encodings` and `logits`.

    encodings: float32 [1, anchors, 4], t_y, t_x, t_height, t_width. logits: float32 [1, anchors, classes].
    anchors: float32 [anchors, 4], y0, x0, y1, x1 in 0..1. class_ids: what each column of the logits is.
    """
    graph = Graph()
    _add_choice(graph, logits, len(anchors), class_ids)
    _add_boxes(graph, encodings, anchors)
    return graph


def _add_choice(graph: Graph, logits: str, anchors: int, class_ids: tuple[int, ...]) -> None:
    """Scores, class_ids and anchor_ids: a place in the flattened logits is anchor * classes + column.

    Places are int64, and what comes out is int32: looked up, because a `Cast` costs more (onnxgraph.py).
    """
    one_row = graph.constant("tail:one_row", [1, -1], "int64")
    count = graph.constant("tail:candidates", [CANDIDATES], "int64")
    classes = graph.constant("tail:classes", len(class_ids), "int64")
    flat = graph.add("Reshape", [logits, one_row], "tail:flat")
    best = graph.add("TopK", [flat, count], "tail:best", "tail:places", axis=1, largest=1, sorted=1)
    graph.add("Sigmoid", [best], "scores")
    places = graph.add("Div", ["tail:places", classes], "tail:anchor_places")
    starts = graph.add("Mul", [places, classes], "tail:starts")
    columns = graph.add("Sub", ["tail:places", starts], "tail:columns")
    for output, table, indices in (("anchor_ids", range(anchors), places), ("class_ids", class_ids, columns)):
        numbers = graph.constant(f"tail:{output}", table, "int32")
        graph.add("Gather", [numbers, indices], output, axis=0)


def _add_boxes(graph: Graph, encodings: str, anchors: np.ndarray) -> None:
    """Boxes: only the chosen anchors' encodings are decoded."""
    corners = anchors.astype(np.float64)
    low, high = corners[:, [1, 0]], corners[:, [3, 2]]  # x, y
    size = high - low
    # What each anchor contributes, in pairs of x and y: its centre, the reach of a shift, half its size.
    table = np.concatenate([(low + high) / 2, CENTRE_VARIANCE * size, size / 2], axis=1)[None]

    rows = graph.add("Squeeze", ["anchor_ids", graph.constant("tail:first", [0], "int64")], "tail:rows")
    chosen = graph.add("Gather", [encodings, rows], "tail:t_yxhw", axis=1)
    swap = graph.constant("tail:swap", [1, 0, 3, 2], "int64")
    swapped = graph.add("Gather", [chosen, swap], "tail:t_xywh", axis=2)
    halves = graph.constant("tail:halves", [2, 2], "int64")
    graph.add("Split", [swapped, halves], "tail:t_centre", "tail:t_size", axis=2)
    anchor = graph.add(
        "Gather", [graph.constant("tail:anchors", table, "float32"), rows], "tail:anchor", axis=1
    )
    thirds = graph.constant("tail:thirds", [2, 2, 2], "int64")
    graph.add("Split", [anchor, thirds], "tail:anchor_centre", "tail:reach", "tail:anchor_half", axis=2)

    shift = graph.add("Mul", ["tail:t_centre", "tail:reach"], "tail:shift")
    centre = graph.add("Add", ["tail:anchor_centre", shift], "tail:centre")
    variance = graph.constant("tail:size_variance", SIZE_VARIANCE, "float32")
    growth = graph.add("Exp", [graph.add("Mul", ["tail:t_size", variance], "tail:log_growth")], "tail:growth")
    half = graph.add("Mul", ["tail:anchor_half", growth], "tail:half")
    corner_low = graph.add("Sub", [centre, half], "tail:low")
    corner_high = graph.add("Add", [centre, half], "tail:high")
    graph.add("Concat", [corner_low, corner_high], "boxes", axis=2)
