"""A package registry on this machine, and other stand-ins for what set-up meets."""

import errno
import hashlib
import io
import os
import re
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools.common import files

NOISE = b"".join(hashlib.sha256(bytes([i, j])).digest() for i in range(200) for j in range(250))  # 1.6 MB


def digest(content: bytes) -> str:
    """sha256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def everything_in(folder: Path) -> list[str]:
    """All files below a folder, hidden and temporary ones too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, every file that set-up opens for writing is on a full disk."""

    class Full(io.FileIO):
        def write(self, content: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fdopen", Full)


class Files(BaseHTTPRequestHandler):
    """A registry made of a dict: path -> content. It knows ranges, counts, and can break off."""

    server: "Registry"

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def answer(self, *, with_body: bool) -> None:
        path = self.path.split("#")[0]
        self.server.asked.append(path)
        content = self.server.contents.get(path)
        if content is None:
            self.send_error(404)
            return
        match = (
            re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", "")) if self.server.ranges else None
        )
        first, last = 0, len(content) - 1
        if match and match[1]:
            first, last = int(match[1]), min(int(match[2] or last), last)
        elif match:
            first = max(0, len(content) - int(match[2]))
        part = content[first : last + 1]
        self.send_response(206 if match else 200)
        if match:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.send_header("Content-Type", "text/html" if path.endswith("/") else "application/octet-stream")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        if with_body:
            sent = part[: self.server.break_off] if self.server.break_off is not None else part
            self.server.sent += len(sent)
            self.wfile.write(sent)

    def log_message(self, format: str, *values: object) -> None:
        """Quiet."""


class Registry(ThreadingHTTPServer):
    """The server of `contents`; `break_off`: bytes after which each answer ends early."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Files)
        self.contents: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.sent = 0
        self.ranges = True
        self.break_off: int | None = None
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


def wheel(name: str, version: str, members: dict[str, bytes]) -> bytes:
    """A wheel that pip accepts: `members`, and the metadata it asks for."""
    info = f"{name}-{version}.dist-info"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return buffer.getvalue()


def publish(registry: Registry, name: str, version: str, content: bytes) -> str:
    """Put a wheel into the registry's index; give its address."""
    file = f"{name}-{version}-py3-none-any.whl"
    link = f'<a href="/files/{file}#sha256={digest(content)}">{file}</a>'
    registry.contents[f"/simple/{name.replace('_', '-')}/"] = f"<!doctype html><body>{link}</body>".encode()
    registry.contents[f"/files/{file}"] = content
    return f"{registry.address}/files/{file}"
