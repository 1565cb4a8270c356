"""tools/model/convert: a small graph against plain numpy, and the real model against its manifest."""

import collections
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy._core import _multiarray_umath as umath

from detector.errors import ModelFormatError, ModelHashError, ModelNotFoundError
from detector.native.session import load_manifest
from tests.tiny_graph import CLASSES, TinyGraph, evaluate, tiny_ssd
from tools.common import paths
from tools.model import build as model
from tools.model import convert
from tools.model.convert.convolution import Features, same_padding
from tools.model.convert.graphdef import parse_graphdef, read_files
from tools.model.convert.manifest import write_toml
from tools.model.convert.network import Translator
from tools.model.convert.onnxgraph import Graph, Port, build_model
from tools.model.convert.quantize import pack, plane_count, quantize, whole_numbers

KEPT = (1, 2, 4)  # of the tiny graph's classes
PLACES = {"encodings": "encodings", "logits": "logits"}


@pytest.fixture(scope="module")
def source_dir() -> Path:
    return model.fetch_source()


@pytest.fixture(scope="module")
def converted(source_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a conversion of the real model, made with the committed manifest."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "manifest.toml").write_bytes((paths.MODELS / "manifest.toml").read_bytes())
    convert.convert(source_dir, folder)
    return folder


def translate(graph: TinyGraph, height: int, width: int) -> Graph:
    """The tiny graph's network, from the value `pixels` [1, 3, height, width]."""
    target = Graph()
    translator = Translator(
        parse_graphdef(graph.files()), target, class_head="logits", class_count=CLASSES, classes=KEPT
    )
    translator.run(Features("pixels", 3, height, width), "pixels", PLACES)
    return target


def run(
    graph: Graph, pixels: np.ndarray, outputs: dict[str, np.ndarray], *, int8: bool = False
) -> list[np.ndarray]:
    planes = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), np.float32)
    ports = [Port(name, "float32", value.shape) for name, value in outputs.items()]
    built = build_model(
        "tiny", graph, [Port("pixels", "float32", planes.shape)], ports, pack if int8 else None
    )
    session = onnxruntime.InferenceSession(built.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(list(outputs), {"pixels": planes})


@settings(max_examples=15, deadline=None, derandomize=True)
@given(seed=st.integers(0, 99), height=st.integers(3, 12), width=st.integers(3, 12))
def test_a_translated_network_computes_what_tensorflow_defines(seed: int, height: int, width: int) -> None:
    graph = tiny_ssd(seed)
    pixels = np.random.default_rng(seed).uniform(-1, 1, (1, height, width, 3))
    values = evaluate(graph, pixels)
    expected = {"encodings": values["encodings"], "logits": values["logits"][:, :, list(KEPT)]}
    for actual, wanted in zip(
        run(translate(graph, height, width), pixels, expected), expected.values(), strict=True
    ):
        np.testing.assert_allclose(actual, wanted, rtol=1e-4, atol=1e-4)


def test_batch_norm_and_biases_leave_no_operation_behind() -> None:
    operations = collections.Counter(operation.op for operation in translate(tiny_ssd(1), 9, 9).operations)
    assert operations == {
        "Conv": 8, "Clip": 3, "Add": 1, "Transpose": 4, "Reshape": 4, "Concat": 2, "Squeeze": 1
    }  # fmt: skip


def test_int8_kernels_change_a_network_little() -> None:
    graph, pixels = tiny_ssd(3), np.random.default_rng(3).uniform(-1, 1, (1, 9, 9, 3))
    expected = {"encodings": evaluate(graph, pixels)["encodings"]}
    small = run(translate(graph, 9, 9), pixels, expected, int8=True)[0]
    spread = expected["encodings"].std()
    assert 0 < np.abs(small - expected["encodings"]).max() < 0.01 * spread


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding"),
    [(300, 3, 2, (0, 1)), (75, 3, 2, (1, 1)), (150, 3, 1, (1, 1)), (10, 1, 1, (0, 0)), (10, 1, 2, (0, 0))],
)
def test_same_padding_puts_the_odd_pixel_after(
    size: int, kernel: int, stride: int, padding: tuple[int, int]
) -> None:
    assert same_padding(size, kernel, stride) == padding


def test_an_unknown_op_is_named_with_its_node() -> None:
    graph = tiny_ssd(1)
    next(node for node in graph.nodes if node["name"] == "deep/relu")["op"] = "HardSwish"
    with pytest.raises(ModelFormatError, match=r"'HardSwish' of node 'deep/relu'"):
        translate(graph, 9, 9)


@pytest.mark.parametrize(
    ("node", "change"),
    [
        ("first", {"padding": {"s": list(b"VALID")}}),
        ("first", {"dilations": {"list": {"i": ["1", "2", "2", "1"]}}}),
        ("first", {"strides": {"list": {"i": ["1", "2", "1", "1"]}}}),
        ("first", {"data_format": {"s": list(b"NCHW")}}),
        ("down/norm", {"is_training": {"b": True}}),
        ("box0/reshape/batch", {"shrink_axis_mask": {"i": "0"}}),
    ],
)
def test_a_use_that_is_not_foreseen_is_named_with_its_node(node: str, change: dict[str, object]) -> None:
    graph = tiny_ssd(1)
    next(entry for entry in graph.nodes if entry["name"] == node)["attr"].update(change)
    with pytest.raises(ModelFormatError, match=f"'{node}'"):
        translate(graph, 9, 9)


def test_what_cannot_be_folded_is_refused() -> None:
    graph = tiny_ssd(1)
    # A second reader of the convolution: scaling it would change what that one reads.
    graph.node("Relu6", "eavesdropper", "deep")
    graph.nodes[-1], graph.nodes[-2] = graph.nodes[-2], graph.nodes[-1]
    next(node for node in graph.nodes if node["name"] == "sum")["input"][1] = "eavesdropper"
    with pytest.raises(ModelFormatError, match="'deep/mul' follows no convolution of its own"):
        translate(graph, 9, 9)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model.json": b"{"}, "not JSON"),
        ({"model.json": b'{"format": "layers-model"}'}, "not a tfjs graph model"),
        ({"shard2": b""}, "end at byte"),
        ({"shard2": bytes(10_000)}, "no weight claims"),
    ],
)
def test_broken_source_files_are_named(change: dict[str, bytes], words: str) -> None:
    with pytest.raises(ModelFormatError, match=words):
        parse_graphdef({**tiny_ssd(1).files(), **change})


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_bytes(tiny_ssd(1).files()["model.json"])
    with pytest.raises(ModelNotFoundError, match="shard1"):
        read_files(tmp_path)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(seed=st.integers(0, 999), planes=st.sampled_from([1, 2]), zeros=st.booleans())
def test_quantizing_errs_by_less_than_a_step_and_keeps_each_sum(seed: int, planes: int, zeros: bool) -> None:
    kernel = np.random.default_rng(seed).normal(0, 1, (5, 7, 3, 3)).astype(np.float32)
    if zeros:
        kernel[2] = 0
    integers, scales = quantize(kernel, planes)
    assert integers.dtype == np.int8
    assert integers.shape == (planes, *kernel.shape)
    error = (integers * scales.astype(np.float64)).sum(axis=0) - kernel
    assert (np.abs(error) <= scales[-1] * 1.001).all()
    assert (np.abs(error.sum(axis=(1, 2, 3))) <= scales[-1].ravel() * 0.501).all()


def test_whole_numbers_by_hand() -> None:
    # Nearest would be 0 0 0 1: a sum of 1 for 2.1. The one that was nearest to rounding up goes up.
    assert whole_numbers(np.array([[0.4, 0.45, 0.35, 0.9]])).tolist() == [[0, 1, 0, 1]]
    assert whole_numbers(np.array([[-0.4, -0.45, -0.35, -0.9]])).tolist() == [[0, -1, 0, -1]]
    assert whole_numbers(np.array([[1.0, -2.0]])).tolist() == [[1, -2]]


def test_only_small_kernels_get_a_second_plane() -> None:
    assert plane_count(np.zeros((100, 100, 1, 1))) == 2
    assert plane_count(np.zeros((101, 100, 1, 1))) == 1


def test_toml_is_read_back_as_it_was() -> None:
    table = {
        "source": {"package": 'a "quoted" \\ name', "files": {"model.json": "ab", "shard": "cd"}},
        "model": [
            {"file": "a", "input": {"shape": [1, 2]}, "output": [{"name": "x"}, {"name": "y"}]},
            {"file": "b"},
        ],
        "check": {"expected": [{"score": 0.5, "box": [0.25, 1e-05]}], "none": []},
    }
    assert tomllib.loads(write_toml(table)) == table


# The real model


def test_conversion_gives_the_files_of_the_manifest_every_time(converted: Path, source_dir: Path) -> None:
    manifest = tomllib.loads((converted / "manifest.toml").read_text("utf-8"))
    first = {entry["file"]: (converted / entry["file"]).read_bytes() for entry in manifest["model"]}
    convert.convert(source_dir, converted)
    assert {name: (converted / name).read_bytes() for name in first} == first
    assert json.loads((converted / "manifest.json").read_bytes()) == manifest
    assert {(entry["form"], entry["weights"]) for entry in manifest["model"]} == {
        ("full", "int8"), ("full", "float32"), ("heads", "float32"), ("planes", "int8"), ("tail", "float32")
    }  # fmt: skip


def test_update_writes_the_committed_manifest(source_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "check.jpg").write_bytes((paths.MODELS / "check.jpg").read_bytes())
    assert convert.main([str(source_dir), str(tmp_path), "--update"]) == 0
    written, committed = (
        tomllib.loads((folder / "manifest.toml").read_text("utf-8")) for folder in (tmp_path, paths.MODELS)
    )
    # What is found in the picture may differ in the last digit, from one processor to the next.
    assert [item["class_id"] for item in written.pop("check")["expected"]] == [
        item["class_id"] for item in committed.pop("check")["expected"]
    ]
    assert written == committed


def test_a_processor_with_fewer_features_gives_the_same_bytes(source_dir: Path, tmp_path: Path) -> None:
    """numpy computes with what the processor has; without it, it must come to the same bits."""
    features = [name for name in umath.__cpu_dispatch__ if umath.__cpu_features__.get(name)]
    (tmp_path / "manifest.toml").write_bytes((paths.MODELS / "manifest.toml").read_bytes())
    command = [sys.executable, "-m", "tools.model.convert", str(source_dir), str(tmp_path)]
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": " ".join(features)}
    subprocess.run(command, cwd=paths.ROOT, env=environment, check=True)
    assert (tmp_path / "coco-ssd-tiny.onnx").is_file()


def test_the_tiny_model_shares_what_it_does_not_change() -> None:
    manifest = load_manifest(paths.MODELS)
    for form in ("heads", "tail"):
        tiny, default = (manifest.model(name, form=form) for name in (convert.TINY, convert.MODEL))
        assert (tiny.file, tiny.sha256) == (default.file, default.sha256)
    assert manifest.model(convert.TINY).file == "coco-ssd-tiny.onnx"


@pytest.mark.parametrize("tampered", ["source", "result"])
def test_another_source_or_result_is_refused_and_nothing_is_written(
    source_dir: Path, tmp_path: Path, tampered: str, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = tomllib.loads((paths.MODELS / "manifest.toml").read_text("utf-8"))
    known = {"source": manifest["source"]["files"]["model.json"], "result": manifest["model"][0]["sha256"]}
    expected = known[tampered]
    text = (paths.MODELS / "manifest.toml").read_text("utf-8")
    (tmp_path / "manifest.toml").write_text(text.replace(expected, "0" * 64), "utf-8")
    with pytest.raises(ModelHashError) as caught:
        convert.convert(source_dir, tmp_path)
    assert (caught.value.expected, caught.value.actual) == ("0" * 64, expected)
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.toml"]
    assert convert.main([str(source_dir), str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "0" * 64 in told
    assert expected in told


def test_the_graph_holds_nothing_that_is_not_needed(converted: Path) -> None:
    graph = onnx.load(converted / "coco-ssd-lite.heads.float32.onnx").graph
    assert collections.Counter(node.op_type for node in graph.node) == {
        "Cast": 1, "Transpose": 13, "Slice": 1, "Sub": 1,
        "Conv": 88, "Clip": 59, "Add": 10, "Reshape": 12, "Concat": 2, "Squeeze": 1,
    }  # fmt: skip
    used = {name for node in graph.node for name in node.input}
    stored = {tensor.name for tensor in graph.initializer}
    assert stored <= used
    # WebGL reads a kernel rightly from a stored constant alone.
    assert all(set(node.input[1:]) <= stored for node in graph.node if node.op_type == "Conv")


def test_the_small_form_stores_its_kernels_as_int8(converted: Path) -> None:
    loaded = onnx.load(converted / "coco-ssd-lite.onnx")
    assert (loaded.opset_import[0].version, loaded.producer_name) == (13, "onlooker")
    floats = sum(
        int(np.prod(tensor.dims))
        for tensor in loaded.graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT
    )
    eighths = [tensor for tensor in loaded.graph.initializer if tensor.data_type == onnx.TensorProto.INT8]
    assert len({tensor.name.rsplit(":", 1)[0] for tensor in eighths}) == 88, "kernels, some in two planes"
    assert "Cast" not in {node.op_type for node in loaded.graph.node}, (
        "half a megabyte of code, before the first box"
    )
    assert floats < 0.02 * sum(int(np.prod(tensor.dims)) for tensor in eighths)
    assert (converted / "coco-ssd-lite.onnx").stat().st_size < 5_000_000
