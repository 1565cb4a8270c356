"""The hand-written WebAssembly kernels against numpy, one by one and inside onnxruntime-web."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.common import paths
from tools.runtime import fits
from tools.runtime.kernels import depthwise, gemm
from tools.runtime.kernels.assembler import Function, call, const
from tools.runtime.kernels.module import CODE, bodies, replaced, sections, standalone
from tools.runtime.kernels.patch import UnknownBuildError, found, improve, shape
from tools.runtime.trim import shorten

HERE = Path(__file__).parent
ORIGINAL = paths.NODE_MODULES / "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"
LIMIT_S = 600  # a machine that others use, too, may take minutes
SEED = 20261121
BEYOND = 7.0  # what stands where a kernel must not write


def node(*arguments: object, given: str = "") -> str:
    found = os.environ.get("NODE") or shutil.which("node")
    assert found, 'There is no node: run "python3 -m tools test", or set NODE.'
    done = subprocess.run(
        [found, *map(str, arguments)],
        input=given,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(json.loads(node(HERE / "kernels_runner.mjs", given=json.dumps(jobs))))


def random(shape: tuple[int, ...], seed: int) -> np.ndarray:
    print(f"seed {SEED + seed}")
    return np.random.default_rng(SEED + seed).uniform(-1, 1, shape).astype(np.float32)


@pytest.mark.parametrize("zero", [True, False])
def test_matrix_product(zero: bool) -> None:
    """All remainders of rows, columns and depth; what lies beyond the columns stays as it was."""
    kinds = (gemm.PARAMETERS, gemm.RESULTS)
    module = base64.b64encode(standalone(kinds, gemm.kernel(zero=zero), [])).decode()
    shapes = [
        (m, n, k)
        for m in (1, 2, 3, 4, 5, 7, 9)
        for n in (1, 3, 4, 7, 8, 9, 15, 16, 17, 33)
        for k in (1, 2, 5)
    ]
    jobs = []
    expected = []
    for index, (m, n, k) in enumerate(shapes):
        a, b, alpha = random((m, k), index), random((k, n), -index), 1.5
        panels = -(-n // 16)
        packed = np.zeros((panels, k, 16), np.float32)
        for panel in range(panels):
            part = b[:, 16 * panel : 16 * panel + 16]
            packed[panel, :, : part.shape[1]] = part
        ldc = n + 2
        before = np.full((m, ldc), BEYOND, np.float32)
        result = before.copy()
        result[:, :n] = alpha * (a @ b) + (0 if zero else BEYOND)
        at_a, at_b, at_c = 1000, 20_000, 60_000
        jobs.append(
            {
                "module": module,
                "floats": [
                    [at_a, a.ravel().tolist()],
                    [at_b, packed.ravel().tolist()],
                    [at_c, before.ravel().tolist()],
                ],
                "words": [],
                "call": [4 * at_a, 4 * at_b, 4 * at_c, k, m, n, k, ldc, alpha],
                "rowsAt": 4,
                "read": [at_c, before.size],
            }
        )
        expected.append(result)
    for case, done, result in zip(shapes, run(jobs), expected, strict=True):
        np.testing.assert_allclose(done["values"], result.ravel(), atol=1e-5, err_msg=str(case))


CHANNELS = [
    (height, width, stride, top, left)
    for height, width in ((3, 3), (4, 3), (5, 5), (7, 6), (10, 10), (19, 19), (20, 38), (75, 75))
    for stride in (1, 2)
    for top, left in ((1, 1), (0, 0), (0, 1))
]


def test_depthwise_convolution() -> None:
    """Every width's remainder, both strides, padding on either side, against the sum that defines it."""
    module = depthwise_module()
    jobs = []
    expected = []
    for index, (height, width, stride, top, left) in enumerate(CHANNELS):
        picture, filters = random((height, width), index), random((3, 3), -index)
        padded = np.pad(picture.astype(np.float64), ((top, 2), (left, 2)))
        out_height, out_width = (height - 3 + top + 1) // stride + 1, (width - 3 + left + 1) // stride + 1
        result = np.zeros((out_height, out_width))
        for i in range(3):
            for j in range(3):
                window = padded[i : i + stride * out_height : stride, j : j + stride * out_width : stride]
                result += filters[i, j] * window[:out_height, :out_width]
        jobs.append(
            depthwise_job(
                module, picture, filters, (out_height, out_width), stride=stride, top=top, left=left
            )
        )
        expected.append(result)
    for case, done, result in zip(CHANNELS, run(jobs), expected, strict=True):
        np.testing.assert_allclose(done["values"][:-1], result.ravel(), atol=1e-5, err_msg=str(case))
        assert done["values"][-1] == BEYOND, f"{case}: wrote past the end"
        ((_, output, _, rows, columns, row_length),) = done["activated"]
        assert (output, rows, columns, row_length) == (4 * AT_OUTPUT, 1, result.size, result.size)


@pytest.mark.parametrize(
    "other",
    [
        {depthwise.DIMENSIONS: 3},
        {depthwise.K: 18},
        {depthwise.KERNEL_WIDTH: 5},
        {depthwise.DILATION_X: 2},
        {depthwise.FILTER_COUNT: 2},
        {depthwise.STRIDE_X: 3, depthwise.STRIDE_Y: 3},
        {depthwise.PAD_LEFT: 2},
        {depthwise.INPUT_WIDTH: 2},
        {depthwise.BETA: 0x3F800000},
    ],
    ids=str,
)
def test_anything_else_is_left_to_mlas(other: dict[int, int]) -> None:
    job = depthwise_job(
        depthwise_module(), random((5, 5), 0), random((3, 3), 1), (5, 5), stride=1, top=1, left=1
    )
    job["words"] += [[AT_STRUCT + offset // 4, value] for offset, value in other.items()]
    (done,) = run([job])
    assert done["activated"] == []
    assert set(done["values"]) == {BEYOND}


AT_STRUCT, AT_INPUT, AT_FILTER, AT_OUTPUT = 100, 1000, 500, 40_000


def depthwise_module() -> str:
    """The prefix before a function that does nothing."""
    function = Function(len(depthwise.PARAMETERS))
    code = depthwise.prefix(function, activate=0)
    kinds = (depthwise.PARAMETERS, depthwise.RESULTS)
    return base64.b64encode(standalone(kinds, function.body(code), [depthwise.PARAMETERS[:6]])).decode()


def depthwise_job(
    module: str,
    picture: np.ndarray,
    filters: np.ndarray,
    out: tuple[int, int],
    *,
    stride: int,
    top: int,
    left: int,
) -> dict[str, Any]:
    size = out[0] * out[1]
    parameters = {
        **depthwise.REQUIRED,
        depthwise.INPUT_HEIGHT: picture.shape[0],
        depthwise.INPUT_WIDTH: picture.shape[1],
        depthwise.PAD_TOP: top,
        depthwise.PAD_LEFT: left,
        depthwise.STRIDE_Y: stride,
        depthwise.STRIDE_X: stride,
        depthwise.OUTPUT_HEIGHT: out[0],
        depthwise.OUTPUT_WIDTH: out[1],
        depthwise.OUTPUT_SIZE: size,
        depthwise.BETA: 0,
    }
    return {
        "module": module,
        "floats": [
            [AT_INPUT, picture.ravel().tolist()],
            [AT_FILTER, filters.ravel().tolist()],
            [AT_OUTPUT, [BEYOND] * (size + 1)],
        ],
        "words": [[AT_STRUCT + offset // 4, value] for offset, value in parameters.items()],
        "call": [4 * AT_STRUCT, 4 * AT_INPUT, 4 * AT_FILTER, 0, 0, 4 * AT_OUTPUT, 0, size],
        "read": [AT_OUTPUT, size + 1],
    }


def test_the_network_computes_the_same_with_them(tmp_path: Path) -> None:
    """onnxruntime-web as it comes and as the page serves it, on the same pixels."""
    script = HERE / "compare_runtimes.mjs"
    model = paths.MODELS / "coco-ssd-lite.onnx"
    before = json.loads(node(script, model, ORIGINAL.parent))
    after = json.loads(node(script, model, paths.VENDOR / "ort"))
    for ours, theirs in zip(after[:2], before[:2], strict=True):  # boxes and scores
        np.testing.assert_allclose(ours, theirs, atol=2e-4)
    assert sum(a == b for a, b in zip(after[2], before[2], strict=True)) > 190, "classes, but for ties"


def test_the_page_serves_the_faster_functions() -> None:
    served = (paths.VENDOR / "ort/ort-wasm-simd-threaded.whole.wasm").read_bytes()
    assert served == improve(ORIGINAL.read_bytes(), fits.pieces())
    kernels = {fits.GEMM, fits.DEPTHWISE} & fits.pieces()
    assert (served != ORIGINAL.read_bytes()) == bool(kernels)


# How the functions are found


def code(*instructions: bytes) -> bytes:
    """A function body without locals."""
    return b"\0" + b"".join(instructions) + b"\x0b"


LOAD_FIELD = b"\x20\x00\x28\x02\x10"  # what a parameter points to, 16 bytes on
SET_AT_100000 = const(100_000) + const(1) + b"\x36\x02\x00"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (call(1226), call(1301)),
        (const(100_000) + LOAD_FIELD, const(200_000) + LOAD_FIELD),
        (b"\x23\x01", b"\x23\x02"),  # a global
        (LOAD_FIELD + SET_AT_100000, LOAD_FIELD),
    ],
    ids=["a function's number", "an address", "a global's number", "a setting"],
)
def test_what_changes_from_build_to_build_is_not_of_the_shape(one: bytes, other: bytes) -> None:
    assert shape(code(one)) == shape(code(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LOAD_FIELD, LOAD_FIELD[:-1] + b"\x14"),
        (const(9), const(10)),
        (call(1226), call(1226) * 2),
        (b"\x6a", b"\x6b"),
    ],
    ids=["a structure's field", "a small number", "one call more", "another instruction"],
)
def test_what_a_function_does_is_of_the_shape(one: bytes, other: bytes) -> None:
    assert shape(code(one)) != shape(code(other))


@pytest.mark.piece(fits.GEMM)
@pytest.mark.piece(fits.DEPTHWISE)
def test_a_build_without_them_or_with_two_alike_is_refused() -> None:
    module = ORIGINAL.read_bytes()
    all_bodies = bodies(next(section.content for section in sections(module) if section.kind == CODE))
    assert len(all_bodies) > 10_000
    for piece in (fits.GEMM, fits.DEPTHWISE):
        for place in found(all_bodies, piece).values():
            with pytest.raises(UnknownBuildError, match="0 functions look like Mlas"):
                improve(replaced(module, {place: shorten.EMPTY}))
            with pytest.raises(UnknownBuildError, match="2 functions look like Mlas"):
                improve(replaced(module, {0: all_bodies[place]}))
    with pytest.raises(UnknownBuildError):
        improve(improve(module))


def test_what_is_no_module_is_refused() -> None:
    with pytest.raises(ValueError, match="not a WebAssembly module"):
        improve(b"something else")
