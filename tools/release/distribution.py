"""The whole product as a Python distribution: dist/onlooker-VERSION-py3-none-any.whl.

    detector/        the package
    onlooker/        the command `onlooker` (tools/serve/onlooker), and
    onlooker/page/   the page as it is built, each file once: in brotli where that is worth it (page_folder.py)

WebGL's model, 17 MB of floats, stays out, as it does of the zip (tools/release/bundle).
The same files give the same bytes.
"""

import hashlib
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from detector.version import VERSION
from tools.common import files, paths
from tools.release import packages
from tools.release.bundle import contents, licences
from tools.serve import onlooker, precompressed
from tools.serve.onlooker.page_folder import LIST

NAME = f"onlooker-{VERSION}-py3-none-any.whl"
INFO = f"onlooker-{VERSION}.dist-info"
PAGE = "onlooker/page"
PLAIN = ("models/manifest.json",)  # CPython reads it, too
REQUIRED = ("av", "brotli", "cryptography", "ifaddr", "numpy", "onnxruntime", "pillow", "segno")
COMMAND = "[console_scripts]\nonlooker = onlooker.__main__:main\n"
DESCRIPTION = """\
A web page that watches a webcam and names what it sees, entirely in the browser, on this machine.

    onlooker serve                # then open the address that it prints
    onlooker detect photo.jpg     # the same network on the command line

All of the page and its models are in here, and nothing is fetched. WebGL's model alone is not, which is 17 MB of
floats: WebAssembly and WebGPU need none of it.
"""


def write(target: Path) -> Path:
    """The wheel. Raises `SetupError` where a part of the page is missing."""
    found = package() | page() | about()
    found[f"{INFO}/RECORD"] = packages.record(found, INFO)
    with files.replacing(target) as stream, zipfile.ZipFile(stream, "w") as archive:
        for name, data in found.items():
            packages.add(archive, name, data, packed=name.endswith((".br", *precompressed.ALREADY_SMALL)))
    return target


def package() -> dict[str, bytes]:
    """The modules."""
    own = {
        f"onlooker/{path.name}": path.read_bytes()
        for path in sorted(Path(onlooker.__file__).parent.glob("*.py"))
    }
    modules = [*sorted((paths.ROOT / "detector").rglob("*.py")), paths.ROOT / "detector/py.typed"]
    return {**{path.relative_to(paths.ROOT).as_posix(): path.read_bytes() for path in modules}, **own}


def page() -> dict[str, bytes]:
    """The page, and the list of its files."""
    wanted = contents.page()
    with ThreadPoolExecutor(contents.WORKERS) as pool:
        made = dict(zip(wanted, pool.map(_one_form, wanted, wanted.values()), strict=True))
    found, listed = {}, {}
    for name, (data, small) in made.items():
        found[f"{PAGE}/{name}{'.br' if small else ''}"] = small or data
        digest = hashlib.sha256(data).hexdigest()
        listed[name] = {"size": len(data), "sha256": digest, "brotli": bool(small)}
    return found | {f"{PAGE}/{LIST}": json.dumps(listed, separators=(",", ":")).encode()}


def _one_form(name: str, source: Path | bytes) -> tuple[bytes, bytes]:
    """A file, and its brotli form or nothing."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    return data, b"" if name in PLAIN else contents.brotli_of(name, source, data)


def about() -> dict[str, bytes]:
    """The distribution's own: metadata, command, licences."""
    papers = {name: (paths.ROOT / name).read_bytes() for name in packages.PAPERS} | licences.texts()
    lines = [
        "Metadata-Version: 2.4",
        "Name: onlooker",
        f"Version: {VERSION}",
        "Summary: Watches a webcam and names what it sees: COCO-SSD from Python, entirely in the browser",
        "License-Expression: Apache-2.0",
        *(f"License-File: {name}" for name in papers),
        "Requires-Python: >=3.11",
        *(f"Requires-Dist: {name}" for name in REQUIRED),
        "Description-Content-Type: text/markdown",
    ]
    return {
        **{f"{INFO}/licenses/{name}": text for name, text in papers.items()},
        f"{INFO}/METADATA": ("\n".join(lines) + "\n\n" + DESCRIPTION).encode(),
        f"{INFO}/WHEEL": packages.WHEEL_FILE.encode(),
        f"{INFO}/entry_points.txt": COMMAND.encode(),
    }
