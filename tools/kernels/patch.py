"""onnxruntime-web's wasm build with three of its functions exchanged for faster ones (gemm.py, depthwise.py).

The functions are known by the sha256 of their bodies, in the very build that package-lock.json pins. In any other build
they are not found, and nothing is changed but what is said: see `improve`.
"""

import hashlib

from tools.kernels import depthwise, gemm
from tools.kernels.assembler import Function, unsigned
from tools.kernels.module import CODE, bodies, locals_of, replaced, sections

# onnxruntime-web 1.30.0, ort-wasm-simd-threaded.wasm: the sha256 of the bodies of MlasGemmFloatKernelZero, ...Add
# and MlasConvOperation.
GEMM_ZERO = "f7728808b5f87253962b9f639f830459c0961fbc2cd2f8463534e97ae5a7e534"
GEMM_ADD = "9e72cc3a5fb5a445d440bf86c3de4b8bb338ee3773f763c730af6227034c8f08"
CONV_OPERATION = "495a286b53968b5f935891dd8c1844e4bc1cbcd9a3abc076079660f0fd323a5f"
MLAS_ACTIVATION = 1226  # its index among imports and functions


class UnknownBuildError(Exception):
    """Not the build that these kernels were written for."""


def improve(module: bytes) -> bytes:
    """The module with the faster functions. Raises UnknownBuildError where one of them is not there exactly once."""
    code = next(section.content for section in sections(module) if section.kind == CODE)
    places: dict[str, list[int]] = {GEMM_ZERO: [], GEMM_ADD: [], CONV_OPERATION: []}
    all_bodies = bodies(code)
    for index, body in enumerate(all_bodies):
        digest = hashlib.sha256(body).hexdigest()
        if digest in places:
            places[digest].append(index)
    if any(len(found) != 1 for found in places.values()):
        raise UnknownBuildError(f"functions found: {places}")
    operation = places[CONV_OPERATION][0]
    return replaced(
        module,
        {
            places[GEMM_ZERO][0]: gemm.kernel(zero=True),
            places[GEMM_ADD][0]: gemm.kernel(zero=False),
            operation: with_prefix(all_bodies[operation]),
        },
    )


def with_prefix(body: bytes) -> bytes:
    """MlasConvOperation, which tries the depthwise way first."""
    declared, code = locals_of(body)
    function = Function(len(depthwise.PARAMETERS) + sum(count for count, _ in declared))
    prefix = depthwise.prefix(function, MLAS_ACTIVATION)
    groups = [unsigned(count) + bytes([kind]) for count, kind in declared] + function.declared()
    return unsigned(len(groups)) + b"".join(groups) + prefix + code
