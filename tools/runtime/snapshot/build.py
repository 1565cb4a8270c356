"""Set-up's step: a snapshot of the default model for each number of threads, and the build that goes on from it."""

import hashlib
import json
import shutil
import tempfile
import tomllib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tools.common import files, paths, progress, stamps
from tools.common.progress import SetupError
from tools.runtime import fits
from tools.runtime.kernels.assembler import unsigned
from tools.runtime.kernels.instructions import ATOMIC, instructions
from tools.runtime.kernels.module import CODE, HEADER, bodies, locals_of, read_unsigned, sections
from tools.runtime.snapshot import image, marking
from tools.runtime.snapshot.names import Names, UnknownGlueError
from tools.runtime.trim import shorten
from tools.runtime.trim.observe import code_of
from tools.setup import npm, python_env

MODEL = "coco-ssd-lite"
THREADS = (1, 2, 3, 4)  # all that web/bridge.js asks for
LIMIT_S = 600.0  # a machine that others use, too, may take minutes
SMALL = 500  # bytes of a function
TRIES = 3  # of what goes on from a snapshot: between threads, chance decides what runs
HERE = Path(__file__).parent
FOLDER = paths.VENDOR / "ort"
LIST = FOLDER / "snapshots.json"
STARTING = (
    b'import glue from "./glue.mjs";\nexport default (config) => globalThis.onlookerStart(glue, config);\n'
)
GLOBALS, EXPORTS, DATA = 6, 7, 11  # sections
GLOBAL = 3  # a kind of export
WAIT, COMPARE_EXCHANGE = range(3), range(0x48, 0x4F)  # of the atomic instructions


def ensure() -> None:
    """Make vendor/ort/snapshots.json and what it names, unless they are there. Where they do not fit it names none."""
    if fits.SNAPSHOT in fits.pieces():
        stamps.run_once(_stamp(), "the network, opened", make)
    else:
        without(FOLDER)


def fresh() -> bool:
    """Are they there, or not to be?"""
    return _stamp().fresh() or (fits.SNAPSHOT not in fits.pieces() and LIST.is_file())


def none_yet() -> None:
    """Until they are made, the page has to find a list."""
    if not LIST.is_file():
        without(FOLDER)


def _stamp() -> stamps.Stamp:
    inputs = [
        *sorted(HERE.glob("*.*")),
        *sorted((HERE.parent / "kernels").glob("*.py")),
        FOLDER / shorten.TRIMMED,
    ]
    inputs += [
        FOLDER / shorten.GLUE,
        paths.ROOT / "web/snapshot.js",
        paths.ROOT / "web/bridge.js",
        paths.MODELS / "manifest.toml",
    ]
    return stamps.Stamp("snapshots", inputs)


def without(folder: Path) -> None:
    """No snapshots: the page opens its network as usual."""
    for old in _old(folder):
        old.unlink()
    files.write(folder / LIST.name, json.dumps({"models": {}}).encode())


def _old(folder: Path) -> list[Path]:
    return [*folder.glob("start-*.wasm*"), *folder.glob("*.memory*")]


def make(step: progress.Step) -> list[Path]:
    """Open the model with each number of threads, keep its memory, and see that what goes on from there is the same."""
    entry = next(
        one
        for one in tomllib.loads((paths.MODELS / "manifest.toml").read_text("utf-8"))["model"]
        if one["name"] == MODEL and one["form"] == "full" and one["weights"] == "int8"
    )
    model = paths.MODELS / entry["file"]
    try:
        binary, images = _build(model)
    except (UnknownGlueError, image.KernelError) as error:
        raise SetupError(
            f"onnxruntime-web or the model is not what tools/runtime/snapshot was written for ({error}). Compare "
            "tools/runtime/snapshot/names.py and image.py with the new version."
        ) from error
    key = hashlib.sha256(binary + b"".join(images.values()) + entry["sha256"].encode()).hexdigest()[:8]
    for old in _old(FOLDER):
        old.unlink()
    made = [files.write(FOLDER / f"start-{key}.wasm", binary)]
    made += [
        files.write(FOLDER / f"{MODEL}-{key}-{threads}.memory", content)
        for threads, content in images.items()
    ]
    told = {
        "wasm": {"file": made[0].name, "bytes": len(binary)},
        "models": {
            entry["sha256"]: {
                str(threads): {
                    "file": path.name,
                    "bytes": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                }
                for (threads, content), path in zip(images.items(), made[1:], strict=True)
            }
        },
    }
    made.append(files.write(LIST, json.dumps(told, separators=(",", ":")).encode()))
    for path in made:
        step.add(path)
    return made


def _build(model: Path) -> tuple[bytes, dict[int, bytes]]:
    """The build for all, and the file for each number of threads."""
    names = Names.of((FOLDER / shorten.GLUE).read_text("utf-8"))
    module = with_globals((FOLDER / shorten.TRIMMED).read_bytes())
    marked = marking.marking(module, shorten.imported_functions(module))
    all_kernels = image.kernels(model.read_bytes())
    memories, states, reads, images = {}, {}, {}, {}
    with tempfile.TemporaryDirectory() as place:
        node = _Node(Path(place), model)
        node.begin(names, module)
        for threads in THREADS:
            node.run("start.mjs", threads)
            memories[threads] = node.read("memory")
            states[threads] = json.loads(node.read("state"))
        node.begin(names, marked)
        _, opening = node.marks("start.mjs", 1)
        running: set[int] = set()
        for threads in THREADS:
            node.resume(marked, image.write(memories[threads], states[threads], names, pages=marking.PAGES))
            read, ran = node.marks("resume.mjs", threads)
            reads[threads] = read[: len(memories[threads]) // image.BLOCK]
            reads[threads] |= image.no_text(memories[threads], states[threads])
            running |= ran
        binary = without_data(shorten.only(module, needed(module, opening, running)))
        for threads in THREADS:
            expected = _expected(model, threads)
            images[threads] = image.write(
                memories[threads], states[threads], names, all_kernels, reads[threads]
            )
            node.resume(binary, images[threads])
            for _ in range(TRIES if threads > 1 else 1):
                node.run("resume.mjs", threads)
                if node.read("outputs") != expected:
                    raise SetupError(
                        f"The network that goes on from a snapshot with {threads} threads computes something else "
                        "than one that was opened as usual. It was not kept."
                    )
    return binary, images


class _Node:
    """A folder with one build of onnxruntime-web at a time, and the scripts that run it in Node.js."""

    def __init__(self, folder: Path, model: Path) -> None:
        self._folder = folder
        self._model = model
        shutil.copy(FOLDER / shorten.GLUE, folder / "glue.mjs")

    def begin(self, names: Names, binary: bytes) -> None:
        """Get ready for start.mjs."""
        self._put("names.json", json.dumps({"names": asdict(names)}).encode())
        self._put(shorten.GLUE, STARTING)
        self._put("build.wasm", binary)

    def resume(self, binary: bytes, snapshot: bytes) -> None:
        """Get ready for resume.mjs."""
        self._put(shorten.GLUE, (paths.ROOT / "web/snapshot.js").read_bytes())
        self._put("build.wasm", binary)
        self._put("image", snapshot)

    def run(self, script: str, threads: int, *more: int) -> None:
        """Raises SetupError."""
        command = [npm.node_path(), HERE / script, self._folder, self._model, threads, *more]
        failed = f"Opening the network with {threads} threads failed ({script})"
        python_env.run([str(part) for part in command], failed, limit=LIMIT_S)

    def marks(self, script: str, threads: int) -> tuple[npt.NDArray[np.bool_], set[int]]:
        """(whether each block of memory was read, places of the functions that ran), of a build that leaves marks."""
        self.run(script, threads, marking.MARKS, marking.END - marking.MARKS)
        left = np.frombuffer(self.read("marks"), np.uint8).astype(bool)
        blocks, functions = np.split(left, [marking.RAN - marking.MARKS])
        return blocks, set(np.flatnonzero(functions).tolist())

    def read(self, name: str) -> bytes:
        """What a script wrote."""
        return (self._folder / name).read_bytes()

    def _put(self, name: str, content: bytes) -> None:
        (self._folder / name).write_bytes(content)


def _expected(model: Path, threads: int) -> bytes:
    """What comes out of a network that is opened as usual; the number of threads shows in the last bits."""
    with tempfile.TemporaryDirectory() as place:
        for name in (shorten.GLUE, shorten.TRIMMED):
            shutil.copy(FOLDER / name, place)
        node = _Node(Path(place), model)
        node.run("usual.mjs", threads)
        return node.read("expected")


def with_globals(module: bytes) -> bytes:
    """The module with all its globals exported, as g0, g1, and so on: together with its memory they are its state."""
    contents = {section.kind: section.content for section in sections(module)}
    count, _ = read_unsigned(contents[GLOBALS], 0)
    exported, at = read_unsigned(contents[EXPORTS], 0)
    more = b"".join(
        unsigned(len(f"g{index}")) + f"g{index}".encode() + bytes([GLOBAL]) + unsigned(index)
        for index in range(count)
    )
    content = unsigned(exported + count) + contents[EXPORTS][at:] + more
    return _with_section(module, EXPORTS, content)


def needed(module: bytes, opening: set[int], running: set[int]) -> set[int]:
    """Places of the functions to go on with, of those that ran while the network was opened and while it was run.

    Between threads chance decides what runs. So whatever waits for another thread, or takes something before others
    do, is kept too, and so are all small functions that opening did not need: the steps of a queue are that.
    """
    all_bodies = bodies(code_of(module))
    kept = shorten.with_what_they_call(module, running | between_threads(module))
    small = {place for place, body in enumerate(all_bodies) if len(body) < SMALL and body != shorten.EMPTY}
    return kept | (small - opening)


def between_threads(module: bytes) -> set[int]:
    """Places of the functions that wait for another thread, or take something before others do.

    Which of them run is a matter of chance, so all that the build has are needed.
    """
    return {
        place
        for place, body in enumerate(bodies(code_of(module)))
        if body != shorten.EMPTY
        and any(
            opcode == ATOMIC and (second in WAIT or second in COMPARE_EXCHANGE)
            for opcode, second, _ in instructions(locals_of(body)[1])
        )
    }


def without_data(module: bytes) -> bytes:
    """The module without the data that it begins with, which a snapshot has, but for that of each new thread."""
    contents = {section.kind: section.content for section in sections(module)}
    of_threads = {
        segment
        for body in bodies(contents[CODE])
        for segments in [list(marking.initialised(body))]
        if len(segments) == 1
        for segment in segments
    }
    count, at = read_unsigned(contents[DATA], 0)
    out = bytearray(unsigned(count))
    for index in range(count):
        if contents[DATA][at] != 1:
            raise image.KernelError(f"data segment {index} is not passive")
        length, at = read_unsigned(contents[DATA], at + 1)
        content = contents[DATA][at : at + length] if index in of_threads else b""
        out += b"\x01" + unsigned(len(content)) + content
        at += length
    return _with_section(module, DATA, bytes(out))


def _with_section(module: bytes, kind: int, content: bytes) -> bytes:
    out = bytearray(HEADER)
    for section in sections(module):
        inner = content if section.kind == kind else section.content
        out += bytes([section.kind]) + unsigned(len(inner)) + inner
    return bytes(out)
