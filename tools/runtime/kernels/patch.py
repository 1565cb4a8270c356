"""onnxruntime-web's wasm build with three of its functions exchanged for faster ones (gemm.py, depthwise.py).

The functions are known by what they do: the sha256 of their instructions, without what changes from build to build
(`shape`). In a build that has none or several of that shape nothing is changed but what is said: see `improve`.
"""

import hashlib
from collections.abc import Collection

from tools.runtime import fits
from tools.runtime.kernels import depthwise, gemm
from tools.runtime.kernels.assembler import Function, unsigned
from tools.runtime.kernels.instructions import CALLS, instructions
from tools.runtime.kernels.module import CODE, bodies, locals_of, read_unsigned, replaced, sections

# name -> (the piece that exchanges it, bytes of its body in onnxruntime-web 1.30.0, its shape)
FUNCTIONS = {
    "MlasGemmFloatKernelZero": (
        fits.GEMM,
        2040,
        "084b9e24cceac33cec19609b0dc21f446b48e403319fc7edbb1e13d56cf547b6",
    ),
    "MlasGemmFloatKernelAdd": (
        fits.GEMM,
        1922,
        "ed7fb35c99fc6f0f316fd57ebc9b9ec30fc450d43ae451839d3034f18ccd52fd",
    ),
    "MlasConvOperation": (
        fits.DEPTHWISE,
        1360,
        "ef6df2b8562cf891ee05699c3c0d65fdbb4a47abde7a8d1909ca4c319e38444c",
    ),
}
ABOUT = 100  # bytes by which a body of that shape may be longer or shorter: indices have one to five bytes

CONSTANT, STORE = 0x41, 0x36  # i32.const, i32.store
NUMBERED = {*CALLS, 0x11, 0x13, 0x23, 0x24}  # calls, direct and not, and globals
SHORT = 2  # bytes, of a constant and its instruction; longer ones are addresses or sizes, mostly


class UnknownBuildError(Exception):
    """Not a build that these kernels were written for."""


def shape(body: bytes) -> str:
    """The sha256 of a function's instructions without indices of functions, types and globals, and without addresses.

    Without values, too, that it sets at a fixed address: a compiler puts the start of onnxruntime's platform into
    whoever asks for it first, and that has a line more or less with each version. Offsets stay: they are the fields of
    MLAS' structures, which the kernels read.
    """
    declared, code = locals_of(body)
    seen = [repr(declared).encode()]
    for opcode, _, text in instructions(code):
        numbered = opcode in NUMBERED or (opcode == CONSTANT and len(text) > SHORT)
        seen.append(bytes([opcode]) if numbered else text)
        if opcode == STORE and seen[-3] == bytes([CONSTANT]) and seen[-2][0] == CONSTANT:
            del seen[-3:]
    return hashlib.sha256(b"".join(seen)).hexdigest()


def _is(body: bytes, wanted: str) -> bool:
    try:
        return shape(body) == wanted
    except ValueError:  # an instruction that none of them has
        return False


def found(all_bodies: list[bytes], piece: str) -> dict[str, int]:
    """Places of the functions that a piece exchanges. Raises UnknownBuildError where one is not there exactly once."""
    places = {}
    for name, (for_piece, size, wanted) in FUNCTIONS.items():
        if for_piece != piece:
            continue
        alike = [
            place
            for place, body in enumerate(all_bodies)
            if abs(len(body) - size) <= ABOUT and _is(body, wanted)
        ]
        if len(alike) != 1:
            raise UnknownBuildError(f"{len(alike)} functions look like {name}")
        (places[name],) = alike
    return places


def improve(module: bytes, pieces: Collection[str] = (fits.GEMM, fits.DEPTHWISE)) -> bytes:
    """The module with the faster functions of these pieces. Raises UnknownBuildError."""
    all_bodies = bodies(next(section.content for section in sections(module) if section.kind == CODE))
    new = {}
    if fits.GEMM in pieces:
        places = found(all_bodies, fits.GEMM)
        new[places["MlasGemmFloatKernelZero"]] = gemm.kernel(zero=True)
        new[places["MlasGemmFloatKernelAdd"]] = gemm.kernel(zero=False)
    if fits.DEPTHWISE in pieces:
        (operation,) = found(all_bodies, fits.DEPTHWISE).values()
        new[operation] = with_prefix(all_bodies[operation])
    return replaced(module, new) if new else module


def with_prefix(body: bytes) -> bytes:
    """MlasConvOperation, which tries the depthwise way first."""
    declared, code = locals_of(body)
    function = Function(len(depthwise.PARAMETERS) + sum(count for count, _ in declared))
    # The last that it calls is MlasActivation.
    activate = [read_unsigned(text, 1)[0] for opcode, _, text in instructions(code) if opcode in CALLS][-1]
    prefix = depthwise.prefix(function, activate)
    groups = [unsigned(count) + bytes([kind]) for count, kind in declared] + function.declared()
    return unsigned(len(groups)) + b"".join(groups) + prefix + code
