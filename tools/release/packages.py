"""The package for pages and programs of others: a wheel, and an archive for MicroPython, made of the tree as it is.

packages/detector-VERSION-py3-none-any.whl   all of detector/: for pip, and for PyScript's `packages` on Pyodide
packages/detector-VERSION-micropython.tgz    what a page needs of it: for PyScript's `files` on MicroPython

The same files give the same bytes.
"""

import base64
import gzip
import hashlib
import io
import stat
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from detector.version import VERSION
from tools.serve import modules as needed

WHEEL = f"packages/detector-{VERSION}-py3-none-any.whl"
ARCHIVE = f"packages/detector-{VERSION}-micropython.tgz"
PAPERS = ("LICENSE", "NOTICE")
INFO = f"detector-{VERSION}.dist-info"
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
NATIVE = (
    "onnxruntime",
    "numpy",
    "pillow",
)  # what CPython needs; in a page the browser has the network and the pixels
EXTRAS = {"video": "av"}  # what only some need: pip install "….whl[video]"

WHEEL_FILE = "Wheel-Version: 1.0\nGenerator: onlooker\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
DESCRIPTION = """\
Finds and names objects in pictures (COCO-SSD), in CPython and in PyScript pages.

    python -m detector photo.jpg --models onlooker-{version}/models

The models come with Onlooker's bundle: name its folder models/ in --models or in ONLOOKER_MODELS.
"""


def wheel(root: Path) -> bytes:
    """The wheel, as the specification of the binary distribution format has it. Raises `OSError`."""
    return _wheel(tuple(_wheel_files(root).items()))


def archive(root: Path) -> bytes:
    """The archive: one file after another, parents first, as PyScript unpacks it on MicroPython. Raises `OSError`."""
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in modules(root)}
    for name in PAPERS:
        found[f"detector/{name}"] = (root / name).read_bytes()
    return _archive(tuple(sorted(found.items(), key=lambda item: (item[0].count("/"), item[0]))))


MAKERS = {WHEEL: wheel, ARCHIVE: archive}


def modules(root: Path) -> list[Path]:
    """The modules that `import detector` and its functions may reach in a page, sorted."""
    return [root / name for name in needed.reached(root, ["detector/__init__.py"], (needed.NATIVE,))]


def metadata() -> str:
    """METADATA of the wheel."""
    lines = [
        "Metadata-Version: 2.4",
        "Name: detector",
        f"Version: {VERSION}",
        "Summary: Finds and names objects in pictures, in CPython and in PyScript pages",
        "License-Expression: Apache-2.0",
        *(f"License-File: {name}" for name in PAPERS),
        "Requires-Python: >=3.11",
        *(f'Requires-Dist: {name}; sys_platform != "emscripten"' for name in NATIVE),
        *(f"Provides-Extra: {extra}" for extra in EXTRAS),
        *(f'Requires-Dist: {name}; extra == "{extra}"' for extra, name in EXTRAS.items()),
        "Description-Content-Type: text/markdown",
    ]
    return "\n".join(lines) + "\n\n" + DESCRIPTION.format(version=VERSION)


def _wheel_files(root: Path) -> dict[str, bytes]:
    sources = [*sorted((root / "detector").rglob("*.py")), root / "detector/py.typed"]
    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in sources}
    for name in PAPERS:
        found[f"{INFO}/licenses/{name}"] = (root / name).read_bytes()
    return {**found, f"{INFO}/METADATA": metadata().encode(), f"{INFO}/WHEEL": WHEEL_FILE.encode()}


def record(found: Mapping[str, bytes], info: str = INFO) -> bytes:
    """RECORD: each file's name, sha256 and size, and its own name alone."""
    lines = []
    for name, data in found.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    return "".join([*lines, f"{info}/RECORD,,\n"]).encode()


def add(target: zipfile.ZipFile, name: str, data: bytes, *, packed: bool = False) -> None:
    """One file of a wheel. packed: it is compressed already."""
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.create_system = 3  # Unix, wherever it is made: the mode below is Unix' own
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    target.writestr(entry, data)


def tarball(found: Iterable[tuple[str, bytes]]) -> bytes:
    """A .tgz of files in the order given."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as target:
        for name, data in found:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            target.addfile(entry, io.BytesIO(data))
    return gzip.compress(stream.getvalue(), 9, mtime=0)


# The server is asked for them with each page: they are made anew only where something has changed.


@lru_cache(maxsize=4)
def _wheel(found: tuple[tuple[str, bytes], ...]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        for name, data in (*found, (f"{INFO}/RECORD", record(dict(found)))):
            add(target, name, data)
    return stream.getvalue()


@lru_cache(maxsize=4)
def _archive(found: tuple[tuple[str, bytes], ...]) -> bytes:
    return tarball(found)
