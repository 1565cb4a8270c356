"""Which functions a function's body calls by name."""

from tools.runtime.kernels.instructions import CALLS, instructions
from tools.runtime.kernels.module import locals_of, read_unsigned


def called(body: bytes) -> set[int]:
    """Indices of the functions (imports first) that a body calls directly. Raises ValueError for what is unknown."""
    code = locals_of(body)[1]
    return {read_unsigned(text, 1)[0] for opcode, _, text in instructions(code) if opcode in CALLS}
