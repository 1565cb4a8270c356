"""The wasm build without the functions that the models never reach."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.tools.runtime.test_kernels import ORIGINAL, node
from tools.common import paths
from tools.runtime import fits
from tools.runtime.kernels.assembler import const, unsigned
from tools.runtime.kernels.module import bodies
from tools.runtime.kernels.patch import improve
from tools.runtime.trim import calls, observe, shorten

SERVED = paths.VENDOR / "ort"
pytestmark = pytest.mark.piece(fits.TRIM)


@pytest.fixture(scope="module")
def whole() -> bytes:
    return improve(ORIGINAL.read_bytes(), fits.pieces())


def test_the_page_serves_both_builds(whole: bytes) -> None:
    text = shorten.KEPT.read_text("utf-8")
    assert (SERVED / shorten.WHOLE).read_bytes() == whole
    assert (SERVED / shorten.TRIMMED).read_bytes() == shorten.shorten(whole, text)
    assert len((SERVED / shorten.TRIMMED).read_bytes()) < len(whole) / 2


def test_all_that_a_visit_does_works_without_the_others(tmp_path: Path) -> None:
    """The workload that kept.txt was made with, on the build that it made: nothing traps."""
    script = paths.ROOT / "tools/runtime/trim/workload.mjs"
    for threads in (1, 2):
        assert node(script, paths.MODELS, SERVED, threads).strip() == "done"


def test_it_computes_what_the_whole_build_does(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / shorten.TRIMMED).write_bytes(whole)
    (tmp_path / shorten.GLUE).write_bytes((SERVED / shorten.GLUE).read_bytes())
    script = Path(__file__).with_name("compare_runtimes.mjs")
    model = paths.MODELS / "coco-ssd-lite.onnx"
    assert json.loads(node(script, model, SERVED)) == json.loads(node(script, model, tmp_path)), "to the bit"


def test_another_build_is_refused(whole: bytes) -> None:
    with pytest.raises(shorten.OtherBuildError):
        shorten.shorten(ORIGINAL.read_bytes()[:-1], shorten.KEPT.read_text("utf-8"))


def test_kept_functions_are_written_and_read(whole: bytes) -> None:
    text = shorten.to_text(whole, {0, 1, 2, 5, 7, 8})
    assert text.splitlines()[1:] == [hashlib.sha256(whole).hexdigest(), "0-2", "5", "7-8"]
    before = bodies(observe.code_of(whole))
    after = bodies(observe.code_of(shorten.shorten(whole, text)))
    kept = {0, 1, 2, 5, 7, 8}
    assert all(
        after[index] == (before[index] if index in kept else shorten.EMPTY) for index in range(len(before))
    )


def test_calls_are_told_from_what_looks_like_them() -> None:
    """0x10 is `call`; here it also is a constant, an offset, a lane, a shuffle's index, a float's byte, a depth."""
    call = b"\x10"
    code = b"".join(
        [
            call + unsigned(7),
            const(0x10) + b"\x1a",
            const(0) + b"\x28\x02\x10\x1a",  # i32.load offset=16
            b"\x43\x10\x10\x10\x10\x1a",  # f32.const
            b"\xfd\x0c" + b"\x10" * 16 + b"\x1a",  # v128.const
            const(0) + b"\xfd\x5c\x02\x10\x1a",  # v128.load32_zero offset=16
            const(0) + const(1) + b"\xfe\x1e\x02\x10\x1a",  # i32.atomic.rmw.add offset=16
            b"\xfe\x03\x00",  # atomic.fence
            const(0) + b"\x0e\x02\x10\x10\x10",  # br_table of two and a default
            const(0) + b"\x11\x10\x00",  # call_indirect of type 16
            const(0) * 3 + b"\xfc\x0b\x00",  # memory.fill
            call + unsigned(300),
            b"\x0b",
        ]
    )
    assert calls.called(b"\x01\x02\x7f" + code) == {7, 300}


def test_all_of_the_build_can_be_read(whole: bytes) -> None:
    all_bodies = bodies(observe.code_of(whole))
    found = {index for body in all_bodies for index in calls.called(body)}
    assert max(found) < len(all_bodies) + 200, "an index of no function: an instruction was misread"


@pytest.mark.parametrize("code", [b"\xff\x0b", b"\x43\x00\x0b"])
def test_what_is_no_code_is_refused(code: bytes) -> None:
    with pytest.raises(ValueError, match=r"unknown instruction|within an instruction"):
        calls.called(b"\x00" + code)
