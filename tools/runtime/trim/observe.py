"""Which functions of onnxruntime-web run: each is made to leave a mark, and all models go through it in Node.js.

A mark is a bit in the first 1,024 bytes of memory, where emscripten puts nothing; they are enough for a part of the
functions, so that it takes several passes. Two threads may lose each other's mark, which a pass with one thread leaves.
"""

import shutil
import tempfile
from pathlib import Path

from tools.common import paths
from tools.runtime.kernels.assembler import const, unsigned
from tools.runtime.kernels.module import CODE, bodies, locals_of, replaced, sections
from tools.setup import npm, python_env

WORKLOAD = Path(__file__).with_name("workload.mjs")
FIRST_BYTE = 8  # what lies before it is read as a null pointer's target, and must stay 0
AT_ONCE = (1024 - FIRST_BYTE) * 8
THREADS = (1, 2, 3, 4)


def functions_that_run(module: bytes, glue: Path) -> set[int]:
    """Places in the code section of all functions that run. glue: the JavaScript that belongs to the module."""
    count = len(bodies(code_of(module)))
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(glue, folder)
        binary = Path(folder, glue.name).with_suffix(".wasm")
        return {
            index
            for first in range(0, count, AT_ONCE)
            for threads in THREADS
            for index in _marked(module, range(first, min(first + AT_ONCE, count)), threads, binary)
        }


def code_of(module: bytes) -> bytes:
    """The code section."""
    return next(section.content for section in sections(module) if section.kind == CODE)


def marking(module: bytes, watched: range) -> bytes:
    """The module, in which those functions leave marks."""
    all_bodies = bodies(code_of(module))
    return replaced(module, {index: _marking(all_bodies[index], index - watched[0]) for index in watched})


def _marking(body: bytes, number: int) -> bytes:
    groups, code = locals_of(body)
    declared = unsigned(len(groups)) + b"".join(unsigned(count) + bytes([kind]) for count, kind in groups)
    address = const(FIRST_BYTE + number // 8)
    load, either, store = b"\x2d\x00\x00", b"\x72", b"\x3a\x00\x00"
    return declared + address + address + load + const(1 << number % 8) + either + store + code


def _marked(module: bytes, watched: range, threads: int, binary: Path) -> list[int]:
    binary.write_bytes(marking(module, watched))
    marks = binary.with_name("marks")
    python_env.run(
        [npm.node_path(), str(WORKLOAD), str(paths.MODELS), str(binary.parent), str(threads), str(marks)],
        "Running the models to see which functions they need failed",
    )
    bits = marks.read_bytes()
    if any(bits[:FIRST_BYTE]):
        raise ValueError("This build keeps something of its own where the marks are left.")
    return [
        index
        for index in watched
        if bits[FIRST_BYTE + (index - watched[0]) // 8] >> (index - watched[0]) % 8 & 1
    ]
