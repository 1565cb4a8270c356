"""Brotli forms of what the page fetches, made once: `F.br` beside `F`, which the server sends instead.

Measured on two cores, 26 s for all of it:

| file                         | bytes      | brotli    | quality |
| ---                          | ---        | ---       | ---     |
| ort-wasm-simd-threaded.wasm  | 6,182,927  | 974,208   | 11      |
| the same, whole              | 14,244,344 | 2,673,987 | 9       |
| the same for WebGPU, jspi    | 16,758,545 | 2,717,437 | 10      |
| the same, asyncify           | 26,781,914 | 4,611,920 | 9       |
| coco-ssd-lite.onnx           | 4.9 MB     | 3.7 MB    | 10      |
| coco-ssd-tiny.onnx           | 4.8 MB     | 2.0 MB    | 11      |
| micropython.wasm             | 433,743    | 165,540   | 11      |
| PyScript's core              | 135,993    | 35,459    | 11      |
| pyodide.asm.wasm             | 8,645,967  | 2,445,224 | 9       |

Quality 9 makes the second 2.67 MB in 4 s, 10 makes it 2.39 MB in 19 s, 11 takes 32 s.

A file that was compressed before with the same content is left alone, so that filling vendor/ anew costs
nothing here.
"""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.common import files, paths, progress, stamps

# What every visitor fetches is worth some time; the rest of what is large is fetched by few.
LARGE = {
    "ort/ort-wasm-simd-threaded.wasm": 11,
    "ort/ort-wasm-simd-threaded.jspi.wasm": 10,
    "models/coco-ssd-lite.onnx": 10,
    "models/coco-ssd-tiny.onnx": 11,
}
OTHERS_LARGE = 9
SMALL = 2_000_000  # bytes; below, the best quality takes a second or two
LEAST = 1000  # bytes; below, a packet is a packet
WINDOW = 24  # bits: 16 MB, the largest that browsers take
ALREADY_SMALL = (".jpg", ".png", ".tgz", ".whl", ".zip", ".br")
WORTHWHILE = 0.97  # of the size: what shrinks less is sent as it is
WORKERS = 2  # brotli lets other threads run while it works
DONE = paths.STAMPS / "compressed.json"


def ensure() -> None:
    """Compress all of vendor/ and the models that the page loads."""
    wanted = list(candidates())
    state = [
        f"{path.relative_to(paths.ROOT)} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in wanted
    ]
    stamp = stamps.Stamp("compression", [Path(__file__), *state])
    stamps.run_once(stamp, "brotli forms of it all", lambda step: compress_all(wanted, step))


def candidates(root: Path = paths.ROOT) -> Iterator[Path]:
    """The files worth compressing."""
    for path in sorted([*(root / "vendor").rglob("*"), *(root / "models").glob("*.onnx")]):
        if path.is_file() and path.suffix not in ALREADY_SMALL and path.stat().st_size >= LEAST:
            yield path


def name_of(path: Path) -> str:
    """A file as the tables here name it: its folder and its name."""
    return f"{path.parent.name}/{path.name}"


def quality(path: Path) -> int:
    """Brotli's quality for a file: 11 is small and slow (0.5 MB/s), 9 takes a tenth of the time."""
    return 11 if path.stat().st_size < SMALL else LARGE.get(name_of(path), OTHERS_LARGE)


def compress_all(wanted: list[Path], step: progress.Step, done_file: Path = DONE) -> list[Path]:
    """Write the missing brotli forms; give all of them. The slowest go first: both threads end together.

    `done_file` keeps, for each file, of which content and at which quality its `.br` was made, and its size
    in bytes (0: it wasn't worth keeping).
    """
    done = json.loads(done_file.read_text("utf-8")) if done_file.is_file() else {}
    slowest_first = sorted(wanted, key=lambda path: path.stat().st_size * 5 ** quality(path), reverse=True)
    made = []
    with ThreadPoolExecutor(WORKERS) as pool:
        results = pool.map(lambda path: compress(path, done.get(name_of(path))), slowest_first)
        for path, (key, size) in zip(slowest_first, results, strict=True):
            done[name_of(path)] = [key, size]
            files.write(done_file, json.dumps(done, indent=1).encode())
            if size:
                made.append(brotli_form(path))
                step.add(size)
    return made


def brotli_form(path: Path) -> Path:
    """Where the brotli form of a file is."""
    return path.with_name(path.name + ".br")


def compress(path: Path, done: list[object] | None) -> tuple[str, int]:
    """Compress one file, unless `done`, its record, says that its `.br` is of this content; its record."""
    import brotli  # only in .venv

    content, target = path.read_bytes(), brotli_form(path)
    key = f"{hashlib.sha256(content).hexdigest()} {quality(path)}"
    if done == [key, stamps.size_of(target) or 0]:
        if target.is_file():
            target.touch()  # newer than the file, or the server would take it for an old one's
        return key, stamps.size_of(target) or 0
    small = brotli.compress(content, quality=quality(path), lgwin=WINDOW)
    if len(small) > len(content) * WORTHWHILE:
        target.unlink(missing_ok=True)
        return key, 0
    files.write(target, small)
    return key, len(small)
