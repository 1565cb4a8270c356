"""What the server of a copy of the project may send, and how: the allow-list, and what is compressed when asked for.

A file `F.br` beside `F` is its brotli form, made at set-up. Text sources change while somebody works on them,
so they are compressed when they are asked for, and kept in memory as long as size and time of change stay.
"""

import io
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from tools.serve.onlooker.content import Content, mime_type

try:
    import brotli
except ModuleNotFoundError:  # outside .venv: everything is sent as it is
    brotli = None

TEXT = (".css", ".html", ".js", ".json", ".mjs", ".py", ".svg", ".toml", ".webmanifest")
LARGEST_TEXT = 1_000_000  # bytes; what is larger is compressed at set-up or not at all

# Paths inside the repository, with "/" between the parts. No part may begin with a dot.
ALLOWED = re.compile(
    r"""(?:
        index\.html | main\.py | [\w-]+\.toml
        | examples/[\w-]+\.(?:html|css|js|py|toml)
        | detector/(?!native/)(?:[\w-]+/)*[\w-]+\.py
        | models/(?:[\w-][\w.-]*\.onnx | manifest\.json | check\.jpg)
        | (?:web|vendor)/(?:[\w-][\w.-]*/)*[\w-][\w.-]*
    )""",
    re.VERBOSE | re.ASCII,
)
PRIVATE = ("pyproject.toml",)  # of the repository, not of the page
_EXTRA = re.compile(r"(?:[\w@-][\w@.-]*/)*[\w@-][\w@.-]*", re.ASCII)


def resolve(url_path: str, root: Path, extra: Mapping[str, Path]) -> Path | None:
    """The file for a decoded URL path, or None if it may not be sent or is not there.

    A path is sent only if its text matches the allow-list and if, with symbolic links followed, it is still
    inside its folder: `..`, absolute paths, hidden files and links to elsewhere all end in None.
    """
    for prefix, folder in extra.items():
        if url_path.startswith(prefix):
            name = url_path.removeprefix(prefix)
            return _inside(folder, name) if _EXTRA.fullmatch(name) else None
    name = url_path.removeprefix("/") or "index.html"
    if not ALLOWED.fullmatch(name) or name in PRIVATE or name.endswith(".br"):
        return None
    return _inside(root, name)


def _inside(folder: Path, name: str) -> Path | None:
    path = (folder / name).resolve()
    # os.path.isfile, because Path.is_file raises an error for a name that is too long
    return path if os.path.isfile(path) and path.is_relative_to(folder.resolve()) else None


def listing(root: Path) -> dict[str, Path]:
    """Everything of `root` that may be sent, by name, in order."""
    folders = [root / name for name in ("detector", "examples", "models", "vendor", "web")]
    there = [*root.glob("*"), *(path for folder in folders for path in folder.rglob("*"))]
    found = {}
    for path in sorted(there, key=lambda path: path.relative_to(root).as_posix()):
        name = path.relative_to(root).as_posix()
        allowed = resolve(f"/{name}", root, {})
        if allowed is not None:
            found[name] = allowed
    return found


def load(path: Path, *, brotli: bool) -> Content:
    """The form of `path` to send: its brotli form if the client takes it and there is one."""
    status = path.stat()
    kind = mime_type(path)
    tag = f"{status.st_size:x}-{status.st_mtime_ns:x}"
    compressed = path.with_name(path.name + ".br")
    if brotli and compressed.is_file() and compressed.stat().st_mtime_ns >= status.st_mtime_ns:
        size = compressed.stat().st_size
        return Content(lambda: compressed.open("rb"), size, status.st_size, f'"{tag}-br"', "br", kind)
    if brotli and path.suffix in TEXT and status.st_size <= LARGEST_TEXT:
        small = _compressed(path, status.st_size, status.st_mtime_ns)
        if small is not None:
            return Content(lambda: io.BytesIO(small), len(small), status.st_size, f'"{tag}-br"', "br", kind)
    return Content(lambda: path.open("rb"), status.st_size, status.st_size, f'"{tag}"', "", kind)


def compress(data: bytes) -> bytes | None:
    """In brotli, at a quality that takes milliseconds; None outside .venv."""
    return None if brotli is None else bytes(brotli.compress(data, quality=5))


@lru_cache(maxsize=256)
def _compressed(path: Path, size: int, modified: int) -> bytes | None:
    """`path` in brotli, at a quality that takes milliseconds; kept for this `size` and time `modified`."""
    return compress(path.read_bytes()) if size >= 256 else None
