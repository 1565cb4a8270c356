"""tools/model/convert/coarse.py: kernels of few steps, and the tiny model that is made of them."""

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.detection import Detection
from detector.errors import ModelFormatError, ModelNotFoundError
from detector.labels import COCO_LABELS
from detector.native import open_session
from detector.vision.boxes import iou
from detector.vision.non_maximum_suppression import select
from tests.browser.oracle.stored_weights import stored_biases, stored_kernels
from tools.common import paths
from tools.model import build as model
from tools.model.convert import COARSE, TINY, coarse
from tools.model.convert.coarse import Coarse, Layer, half_octaves, numbers, short, signs
from tools.model.convert.forms import network_graph
from tools.model.convert.graphdef import parse_graphdef, read_files
from tools.model.convert.onnxgraph import Graph, Port, build_model
from tools.model.convert.quantize import MOST, SMALL_KERNEL
from tools.serve import precompressed
from tools.setup import photos

FILE = paths.MODELS / f"{TINY}.onnx"
# What a score of the tiny model may be off in one photograph, and of what score on a thing is compared.
SCORE_TOLERANCE = 0.25
IOU_TOLERANCE = 0.8
SURE = 0.7


def layer_of(kernel: np.ndarray, step: float = 0.1) -> Coarse:
    inputs = len(kernel) if kernel.shape[1] == 1 else kernel.shape[1]
    rows = np.arange(len(kernel)) % 4
    return Coarse(0.5, {"k": Layer(step, rows, np.linspace(-1, 5, inputs))})


def test_half_octaves_are_powers_of_the_root_of_two() -> None:
    counts = np.arange(-3, 20)
    np.testing.assert_allclose(half_octaves(counts), 2.0 ** (counts / 2), rtol=1e-15)
    assert half_octaves(np.array([0, 2, 8])).tolist() == [1, 2, 16]


def test_short_floats_end_in_zeros_and_are_the_nearest() -> None:
    values = np.random.default_rng(0).normal(0, 3, 1000).astype(np.float32)
    stored = short(values)
    assert not (stored.view(np.int32) & 0xFFF).any()
    assert np.abs(stored / values - 1).max() <= 2.0**-12


def test_signs_stand_for_numbers() -> None:
    assert signs([0, 9, 10, 35, 36, 61]) == "09AZaz"
    assert numbers("09AZaz").tolist() == [0, 9, 10, 35, 36, 61]
    with pytest.raises(ValueError):
        numbers("0-9")


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 999),
    shape=st.sampled_from([(5, 7, 3, 3), (6, 1, 3, 3), (110, 100, 1, 1)]),
    peak=st.sampled_from([1.0, 500.0, 50_000.0]),
)
def test_weights_are_the_nearest_multiples_of_their_step(
    seed: int, shape: tuple[int, ...], peak: float
) -> None:
    kernel = np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)
    kernel[1].flat[0] = peak
    known = layer_of(kernel)
    packed = known.pack("k", kernel)
    assert packed.integers.dtype == np.int8
    step = packed.scales[-1].astype(np.float64)
    wanted = 0.5 * 0.1 * half_octaves(known.layers["k"].rows).reshape(-1, 1, 1, 1)
    # Wider than it should be only where the largest weight would not fit else.
    most = MOST * 16 if kernel.size <= SMALL_KERNEL else MOST
    fits = np.abs(kernel).max(axis=(1, 2, 3), keepdims=True) <= wanted * most
    np.testing.assert_allclose(step[fits], wanted[fits], rtol=1e-6)
    assert (step[~fits] > wanted[~fits]).all()
    assert (np.abs(packed.kernel() - kernel) <= step * 0.501).all()


def test_a_bias_gives_back_what_the_weights_errors_add() -> None:
    kernel = np.array([[[[0.26]], [[-0.34]]], [[[1.0]], [[0.5]]]], np.float32)
    known = Coarse(1.0, {"k": Layer(0.2, np.array([0, 1]), np.array([2.0, 3.0]))})
    # Multiples of 0.2 and of 0.2828: 0.2 -0.4, and 1.1314 0.5657.
    found = known.bias("k", kernel, np.array([1.0, 1.0], np.float32))
    expected = [1 + 0.06 * 2 + 0.06 * 3, 1 - 0.13137 * 2 - 0.06569 * 3]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_depthwise_bias_takes_the_mean_of_its_own_channel() -> None:
    kernel = np.array([[[[0.26]]], [[[1.0]]]], np.float32)
    known = Coarse(1.0, {"k": Layer(0.2, np.array([0, 0]), np.array([2.0, 3.0]))})
    found = known.bias("k", kernel, np.zeros(2, np.float32))
    np.testing.assert_allclose(found, [0.12, 0], atol=1e-6)


@pytest.mark.parametrize("change", ["name", "rows", "means"])
def test_a_text_that_does_not_fit_the_network_is_refused(change: str) -> None:
    kernel = np.ones((4, 3, 1, 1), np.float32)
    known = layer_of(kernel)
    layer = known.layers["k"]
    if change == "rows":
        known.layers["k"] = replace(layer, rows=layer.rows[:3])
    if change == "means":
        known.layers["k"] = replace(layer, means=layer.means[:2])
    with pytest.raises(ModelFormatError, match="tools calibrate"):
        known.pack("other" if change == "name" else "k", kernel)


def test_a_text_that_is_missing_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match=r"coco-ssd-tiny\.toml"):
        coarse.read(tmp_path / coarse.NAME)
    for text in ("step = ", "step = 1", '[layer.a]\nrows = "0"', "\xff"):
        (tmp_path / coarse.NAME).write_text(text, "latin-1")
        with pytest.raises(ModelFormatError, match=r"coco-ssd-tiny\.toml"):
            coarse.read(tmp_path / coarse.NAME)


@pytest.mark.parametrize("inner", ["in", "out"])
@pytest.mark.parametrize("peak", [1.0, 50.0], ids=["one-plane", "two-planes"])
def test_the_runtime_makes_the_same_kernel_of_any_layout(inner: str, peak: float) -> None:
    kernel = np.random.default_rng(1).normal(0, 1, (6, 5, 3, 3)).astype(np.float32)
    kernel[0, 0, 0, 0] = peak
    packed = replace(layer_of(kernel).pack("k", kernel), inner=inner)
    assert len(packed.integers) == (1 if peak == 1 else 2)
    graph = Graph()
    graph.add("Conv", ["x", graph.kernel("k", kernel)], "y", kernel_shape=[3, 3])
    ports = [Port("x", "float32", (1, 5, 3, 3))], [Port("y", "float32", (1, 6, 1, 1))]
    session = onnxruntime.InferenceSession(
        build_model("one", graph, *ports, lambda name, weights: packed).SerializeToString()
    )
    # A picture of one point shows one weight of each channel at a time.
    found = np.zeros_like(kernel)
    for channel, y, x in np.ndindex(5, 3, 3):
        point = np.zeros((1, 5, 3, 3), np.float32)
        point[0, channel, y, x] = 1
        found[:, channel, y, x] = session.run(None, {"x": point})[0].ravel()
    np.testing.assert_array_equal(found, packed.kernel())


# The model


def test_the_tiny_model_is_small() -> None:
    assert precompressed.brotli_form(FILE).stat().st_size <= 2_200_000


def test_the_tiny_model_holds_what_its_text_says() -> None:
    known = coarse.read(COARSE)
    class_ids = tuple(class_id for class_id, _ in COCO_LABELS)
    network = network_graph(parse_graphdef(read_files(model.fetch_source())), class_ids)[0]
    stored, biases = stored_kernels(FILE), stored_biases(FILE)
    assert stored.keys() == network.kernels.keys() == known.layers.keys()
    widened = 0
    for name, kernel in network.kernels.items():
        layer = known.layers[name]
        steps = (known.step * layer.step * half_octaves(layer.rows)).reshape(-1, 1, 1, 1)
        within = np.abs(stored[name] - kernel) <= steps * 0.501
        widened += int((~within).any(axis=(1, 2, 3)).sum())
        # The biases give back what that shifts, up to their own rounding.
        shift = network.constants[name.replace(":kernel", ":bias")] - biases[name.replace(":kernel", ":bias")]
        error = stored[name].astype(np.float64) - kernel
        means = layer.means.reshape((-1, 1) if kernel.shape[1] == 1 else (1, -1))
        expected = (error.sum(axis=(2, 3)) * means).sum(axis=1)
        bias = biases[name.replace(":kernel", ":bias")]
        assert (np.abs(shift - expected) <= np.abs(bias) * 2.0**-11 + 1e-5).all(), name
    channels = sum(len(kernel) for kernel in stored.values())
    assert widened < 0.02 * channels, "whose largest weight does not fit"


def test_the_tiny_model_needs_no_other_operations_than_the_default() -> None:
    known, tiny = (
        {node.op_type for node in onnx.load(path).graph.node}
        for path in (paths.MODELS / "coco-ssd-lite.onnx", FILE)
    )
    assert tiny == known


def found_by(name: str, weights: str, photo: Path) -> list[Detection]:
    async def run() -> list[Detection]:
        session = await open_session(name, weights=weights)
        candidates = await session.run(await session.grab(photo))
        await session.close()
        return select(candidates, *session.size(photo), threshold=0.3)

    return asyncio.run(run())


@pytest.mark.parametrize("photo", [photo.file for photo in photos.PHOTOS])
def test_the_tiny_model_finds_what_float32_is_sure_of(photo: str) -> None:
    """These photographs are among those that its steps were chosen with; the others are in bench/accuracy.json."""
    path = paths.PHOTOS / photo
    reference, tiny = found_by("coco-ssd-lite", "float32", path), found_by(TINY, "int8", path)
    assert reference, "float32 sees nothing here: this photograph tests nothing"
    assert [one for one in reference if one.score >= SURE and not seen(one, tiny)] == []
    assert [one for one in tiny if one.score >= SURE and not seen(one, reference)] == []


def seen(one: Detection, others: list[Detection]) -> bool:
    return any(
        one.class_id == other.class_id
        and abs(one.score - other.score) <= SCORE_TOLERANCE
        and iou(corners(one), corners(other)) >= IOU_TOLERANCE
        for other in others
    )


def corners(one: Detection) -> tuple[float, float, float, float]:
    return one.box.x, one.box.y, one.box.right, one.box.bottom
