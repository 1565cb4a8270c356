"""What the page needs from node_modules, copied to vendor/: nothing else is served.

Left out are source maps, other builds, type declarations and the parts of PyScript that this page never asks
for (editor, terminal, games). The comment `//# sourceMappingURL=...` goes too: it would make developer tools
ask for maps that are not there.

Each package's licence goes with it: vendor/FOLDER/LICENSE. Three of the packages bring none; NOTICE names theirs.
"""

import json
import re
from collections.abc import Collection
from pathlib import Path

from tools.common import files, paths, progress, stamps
from tools.common.progress import SetupError
from tools.runtime import fits
from tools.runtime.kernels import patch
from tools.runtime.trim import shorten
from tools.setup import npm

# vendor folder -> (folder in node_modules, files)
COPIED: dict[str, tuple[str, list[str]]] = {
    "micropython": ("@micropython/micropython-webassembly-pyscript", ["micropython.mjs", "micropython.wasm"]),
    "noble-hashes": ("@noble/hashes", ["sha2.js", "_md.js", "_u64.js", "utils.js"]),
    "ort": (
        "onnxruntime-web/dist",
        [
            *(f"ort.{build}.min.mjs" for build in ("wasm", "jspi", "webgpu", "webgl")),
            *(f"ort-wasm-simd-threaded{kind}.mjs" for kind in ("", ".jspi", ".asyncify")),
            *(f"ort-wasm-simd-threaded{kind}.wasm" for kind in ("", ".jspi", ".asyncify")),
        ],
    ),
    "pyodide": ("pyodide", ["pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip"]),
}

# Their npm packages have no licence file: NOTICE, at the root of this repository, says under these names what applies.
WITHOUT_LICENCE = {
    "micropython": "MicroPython for WebAssembly",
    "ort": "onnxruntime-web",
    "pyodide": "Pyodide",
}
PACKAGES = {folder: source.removesuffix("/dist") for folder, (source, _) in COPIED.items()}
PACKAGES["pyscript"] = "@pyscript/core"

# PyScript names its chunks NAME-HASH.js; these are loaded for tags and settings that the page doesn't use.
PYSCRIPT = "@pyscript/core/dist"
UNUSED_CHUNKS = ("codemirror", "donkey", "py-editor", "py-game", "py-terminal", "zip")

# Pyodide's lock names 250 packages; only these are here, and in the page's lock. micropip, which needs packaging,
# installs the wheel of this project in pages of others.
PYODIDE_PACKAGES = ("micropip", "numpy", "packaging", "pillow")

_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']\./([^"']+\.js)["']""")
_SOURCE_MAP = re.compile(rb"\n?//# sourceMappingURL=\S+\s*$")


def ensure(*, tests: bool = False) -> None:
    """Fill vendor/ from node_modules, installing the npm packages first where that is needed."""
    makers = [
        path for file in (patch.__file__, shorten.__file__) for path in sorted(Path(file).parent.glob("*.*"))
    ]
    stamp = stamps.Stamp("vendor", [*npm.LOCK, Path(__file__), fits.TABLE, Path(fits.__file__), *makers])
    if tests or not stamp.fresh():
        npm.ensure(tests=tests)
    stamps.run_once(stamp, "PyScript, Pyodide, onnxruntime-web", _copy_all)


def chunks(dist: Path, first: str = "core.js") -> list[str]:
    """The files of PyScript's dist that `first` can load, directly or not, without the unused ones."""
    found, waiting = [], [first]
    while waiting:
        name = waiting.pop()
        if name in found or name.startswith(UNUSED_CHUNKS):
            continue
        found.append(name)
        waiting += _IMPORT.findall((dist / name).read_text("utf-8"))
    return sorted(found)


def _copy_all(step: progress.Step) -> list[Path]:
    made = []
    pyscript = (PYSCRIPT, chunks(paths.NODE_MODULES / PYSCRIPT))
    for folder, (source, names) in {**COPIED, "pyscript": pyscript}.items():
        made += [copy(paths.NODE_MODULES / source / name, paths.VENDOR / folder / name) for name in names]
    made += change_runtime(paths.VENDOR / "ort", fits.pieces())
    for path in made:
        step.add(path)
    for folder, package in PACKAGES.items():
        for path in licences(paths.NODE_MODULES / package):
            made.append(copy(path, paths.VENDOR / folder / path.name))
    lock = json.loads((paths.NODE_MODULES / "pyodide/pyodide-lock.json").read_text("utf-8"))
    made.append(files.write(paths.VENDOR / "pyodide/pyodide-lock.json", _small_lock(lock)))
    _remove_others(made)
    return made


def licences(package: Path) -> list[Path]:
    """The licence texts that an npm package brings."""
    return sorted(path for path in package.glob("*") if re.match(r"licen[cs]e", path.name, re.IGNORECASE))


def copy(source: Path, target: Path) -> Path:
    """Copy one file of a package; scripts without their source map's address."""
    if not source.is_file():
        raise SetupError(
            f"{source} is not in its npm package. If a version in package.json was "
            "changed, tools/setup/vendoring.py has to name the new version's files; if not, delete node_modules "
            "and run again."
        )
    content = source.read_bytes()
    if source.suffix in (".js", ".mjs"):
        content = _SOURCE_MAP.sub(b"\n", content)
    return files.write(target, content)


def change_runtime(folder: Path, pieces: Collection[str]) -> list[Path]:
    """Give the copy of onnxruntime-web in `folder` those of `fits.PIECES` that change its wasm build; the files added.

    The build is there twice then: whole, and as the models need it. Without pieces both are as they come from npm.
    """
    module = (folder / shorten.TRIMMED).read_bytes()
    try:
        module = patch.improve(module, pieces)
        trimmed = shorten.shorten(module, shorten.KEPT.read_text("utf-8")) if fits.TRIM in pieces else module
    except (patch.UnknownBuildError, shorten.OtherBuildError) as error:
        raise SetupError(
            f"onnxruntime-web's build is not the one that {fits.TABLE.name} was written for ({error}). Run `python3 "
            f"-m tools update-runtime {fits.version()}`: it finds out what fits, and set-up does without the rest."
        ) from error
    files.write(folder / shorten.TRIMMED, trimmed)
    return [files.write(folder / shorten.WHOLE, module)]


def _small_lock(lock: dict[str, dict[str, object]]) -> bytes:
    packages = {name: lock["packages"][name] for name in PYODIDE_PACKAGES}
    return json.dumps({"info": lock["info"], "packages": packages}, indent=1).encode()


def _remove_others(made: list[Path]) -> None:
    """Take away what an older version left in vendor/: old chunks would be served for ever."""
    folders = {path.parent for path in made}
    for folder in folders:
        for path in folder.iterdir():
            if path not in made and path.suffix != ".whl" and path.with_suffix("") not in made:
                path.unlink()
