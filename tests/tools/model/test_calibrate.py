"""tools/model/calibrate: the gradient against finite differences, and the text against what it was made of."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from tests.tiny_graph import CLASSES, tiny_ssd
from tests.tools.model.test_convert import KEPT, PLACES
from tools.common.progress import SetupError
from tools.model import calibrate
from tools.model.calibrate import text
from tools.model.calibrate.backward import Backward, gradient_of
from tools.model.calibrate.statistics import Sums, gradient_of_result, probe, sums_of
from tools.model.convert import coarse
from tools.model.convert.convolution import Features
from tools.model.convert.graphdef import parse_graphdef
from tools.model.convert.network import Translator
from tools.model.convert.onnxgraph import Graph, Port, build_model

SIDE = 9
PIXELS = Port("pixels", "float32", (1, 3, SIDE, SIDE))


def network() -> tuple[Graph, list[Port]]:
    """A small network of all the operations, and its heads."""
    graph = Graph()
    translator = Translator(
        parse_graphdef(tiny_ssd(1).files()), graph, class_head="logits", class_count=CLASSES, classes=KEPT
    )
    rows = translator.run(Features("pixels", 3, SIDE, SIDE), "pixels", PLACES)
    return graph, [Port(row.name, "float32", row.tf_shape) for row in rows]


def run(
    graph: Graph, inputs: list[Port], outputs: list[Port], feed: dict[str, np.ndarray]
) -> list[np.ndarray]:
    built = build_model("small", graph, inputs, outputs)
    session = onnxruntime.InferenceSession(built.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run([port.name for port in outputs], feed)


def test_squared_gradients_are_those_of_finite_differences() -> None:
    graph, heads = network()
    inferred = onnx.shape_inference.infer_shapes(build_model("shapes", graph, [PIXELS], heads))
    shapes = {
        value.name: tuple(dimension.dim_value for dimension in value.type.tensor_type.shape.dim)
        for value in (*inferred.graph.value_info, *inferred.graph.output, *inferred.graph.input)
    }
    rng = np.random.default_rng(1)
    pixels = rng.uniform(-1, 1, PIXELS.shape).astype(np.float32)
    worth = {gradient_of(port.name): rng.normal(size=port.shape).astype(np.float32) for port in heads}
    convolutions = [operation for operation in graph.operations if operation.op == "Conv"]
    names = sorted({name for conv in convolutions for name in (conv.inputs[0], gradient_of_result(conv))})
    backward = Backward(graph, shapes).run([port.name for port in heads])
    values = run(
        backward,
        [PIXELS, *(Port(name, "float32", value.shape) for name, value in worth.items())],
        [
            Port(name, "float32", shapes[name.removesuffix(":gradient")])
            for name in names
            if name not in ("pixels", *worth)
        ],
        {"pixels": pixels, **worth},
    )
    known = dict(zip([name for name in names if name not in ("pixels", *worth)], values, strict=True))
    known |= {"pixels": pixels, **worth}

    def total(kernel: str, weights: np.ndarray) -> float:
        changed = Graph(graph.operations, graph.constants, graph.kernels | {kernel: weights})
        outputs = run(changed, [PIXELS], heads, {"pixels": pixels})
        return sum(
            float((output.astype(np.float64) * value).sum())
            for output, value in zip(outputs, worth.values(), strict=True)
        )

    for conv in convolutions:
        name, weights = conv.inputs[1], graph.kernels[conv.inputs[1]]
        squares = sums_of(conv, weights.shape, known).squares
        assert squares.shape == weights.shape
        # Where the gradient is largest, so that rounding does not drown it.
        place = np.unravel_index(squares.argmax(), squares.shape)
        change = np.zeros_like(weights)
        change[place] = 1e-3
        slope = (total(name, weights + change) - total(name, weights - change)) / 2e-3
        assert slope**2 == pytest.approx(squares[place], rel=0.05), name


def test_a_probe_is_worth_most_where_a_score_is_undecided() -> None:
    logits = np.array([[[0.0, -10.0], [-10.0, -10.0]]], np.float32)
    found = probe(logits, np.random.default_rng(0))
    assert np.abs(found["logits:gradient"][0, 0]).tolist() == pytest.approx([0.5, 0.00674], abs=1e-4)
    assert np.abs(found["encodings:gradient"][0, 0]).tolist() == pytest.approx([0.7071] * 4, abs=1e-4)
    assert np.abs(found["encodings:gradient"][0, 1]).max() < 0.01


def test_steps_make_all_errors_count_alike() -> None:
    sensitivity = np.ones((3, 2, 1, 1)) * np.array([4.0, 1.0, 64.0]).reshape(-1, 1, 1, 1)
    share, rows = text.steps(sensitivity, alike=False)
    # In half octaves: 64 to 4 is 4 of them, and to 1 is 6, were it not for the floor.
    assert rows.tolist() == [3, 4, 0]
    share_alike, rows = text.steps(sensitivity, alike=True)
    assert rows.tolist() == [0, 0, 0]
    assert share_alike == pytest.approx(23.0**-0.5)
    assert share < share_alike


def test_the_text_is_read_back_as_what_it_was_made_of(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    sums = {
        "a/ClassPredictor/x:kernel": Sums(rng.uniform(1, 9, (100, 5, 1, 1)), rng.uniform(-30, 30, 5), 10),
        "b:kernel": Sums(rng.uniform(1, 9, (150, 1, 3, 3)), rng.uniform(0, 60, 150), 10),
        "c:kernel": Sums(np.ones((2, 1, 1, 1)), np.zeros(2), 10),
    }
    path = tmp_path / coarse.NAME
    path.write_text(text.write(0.25, sums), "utf-8")
    assert max(map(len, path.read_text("utf-8").splitlines())) <= 120
    found = coarse.read(path)
    assert found.step == 0.25
    assert found.layers.keys() == sums.keys()
    for name, layer in found.layers.items():
        share, rows = text.steps(sums[name].squares / 10, alike="Class" in name)
        assert layer.step == pytest.approx(share, rel=1e-3)
        assert layer.rows.tolist() == rows.tolist()
        means = sums[name].means / 10
        assert np.abs(layer.means - means).max() <= np.ptp(means) * 0.02 + 1e-6


def test_the_command_takes_a_step_and_nothing_else() -> None:
    assert calibrate.step_of([], 0.006) == 0.006
    assert calibrate.step_of(["--step", "0.01"], 0.006) == 0.01
    for wrong in (["--step"], ["--step", "fine"], ["--step", "0"], ["0.01"], ["--bits", "0.01"]):
        with pytest.raises(SetupError, match="--step"):
            calibrate.step_of(wrong, 0.006)
