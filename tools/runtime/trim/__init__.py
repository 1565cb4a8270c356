"""onnxruntime-web's wasm build without the functions that this project's models never reach.

It brings 17,000 functions, for every operation of ONNX; a visit runs fewer than 4,000. All others are emptied: what
calls one traps, and the page goes on with the whole build, which is served beside it
(detector/browser/network/runtime.py).

Kept is what ran while every model was loaded, run and released, with one to four threads, and with models and inputs
that are wrong (workload.mjs); and whatever those functions call by name, and so on. What could still be missed is what
is called through a table only, such as a virtual method.

    calls.py     which functions a function calls by name
    observe.py   which functions run
    kept.txt     what came of it, for the build of package-lock.json
    shorten.py   the build without the others

`python3 -m tools trim` writes kept.txt anew. It must be run after a change to a model's operations; for another
version of onnxruntime-web `python3 -m tools update-runtime` does it.
"""

from collections.abc import Collection, Sequence

from tools.common import files, paths
from tools.runtime import fits


def run(arguments: Sequence[str]) -> int:
    """The command."""
    from tools.setup import npm
    from tools.setup import steps as setup

    setup.models()
    npm.ensure(tests=False)
    print(find(fits.pieces()))
    return 0


def find(pieces: Collection[str]) -> str:
    """Write kept.txt for the build with these kernels; what came of it, in words."""
    from tools.runtime.kernels import patch
    from tools.runtime.trim import observe, shorten

    build = paths.NODE_MODULES / "onnxruntime-web/dist"
    whole = patch.improve((build / shorten.TRIMMED).read_bytes(), pieces)
    ran = observe.functions_that_run(whole, build / shorten.GLUE)
    kept = shorten.with_what_they_call(whole, ran)
    files.write(shorten.KEPT, shorten.to_text(whole, kept).encode())
    return f"{len(ran)} functions ran; {len(kept)} are kept, in {shorten.KEPT.relative_to(paths.ROOT)}"
