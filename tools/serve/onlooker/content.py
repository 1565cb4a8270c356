"""What an answer is made of: a file's or a few bytes' content, its type, ETag and coding, and a range of it."""

import hashlib
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

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


@dataclass(frozen=True)
class Content:
    """One form of one file: as it is, or compressed."""

    open: Callable[[], BinaryIO]
    size: int  # bytes that are sent
    original_size: int  # bytes of the file itself, for a progress bar over decoded bytes
    etag: str
    encoding: str  # "br" or ""
    type: str  # Content-Type


def from_bytes(data: bytes, small: bytes | None, kind: str) -> Content:
    """What is in memory, as it is or in its brotli form. kind: its Content-Type."""
    tag = hashlib.sha256(data).hexdigest()[:24]
    if small is not None:
        return Content(lambda: io.BytesIO(small), len(small), len(data), f'"{tag}-br"', "br", kind)
    return Content(lambda: io.BytesIO(data), len(data), len(data), f'"{tag}"', "", kind)


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


def mime_type(name: str | PurePath) -> str:
    """The Content-Type of a file, by its name."""
    return TYPES.get(PurePath(name).suffix.lower(), "application/octet-stream")


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
