"""The page as a folder that holds each file in one form, as it is or in brotli: what is installed with `onlooker`.

files.json names them: {"main.py": {"size": bytes of the file itself, "sha256": its hash, "brotli": is it NAME.br?}}
"""

import io
import json
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import brotli as brotli_coding

from .content import Content, mime_type

LIST = "files.json"


class Entry(NamedTuple):
    """A file: where it is, whether in brotli, and what it is itself."""

    path: Path
    compressed: bool
    size: int  # bytes
    sha256: str


class PageFolder:
    """A site (server.py) of the files that the folder's list names, and of nothing else."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError where there is no list."""
        listed = json.loads((folder / LIST).read_text("utf-8"))
        self._entries = {
            name: Entry(
                folder / (f"{name}.br" if about["brotli"] else name),
                about["brotli"],
                about["size"],
                about["sha256"],
            )
            for name, about in listed.items()
        }

    def find(self, path: str, *, brotli: bool) -> Content | None:
        """The form that is there, if the visitor takes it; else it is unpacked on the way."""
        name = path.removeprefix("/") or "index.html"
        entry = self._entries.get(name)
        if entry is None:
            return None
        kind, tag = mime_type(name), entry.sha256[:24]
        if entry.compressed and not brotli:
            return Content(
                lambda: io.BytesIO(_unpacked(entry.path)), entry.size, entry.size, f'"{tag}"', "", kind
            )
        size = entry.path.stat().st_size
        coding = "br" if entry.compressed else ""
        return Content(
            lambda: entry.path.open("rb"),
            size,
            entry.size,
            f'"{tag}{"-br" * entry.compressed}"',
            coding,
            kind,
        )


@lru_cache(maxsize=32)  # a first visit's largest: a room of visitors over http, where browsers take no brotli
def _unpacked(path: Path) -> bytes:
    return bytes(brotli_coding.decompress(path.read_bytes()))
