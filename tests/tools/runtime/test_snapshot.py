"""The network as set-up has opened it: what is kept of it, and that what goes on from there is the same network."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tests.tools.runtime.test_kernels import node
from tools.common import paths
from tools.runtime import fits
from tools.runtime.kernels.assembler import const, unsigned
from tools.runtime.kernels.instructions import instructions
from tools.runtime.kernels.module import bodies, parameters, standalone
from tools.runtime.snapshot import build, image, marking
from tools.runtime.snapshot.names import Names, UnknownGlueError
from tools.runtime.trim import shorten
from tools.runtime.trim.observe import code_of

GLUE = (build.FOLDER / shorten.GLUE).read_text("utf-8")
MODEL = paths.MODELS / f"{build.MODEL}.onnx"
HERE = Path(__file__).parent
BLOCK = image.BLOCK
pytestmark = pytest.mark.piece(fits.SNAPSHOT)
STATE = {"main": [], "threads": [], "session": 8, "globals": {image.STACK_END: BLOCK}}


@pytest.fixture(scope="module")
def names() -> Names:
    return Names.of(GLUE)


@pytest.fixture(scope="module")
def module() -> bytes:
    return build.with_globals((build.FOLDER / shorten.TRIMMED).read_bytes())


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[build._Node]:
    yield build._Node(tmp_path, MODEL)


# What the page serves


def served() -> tuple[bytes, dict[int, bytes]]:
    told = json.loads(build.LIST.read_text("utf-8"))
    (model,) = told["models"].values()
    memories = {int(threads): (build.FOLDER / one["file"]).read_bytes() for threads, one in model.items()}
    return (build.FOLDER / told["wasm"]["file"]).read_bytes(), memories


@pytest.mark.parametrize("threads", build.THREADS)
def test_what_goes_on_from_there_computes_the_same_to_the_bit(folder: build._Node, threads: int) -> None:
    binary, memories = served()
    folder.resume(binary, memories[threads])
    folder.run("resume.mjs", threads)
    outputs = folder.read("outputs")
    assert len(outputs) == 4 * 200 * (4 + 1 + 1 + 1) * 4, "four runs, 200 candidates, 32 bits each"
    assert outputs == build._expected(MODEL, threads)


def test_its_files_are_the_ones_of_this_model() -> None:
    binary, memories = served()
    told = json.loads(build.LIST.read_text("utf-8"))
    manifest = json.loads((paths.MODELS / "manifest.json").read_text("utf-8"))
    (digest,) = told["models"]
    assert digest == next(one["sha256"] for one in manifest["model"] if one["file"] == MODEL.name)
    assert set(memories) == set(build.THREADS)
    whole = (build.FOLDER / shorten.TRIMMED).stat().st_size
    assert len(binary) + len(memories[2]) < whole / 2, "less to fetch than what opens a network"


def test_no_path_of_this_machine_is_in_them() -> None:
    for content in served()[1].values():
        for word in (str(paths.ROOT), str(Path.home()), "start.mjs", "LANG="):
            assert word.encode() not in content, word


def test_a_damaged_memory_is_noticed_when_it_is_made(folder: build._Node) -> None:
    """Half of the kernels missing: something else comes out."""
    binary, memories = served()
    length = int.from_bytes(memories[1][:4], "little")
    head = json.loads(memories[1][4 : 4 + length])
    head["kernels"] = head["kernels"][::2]
    text = json.dumps(head).encode()
    folder.resume(binary, len(text).to_bytes(4, "little") + text + memories[1][4 + length :])
    folder.run("resume.mjs", 1)
    assert folder.read("outputs") != build._expected(MODEL, 1)


# Names


def test_the_glue_of_another_version_is_refused() -> None:
    for lost in ("_OrtInit=", "Atomics.waitAsync", "if(!globalThis.SharedArrayBuffer)return 6"):
        assert lost in GLUE
        with pytest.raises(UnknownGlueError, match="0 places look like"):
            Names.of(GLUE.replace(lost, ""))
    with pytest.raises(UnknownGlueError, match="2 places look like"):
        Names.of(GLUE + "h._OrtInit=c.Wa;")


# Marks

AT = 5 * BLOCK + 8
LOAD = b"\x28\x02"
DROP = b"\x1a"
READS = {
    "i32.load": (const(AT) + LOAD + unsigned(0) + DROP, {5}),
    "with an offset": (const(AT) + LOAD + unsigned(3 * BLOCK) + DROP, {8}),
    "the last byte of a block": (const(6 * BLOCK - 1) + b"\x2d\x00\x00" + DROP, {5}),
    "v128.load": (const(AT) + b"\xfd\x00\x04\x00" + DROP, {5}),
    "v128.load32_zero": (const(AT) + b"\xfd\x5c\x02\x00" + DROP, {5}),
    "v128.load8_lane": (const(AT) + b"\xfd\x0c" + bytes(16) + b"\xfd\x54\x00\x00\x00" + DROP, {5}),
    "i32.atomic.load": (const(AT) + b"\xfe\x10\x02\x00" + DROP, {5}),
    "i32.atomic.rmw.add": (const(AT) + const(1) + b"\xfe\x1e\x02\x00" + DROP, {5}),
    "i64.atomic.rmw.add": (const(AT) + b"\x42\x01\xfe\x1f\x03\x00" + DROP, {5}),
    "i32.atomic.rmw.cmpxchg": (const(AT) + const(0) + const(1) + b"\xfe\x48\x02\x00" + DROP, {5}),
    "i64.atomic.rmw.cmpxchg": (const(AT) + b"\x42\x00\x42\x01\xfe\x49\x03\x00" + DROP, {5}),
    "memory.copy": (const(0) + const(AT) + const(2 * BLOCK) + b"\xfc\x0a\x00\x00", {5, 6, 7}),
    "memory.copy of nothing": (const(0) + const(AT) + const(0) + b"\xfc\x0a\x00\x00", set()),
    "i32.store": (const(AT) + const(1) + b"\x36\x02\x00", set()),
    "memory.fill": (const(AT) + const(1) + const(9) + b"\xfc\x0b\x00", set()),
}


@pytest.mark.parametrize("what", READS)
def test_what_reads_leaves_its_mark_and_goes_on(what: str) -> None:
    code, blocks = READS[what]
    plain = standalone(((), (0x7F,)), b"\x00" + code + const(42) + b"\x0b", [])
    marked = marking.marking(plain, 0)
    job = {
        "module": base64.b64encode(marked).decode(),
        "pages": marking.PAGES,
        "marks": marking.MARKS,
        "ran": marking.RAN,
    }
    told = json.loads(node(HERE / "marks_runner.mjs", given=json.dumps(job)))
    assert told["result"] == 42
    assert set(told["blocks"]) == blocks
    assert told["ran"] == [0]


def test_all_of_the_build_is_marked(module: bytes) -> None:
    imported = shorten.imported_functions(module)
    marked = marking.marking(module, imported)
    before, after = bodies(code_of(module)), bodies(code_of(marked))
    assert len(after) == len(before) + 2
    assert all(len(more) > len(less) for less, more in zip(before, after[:-2], strict=True))
    assert len(parameters(marked)) == len(after)


@pytest.mark.parametrize("code", [b"\xff\x0b", b"\x43\x00\x0b"])
def test_what_is_no_code_is_refused(code: bytes) -> None:
    with pytest.raises(ValueError, match=r"unknown instruction|within an instruction"):
        list(instructions(code))


# What is kept


def test_what_chance_decides_between_threads_is_kept(module: bytes) -> None:
    """Also if no thread ever had to wait while somebody looked."""
    kept = build.needed(module, opening=set(), running=set())
    waiting = build.between_threads(module)
    assert 20 < len(waiting) < 100
    assert waiting <= kept


def test_what_only_opening_needs_is_not_kept(module: bytes) -> None:
    all_bodies = bodies(code_of(module))
    largest = max(range(len(all_bodies)), key=lambda place: len(all_bodies[place]))
    small = next(i for i, body in enumerate(all_bodies) if body != shorten.EMPTY and len(body) < 50)
    kept = build.needed(module, opening={largest, small}, running=set())
    assert largest not in kept
    assert small not in kept
    assert small in build.needed(module, opening={largest}, running=set())
    assert largest in build.needed(module, opening={largest}, running={largest})


def read_back(content: bytes, size: int) -> tuple[dict[str, object], bytes]:
    length = int.from_bytes(content[:4], "little")
    head = json.loads(content[4 : 4 + length])
    memory, at = bytearray(size), 4 + length
    for address, many in head["blocks"]:
        memory[address : address + many] = content[at : at + many]
        at += many
    assert at == len(content)
    return head, bytes(memory)


@given(
    memory=arrays.arrays(np.uint8, 8 * BLOCK, elements=st.integers(0, 255), fill=st.just(0)),
    needed=arrays.arrays(np.bool_, 8),
)
def test_what_is_needed_comes_back(memory: np.ndarray, needed: np.ndarray) -> None:
    names = Names.of(GLUE)
    head, back = read_back(image.write(memory.tobytes(), STATE, names, read=needed), memory.size)
    expected = memory.reshape(8, BLOCK) * needed[:, np.newaxis]
    assert np.array_equal(np.frombuffer(back, np.uint8).reshape(8, BLOCK), expected)
    assert head["session"] == STATE["session"]


def test_kernels_are_left_out_and_told_of(names: Names) -> None:
    values = np.arange(1, 13, dtype=np.float32).reshape(3, 4)
    kernel = image.Kernel(3, 4, ((10, 22), (34, 46)), values)
    memory = bytearray(b"\1" * 2 * BLOCK)
    memory[256 : 256 + values.nbytes] = values.tobytes()
    head, back = read_back(image.write(bytes(memory), STATE, names, [kernel]), len(memory))
    assert head["kernels"] == [{"address": 256, "rows": 3, "columns": 4, "planes": [[10, 22], [34, 46]]}]
    assert back[256 : 256 + values.nbytes] == bytes(values.nbytes)
    assert back[:256] == memory[:256]
    with pytest.raises(image.KernelError, match="3 x 4 is not in memory"):
        image.write(bytes(BLOCK), STATE, names, [kernel])


def test_own_data_is_kept_but_for_texts() -> None:
    text = b"Constrain input to float tensors.\0" * 200
    memory = text[:BLOCK] + bytes(range(64)) * (BLOCK // 64) + text[:BLOCK]
    state = SimpleNamespace(**STATE)
    kept = image.no_text(memory, {**vars(state), "globals": {image.STACK_END: 2 * BLOCK}})
    assert kept.tolist() == [False, True, False], "the last is beyond what is the program's own"


def test_all_kernels_of_the_model_are_found() -> None:
    found = image.kernels(MODEL.read_bytes())
    assert len(found) == 88
    assert sum(kernel.values.nbytes for kernel in found) > 17_000_000
    tail = (paths.MODELS / "coco-ssd-lite.float32.onnx").read_bytes()
    with pytest.raises(image.KernelError, match="no plane of bytes"):
        image.kernels(tail)
