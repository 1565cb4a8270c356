"""A build of onnxruntime-web that leaves a mark for each block of memory that it reads, and each function that runs.

A mark is a byte at MARKS + (address >> SHIFT), or at RAN + the function's place: far above all that a network needs.
Instructions that read and write at once count as reading.
"""

from collections.abc import Iterator

from tools.runtime.kernels.assembler import (
    ADD,
    EQZ,
    I32,
    LE_U,
    RETURN,
    SUB,
    V128,
    const,
    get,
    put,
    tee,
    unsigned,
)
from tools.runtime.kernels.instructions import ATOMIC, BULK, SIMD, instructions
from tools.runtime.kernels.module import (
    CODE,
    FUNCTIONS,
    HEADER,
    TYPES,
    bodies,
    locals_of,
    parameters,
    read_unsigned,
    sections,
)

SHIFT = 12  # blocks of 4 KB
MARKS = 768 * 2**20
RAN = MARKS + 2**20
END = RAN + 2**16
PAGES = END // 2**16  # of memory, for all of it
I64 = 0x7E
SHIFT_RIGHT = b"\x76"
COPY, INITIALISE = 10, 8  # of the bulk instructions
STORE_BYTE = b"\x3a\x00\x00"


def marking(module: bytes, imported: int) -> bytes:
    """The module that leaves marks. imported: how many functions it imports, which are numbered first."""
    kinds = parameters(module)
    all_bodies = bodies(next(section.content for section in sections(module) if section.kind == CODE))
    block, span = imported + len(all_bodies), imported + len(all_bodies) + 1  # the functions that leave marks
    marked = [_marking(body, place, kinds[place], block, span) for place, body in enumerate(all_bodies)]
    marked += [_mark_block(), _mark_span()]
    out = bytearray(HEADER)
    types = 0
    for section in sections(module):
        content = section.content
        if section.kind == TYPES:
            types, at = read_unsigned(content, 0)
            content = unsigned(types + 2) + content[at:] + b"\x60\x01\x7f\x00" + b"\x60\x02\x7f\x7f\x00"
        elif section.kind == FUNCTIONS:
            count, at = read_unsigned(content, 0)
            content = unsigned(count + 2) + content[at:] + unsigned(types) + unsigned(types + 1)
        elif section.kind == CODE:
            content = unsigned(len(marked)) + b"".join(unsigned(len(body)) + body for body in marked)
        out += bytes([section.kind]) + unsigned(len(content)) + content
    return bytes(out)


def _marking(body: bytes, place: int, parameter_count: int, block: int, span: int) -> bytes:
    groups, code = locals_of(body)
    first = parameter_count + sum(count for count, _ in groups)
    address, one, two, vector, long, longer = range(first, first + 6)
    out = [const(RAN + place), const(1), STORE_BYTE]

    def note(offset: int) -> bytes:
        """Mark the block of the address that is on top of the stack, and leave it there."""
        return tee(address) + get(address) + const(_as_signed(offset)) + ADD + b"\x10" + unsigned(block)

    for opcode, second, text in instructions(code):
        if _reads(opcode, second):
            out.append(note(_offset(text, opcode)))
        elif opcode == BULK and second == COPY:
            both = put(two) + put(one) + tee(address) + get(one) + get(one) + get(two)
            out.append(both + b"\x10" + unsigned(span) + get(two))
        elif opcode == SIMD and 84 <= second <= 87:  # one lane: the vector is above the address
            out.append(put(vector) + note(_offset(text, opcode)) + get(vector))
        elif opcode == ATOMIC and 0x1E <= second <= 0x47:  # read, modify, write
            value = long if (second - 0x1E) % 7 in (1, 4, 5, 6) else one
            out.append(put(value) + note(_offset(text, opcode)) + get(value))
        elif opcode == ATOMIC and 0x48 <= second <= 0x4E:  # compare and exchange
            old, new = (long, longer) if (second - 0x48) % 7 in (1, 4, 5, 6) else (one, two)
            out.append(put(new) + put(old) + note(_offset(text, opcode)) + get(old) + get(new))
        out.append(text)
    groups = [*groups, (3, I32), (1, V128), (2, I64)]
    declared = unsigned(len(groups)) + b"".join(unsigned(count) + bytes([kind]) for count, kind in groups)
    return declared + b"".join(out)


def _reads(opcode: int, second: int) -> bool:
    """Whether an instruction reads from the address on top of the stack, and does nothing else."""
    if opcode == SIMD:
        return second <= 10 or second in (92, 93)
    return 0x28 <= opcode <= 0x35 or (opcode == ATOMIC and 0x10 <= second <= 0x16)


def _offset(text: bytes, opcode: int) -> int:
    at = 1
    for _ in range(2 if opcode in (SIMD, ATOMIC) else 1):  # what follows a prefix; the alignment
        _, at = read_unsigned(text, at)
    return read_unsigned(text, at)[0]


def _as_signed(value: int) -> int:
    return value - 2**32 if value >= 2**31 else value


def _mark_block() -> bytes:
    place = get(0) + const(SHIFT) + SHIFT_RIGHT + const(MARKS) + ADD
    return b"\x00" + place + const(1) + STORE_BYTE + b"\x0b"


def _mark_span() -> bytes:
    """For (first byte, how many): all blocks that have any of them."""
    block = 2
    last = get(0) + get(1) + ADD + const(1) + SUB + const(SHIFT) + SHIFT_RIGHT
    return b"".join(
        [
            b"\x01\x01\x7f",  # one local
            get(1) + EQZ + b"\x04\x40" + RETURN + b"\x0b",
            put(block, get(0) + const(SHIFT) + SHIFT_RIGHT),
            b"\x03\x40",
            get(block) + const(MARKS) + ADD + const(1) + STORE_BYTE,
            get(block) + const(1) + ADD + tee(block) + last + LE_U + b"\x0d\x00",
            b"\x0b\x0b",
        ]
    )


def initialised(body: bytes) -> Iterator[int]:
    """The data segments that a function's body copies to memory."""
    for opcode, second, text in instructions(locals_of(body)[1]):
        if opcode == BULK and second == INITIALISE:
            yield read_unsigned(text, 2)[0]
