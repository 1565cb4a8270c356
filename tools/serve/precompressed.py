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
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tools.common import files, paths, progress, stamps

# What every visitor fetches is worth some time; the rest of what is large is fetched by few.
LARGE = {
    "ort/ort-wasm-simd-threaded.wasm": 11,
    "ort/ort-wasm-simd-threaded.jspi.wasm": 10,
    "models/coco-ssd-lite.onnx": 10,
    "models/coco-ssd-tiny.onnx": 11,
}
OTHERS_LARGE = 9
QUICK = 5
SMALL = 2_000_000  # bytes; below, the best quality takes a second or two
LEAST = 1000  # bytes; below, a packet is a packet
WINDOW = 24  # bits: 16 MB, the largest that browsers take
ALREADY_SMALL = (".jpg", ".png", ".tgz", ".whl", ".zip", ".br")
WORTHWHILE = 0.97  # of the size: what shrinks less is sent as it is
WORKERS = 2  # brotli lets other threads run while it works
DONE = paths.STAMPS / "compressed.json"
SNAPSHOT = re.compile(r"start-.*\.wasm|.*\.memory|snapshots\.json")


def ensure(*, best: bool = True, snapshots: bool = True) -> None:
    """Compress all of vendor/ and the models that the page loads.

    best: as the table says; else at a quality for a short line, unless that was done better before.
    snapshots: those of the opened network too, which may be in the making.
    """
    if fresh(best=best):
        return
    wanted = [path for path in candidates() if snapshots or not SNAPSHOT.fullmatch(path.name)]
    title = f"brotli forms of {'it all' if best else 'it all, quick ones'}"
    if snapshots:
        stamps.run_once(_stamp(best=best), title, lambda step: compress_all(wanted, step, best=best))
    else:
        with progress.step(title) as step:
            compress_all(wanted, step, best=best)


def fresh(*, best: bool) -> bool:
    """Is all compressed, as well as that or better?"""
    return any(_stamp(best=one).fresh() for one in {True, best})


def _stamp(*, best: bool) -> stamps.Stamp:
    state = [
        f"{path.relative_to(paths.ROOT)} {path.stat().st_size} {path.stat().st_mtime_ns}"
        for path in candidates()
    ]
    return stamps.Stamp(f"compression-{'best' if best else 'quick'}", [Path(__file__), *state])


def candidates(root: Path = paths.ROOT) -> Iterator[Path]:
    """The files worth compressing."""
    for path in sorted([*(root / "vendor").rglob("*"), *(root / "models").glob("*.onnx")]):
        if path.name.startswith("."):
            continue  # half-written
        if path.is_file() and path.suffix not in ALREADY_SMALL and path.stat().st_size >= LEAST:
            yield path


def name_of(path: Path) -> str:
    """A file as the tables here name it: its folder and its name."""
    return f"{path.parent.name}/{path.name}"


def quality(path: Path, *, best: bool = True) -> int:
    """Brotli's quality for a file: 11 is small and slow (0.5 MB/s), 9 takes a tenth of the time, 5 a hundredth."""
    if not best:
        return QUICK
    return 11 if path.stat().st_size < SMALL else LARGE.get(name_of(path), OTHERS_LARGE)


def compress_all(
    wanted: list[Path], step: progress.Step, done_file: Path = DONE, *, best: bool = True
) -> list[Path]:
    """Write the missing brotli forms; give all of them. The slowest go first: both threads end together.

    `done_file` keeps, for each file, the sha256 of which content and at which quality its `.br` was made, and its size
    in bytes (0: it wasn't worth keeping).
    """
    done = json.loads(done_file.read_text("utf-8")) if done_file.is_file() else {}
    slowest_first = sorted(
        wanted, key=lambda path: path.stat().st_size * 5 ** quality(path, best=best), reverse=True
    )
    made = []
    with ThreadPoolExecutor(WORKERS) as pool:
        results = pool.map(
            lambda path: compress(path, done.get(name_of(path), []), quality(path, best=best)), slowest_first
        )
        for path, record in zip(slowest_first, results, strict=True):
            done[name_of(path)] = record
            files.write(done_file, json.dumps(done, indent=1).encode())
            size = record[-1]
            if size:
                made.append(brotli_form(path))
                step.add(size)
    return made


def brotli_form(path: Path) -> Path:
    """Where the brotli form of a file is."""
    return path.with_name(path.name + ".br")


def made(path: Path) -> bytes | None:
    """The brotli form of a file as it is now, if there is one."""
    form = brotli_form(path)
    there = form.is_file() and form.stat().st_mtime_ns >= path.stat().st_mtime_ns
    return form.read_bytes() if there else None


def compress(path: Path, done: list[Any], wanted: int) -> tuple[str, int, int]:
    """Compress one file with quality `wanted`, unless `done`, its record, says that its `.br` is of this content and as
    good; its record.
    """
    import brotli  # only in .venv

    content, target = path.read_bytes(), brotli_form(path)
    key = hashlib.sha256(content).hexdigest()
    there = stamps.size_of(target) or 0
    if len(done) == 3 and done[0] == key and done[1] >= wanted and done[2] == there:
        if there:
            target.touch()  # newer than the file, or the server would take it for an old one's
        return key, done[1], there
    small = brotli.compress(content, quality=wanted, lgwin=WINDOW)
    if len(small) > len(content) * WORTHWHILE:
        target.unlink(missing_ok=True)
        return key, wanted, 0
    files.write(target, small)
    return key, wanted, len(small)
