"""What the server may send, and how: the allow-list, types, compression, ETags and ranges.

A file `F.br` beside `F` is its brotli form, made at set-up. Text sources change while somebody works on them,
so they are compressed when they are asked for, and kept in memory as long as size and time of change stay.
"""

import hashlib
import io
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

try:
    import brotli
except ModuleNotFoundError:  # outside .venv: everything is sent as it is
    brotli = None

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".mp4": "video/mp4",
    ".onnx": "application/octet-stream",
    ".png": "image/png",
    ".py": "text/x-python; charset=utf-8",
    ".svg": "image/svg+xml",
    ".tgz": "application/gzip",
    ".toml": "application/toml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".whl": "application/zip",
    ".woff2": "font/woff2",
    ".zip": "application/zip",
}
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


@dataclass(frozen=True)
class Content:
    """One form of one file: as it is, or compressed."""

    open: Callable[[], BinaryIO]
    size: int  # bytes that are sent
    original_size: int  # bytes of the file itself, for a progress bar over decoded bytes
    etag: str
    encoding: str  # "br" or ""


def load(path: Path, *, brotli: bool) -> Content:
    """The form of `path` to send: its brotli form if the client takes it and there is one."""
    status = path.stat()
    tag = f"{status.st_size:x}-{status.st_mtime_ns:x}"
    compressed = path.with_name(path.name + ".br")
    if brotli and compressed.is_file() and compressed.stat().st_mtime_ns >= status.st_mtime_ns:
        size = compressed.stat().st_size
        return Content(lambda: compressed.open("rb"), size, status.st_size, f'"{tag}-br"', "br")
    if brotli and path.suffix in TEXT and status.st_size <= LARGEST_TEXT:
        small = _compressed(path, status.st_size, status.st_mtime_ns)
        if small is not None:
            return Content(lambda: io.BytesIO(small), len(small), status.st_size, f'"{tag}-br"', "br")
    return Content(lambda: path.open("rb"), status.st_size, status.st_size, f'"{tag}"', "")


def from_bytes(data: bytes, small: bytes | None) -> Content:
    """What is in memory, as it is or in its brotli form."""
    tag = hashlib.sha256(data).hexdigest()[:24]
    if small is not None:
        return Content(lambda: io.BytesIO(small), len(small), len(data), f'"{tag}-br"', "br")
    return Content(lambda: io.BytesIO(data), len(data), len(data), f'"{tag}"', "")


def compress(data: bytes) -> bytes | None:
    """In brotli, at a quality that takes milliseconds; None outside .venv."""
    return None if brotli is None else bytes(brotli.compress(data, quality=5))


@lru_cache(maxsize=256)
def _compressed(path: Path, size: int, modified: int) -> bytes | None:
    """`path` in brotli, at a quality that takes milliseconds; kept for this `size` and time `modified`."""
    return compress(path.read_bytes()) if size >= 256 else None


def accepts(header: str, coding: str) -> bool:
    """Does an Accept-Encoding header take `coding`? ("br;q=0" does not.)"""
    for item in header.split(","):
        name, _, weight = item.partition(";")
        if name.strip().lower() == coding:
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return False


def matches(header: str, etag: str) -> bool:
    """Does an If-None-Match header name `etag`?"""
    return any(item.strip().removeprefix("W/") in (etag, "*") for item in header.split(","))


def mime_type(path: Path) -> str:
    """The Content-Type of a file, by its name."""
    return TYPES.get(path.suffix.lower(), "application/octet-stream")


def is_video(path: Path) -> bool:
    """Browsers seek in videos, and ask for parts of them."""
    return mime_type(path).startswith("video/")


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a Range header with one range, or None: then all of it is sent."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header.strip())
    if not match or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    begin = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    return (begin, end) if begin <= end else None


def copy(source: BinaryIO, target: io.BufferedIOBase, length: int) -> None:
    """Copy at most `length` bytes."""
    while length > 0:
        block = source.read(min(length, 256 * 1024))
        if not block:
            return
        target.write(block)
        length -= len(block)
