"""Reading and rewriting a WebAssembly module, as far as replacing functions goes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tools.runtime.kernels.assembler import unsigned

HEADER = b"\0asm\1\0\0\0"
TYPES, FUNCTIONS, CODE = 1, 3, 10  # sections
FUNCTION_TYPE = 0x60


def read_unsigned(data: bytes, at: int) -> tuple[int, int]:
    """(number, where it ends) of the LEB128 at `at`."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


@dataclass(frozen=True)
class Section:
    kind: int
    content: bytes


def sections(module: bytes) -> Iterator[Section]:
    """All sections, in order. Raises ValueError for what is no WebAssembly 1 module."""
    if not module.startswith(HEADER):
        raise ValueError("not a WebAssembly module")
    at = len(HEADER)
    while at < len(module):
        kind = module[at]
        size, start = read_unsigned(module, at + 1)
        yield Section(kind, module[start : start + size])
        at = start + size


def bodies(code: bytes) -> list[bytes]:
    """The function bodies of a code section, without their sizes."""
    count, at = read_unsigned(code, 0)
    found = []
    for _ in range(count):
        size, start = read_unsigned(code, at)
        found.append(code[start : start + size])
        at = start + size
    return found


def parameters(module: bytes) -> list[int]:
    """How many parameters each function of the module has, without those that it imports."""
    contents = {section.kind: section.content for section in sections(module)}
    types, at = contents[TYPES], 0
    count, at = read_unsigned(types, at)
    counts = []
    for _ in range(count):
        if types[at] != FUNCTION_TYPE:
            raise ValueError(f"a type of kind {types[at]:#x}")
        number, at = read_unsigned(types, at + 1)
        counts.append(number)
        results, at = read_unsigned(types, at + number)
        at += results
    count, at = read_unsigned(contents[FUNCTIONS], 0)
    found = []
    for _ in range(count):
        index, at = read_unsigned(contents[FUNCTIONS], at)
        found.append(counts[index])
    return found


def locals_of(body: bytes) -> tuple[list[tuple[int, int]], bytes]:
    """([(count, kind), ...], code) of a function body."""
    groups, at = read_unsigned(body, 0)
    found = []
    for _ in range(groups):
        count, at = read_unsigned(body, at)
        found.append((count, body[at]))
        at += 1
    return found, body[at:]


def replaced(module: bytes, new: Mapping[int, bytes]) -> bytes:
    """The module with other bodies for some functions, by their place in the code section."""
    out = bytearray(HEADER)
    for section in sections(module):
        content = section.content
        if section.kind == CODE:
            all_bodies = [new.get(index, body) for index, body in enumerate(bodies(content))]
            content = unsigned(len(all_bodies))
            content += b"".join(unsigned(len(body)) + body for body in all_bodies)
        out += bytes([section.kind]) + unsigned(len(content)) + content
    return bytes(out)


def standalone(
    kinds: tuple[tuple[int, ...], tuple[int, ...]], body: bytes, imports: list[tuple[int, ...]]
) -> bytes:
    """A module of one function, exported as `run`, over the imported memory `env.memory`; for tests.

    kinds: (parameters, results). imports: the parameters of functions `env.f0`, `env.f1`, ..., which come first.
    """

    def section(kind: int, content: bytes) -> bytes:
        return bytes([kind]) + unsigned(len(content)) + content

    def signature(parameters: tuple[int, ...], results: tuple[int, ...]) -> bytes:
        return (
            b"\x60" + unsigned(len(parameters)) + bytes(parameters) + unsigned(len(results)) + bytes(results)
        )

    signatures = [signature(one, ()) for one in imports] + [signature(*kinds)]
    imported = [b"\x03env\x06memory\x02\x00\x01"]
    imported += [
        b"\x03env\x02f" + str(index).encode() + b"\x00" + unsigned(index) for index in range(len(imports))
    ]
    return HEADER + b"".join(
        [
            section(1, unsigned(len(signatures)) + b"".join(signatures)),
            section(2, unsigned(len(imported)) + b"".join(imported)),
            section(3, b"\x01" + unsigned(len(imports))),
            section(7, b"\x01\x03run\x00" + unsigned(len(imports))),
            section(CODE, b"\x01" + unsigned(len(body)) + body),
        ]
    )
