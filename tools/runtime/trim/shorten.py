"""A module without the functions that are not needed, and the list of those that are."""

import hashlib
from collections.abc import Iterable, Set
from itertools import pairwise
from pathlib import Path

from tools.runtime.kernels.module import bodies, read_unsigned, replaced, sections
from tools.runtime.trim.calls import called
from tools.runtime.trim.observe import code_of

GLUE = "ort-wasm-simd-threaded.mjs"
TRIMMED = "ort-wasm-simd-threaded.wasm"
WHOLE = "ort-wasm-simd-threaded.whole.wasm"
KEPT = Path(__file__).with_name("kept.txt")

EMPTY = b"\x00\x00\x0b"  # no locals; unreachable
IMPORTS = 2  # the section
FUNCTION, MEMORY = 0, 2  # kinds of imports


class OtherBuildError(Exception):
    """kept.txt was made for another build."""


def shorten(module: bytes, text: str) -> bytes:
    """The module with all functions emptied but those that `text` lists. Raises OtherBuildError."""
    about, *ranges = [line for line in text.splitlines() if not line.startswith("#")]
    if about != _digest(module):
        raise OtherBuildError(f"kept.txt is for {about[:12]}…, this is {_digest(module)[:12]}…")
    kept: set[int] = set()
    for line in ranges:
        first, _, last = line.partition("-")
        kept |= set(range(int(first), int(last or first) + 1))
    return only(module, kept)


def only(module: bytes, kept: Set[int]) -> bytes:
    """The module with all functions emptied but these."""
    count = len(bodies(code_of(module)))
    return replaced(module, {index: EMPTY for index in range(count) if index not in kept})


def to_text(module: bytes, kept: Iterable[int]) -> str:
    """kept.txt: the module's sha256, and places in its code section, in ranges."""
    places = sorted(kept)
    breaks = [index + 1 for index, (low, high) in enumerate(pairwise(places)) if high != low + 1]
    runs = [places[low:high] for low, high in pairwise([0, *breaks, len(places)])]
    lines = [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    head = ["# Written by `python3 -m tools trim`: the sha256 of the build, and the functions to keep."]
    return "\n".join([*head, _digest(module), *lines]) + "\n"


def with_what_they_call(module: bytes, functions: set[int]) -> set[int]:
    """These functions, all that they call by name, all that those call, and so on."""
    imported = imported_functions(module)
    all_bodies = bodies(code_of(module))
    kept, waiting = set(functions), list(functions)
    while waiting:
        for index in called(all_bodies[waiting.pop()]):
            place = index - imported
            if place >= 0 and place not in kept:
                kept.add(place)
                waiting.append(place)
    return kept


def _digest(module: bytes) -> str:
    return hashlib.sha256(module).hexdigest()


def imported_functions(module: bytes) -> int:
    """How many functions it imports: they are numbered before its own."""
    content = next(section.content for section in sections(module) if section.kind == IMPORTS)
    count, at = read_unsigned(content, 0)
    functions = 0
    for _ in range(count):
        for _ in range(2):  # of which module, by which name
            length, at = read_unsigned(content, at)
            at += length
        kind = content[at]
        at += 1
        functions += kind == FUNCTION
        if kind == FUNCTION:
            _, at = read_unsigned(content, at)
        elif kind == MEMORY:
            flags, at = read_unsigned(content, at)
            for _ in range(1 + (flags & 1)):
                _, at = read_unsigned(content, at)
        else:
            raise ValueError(f"an import of kind {kind}")
    return functions
