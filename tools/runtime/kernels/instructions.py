"""WebAssembly's instructions, read one by one.

WebAssembly Core Specification 2.0, section 5.4, with the threads and exception handling proposals.
"""

from collections.abc import Iterator

from tools.runtime.kernels.module import read_unsigned

BULK, SIMD, ATOMIC = 0xFC, 0xFD, 0xFE  # prefixes
CALLS = (0x10, 0x12)  # call, return_call
# By how many LEB128 numbers follow.
_ONE = frozenset(
    [
        *(0x02, 0x03, 0x04, 0x06, 0x07, 0x08, 0x09, 0x0C, 0x0D, 0x10, 0x12, 0x18),  # blocks, branches, calls
        *range(0x20, 0x27),  # variables and tables
        *(0x3F, 0x40, 0x41, 0x42, 0xD0, 0xD2),  # memory's size, constants, references
    ]
)
_TWO = frozenset([0x11, 0x13, *range(0x28, 0x3F)])
_NONE = frozenset([0x00, 0x01, 0x05, 0x0B, 0x0F, 0x19, 0x1A, 0x1B, 0xD1, *range(0x45, 0xC5)])
_CONSTANTS = {0x43: 4, 0x44: 8}  # floats, in bytes
_BR_TABLE, _SELECT = 0x0E, 0x1C


def instructions(code: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(opcode, the second one of those with a prefix, the whole instruction) of a body's code. Raises ValueError."""
    at = 0
    while at < len(code):
        start, opcode, second = at, code[at], 0
        at += 1
        if opcode in _NONE:
            pass
        elif opcode in _ONE:
            at = _after(code, at, 1)
        elif opcode in _TWO:
            at = _after(code, at, 2)
        elif opcode in _CONSTANTS:
            at += _CONSTANTS[opcode]
        elif opcode == _BR_TABLE:
            count, at = read_unsigned(code, at)
            at = _after(code, at, count + 1)
        elif opcode == _SELECT:
            count, at = read_unsigned(code, at)
            at += count
        elif opcode in (BULK, SIMD, ATOMIC):
            second, at = read_unsigned(code, at)
            numbers, plain = _immediates(opcode, second)
            at = _after(code, at, numbers) + plain
        else:
            raise ValueError(f"unknown instruction {opcode:#x}")
        yield opcode, second, code[start:at]
    if at != len(code):
        raise ValueError("a body that ends within an instruction")


def _immediates(opcode: int, second: int) -> tuple[int, int]:
    """(LEB128 numbers, plain bytes) that follow an instruction with a prefix."""
    if opcode == BULK:
        return (0 if second < 8 else 2 if second in (8, 10, 12, 14) else 1), 0
    if opcode == ATOMIC:
        return (0, 1) if second == 3 else (2, 0)
    if second <= 11 or second in (92, 93):  # loads and stores of vectors
        return 2, 0
    if second in (12, 13):  # a constant, a shuffle
        return 0, 16
    if 21 <= second <= 34:  # one lane
        return 0, 1
    return (2, 1) if 84 <= second <= 91 else (0, 0)


def _after(code: bytes, at: int, numbers: int) -> int:
    """Where so many LEB128 numbers end."""
    for _ in range(numbers):
        while code[at] & 0x80:
            at += 1
        at += 1
    return at
