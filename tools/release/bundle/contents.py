"""What is in the bundle: the files of the page, the files made for it alone, their compressed forms, and papers."""

import json
import textwrap
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path

from detector.version import VERSION
from tools.common import paths, progress
from tools.release.bundle import licences
from tools.serve import content, precompressed
from tools.serve import generated as made_for_page
from tools.serve.onlooker import embedding
from tools.serve.onlooker.server import CONTENT_SECURITY_POLICY

TEMPLATE = Path(__file__).with_name("README.txt")

# What a host may leave away: for what, and the files.
PARTS = {
    "Pyodide, for the studio and ?python=pyodide": ("vendor/pyodide/*", "studio.toml*"),
    "WebGPU": ("vendor/ort/*jspi*", "vendor/ort/*asyncify*", "vendor/ort/ort.webgpu.*"),
    "WebGL, whose model comes in a zip of its own": ("vendor/ort/ort.webgl.*",),
    "the sample pictures": ("vendor/samples/*",),
    "languages other than English": ("web/languages/*",),
    "what PyScript pages of your own need, and examples": (
        "packages/*",
        "examples/*",
        "web/frames.js",
        "web/pyscript.js",
    ),
}
WEBGL = ("models/*.heads.*",)
NOT_AT_FIRST = ("vendor/icons/*", "vendor/noble-hashes/*", "vendor/*/LICENSE*")  # and nothing of PARTS

# GitHub Pages would leave out all that begins with "_", such as __init__.py.
FOR_HOSTS = {".nojekyll": b"", embedding.NAME: embedding.listed()}

# MicroPython has all of these in detector.json; only ?python=pyodide asks for them one by one, beside 9 MB.
SELDOM = ("detector/browser/*",)
WORTHWHILE = 0.9  # of the size: what shrinks less takes more room in the zip than it spares anybody
WORKERS = 2  # zlib and brotli let other threads run while they work

Files = dict[str, bytes]


def everything() -> Files:
    """All files of the bundle, by name, but for the list of their checksums."""
    found: Files = {}
    with ThreadPoolExecutor(WORKERS) as pool:
        for forms in pool.map(with_forms, *zip(*page().items(), strict=True)):
            found |= forms
    return found | papers(found)


def page() -> dict[str, Path | bytes]:
    """All that the page may fetch, by name."""
    served = content.listing(paths.ROOT)
    for name in [*references(), *(name for name in served if matches(name, WEBGL))]:
        del served[name]
    return {**served, **generated(served)}


def webgl(served: Mapping[str, Path]) -> Files:
    """What WebGL alone needs, which few choose: floats, which nothing makes smaller. It comes in a zip of its own."""
    return {name: path.read_bytes() for name, path in served.items() if matches(name, WEBGL)}


def references() -> list[str]:
    """Models that are served here for those who compare, and that the page never asks for."""
    models = json.loads((paths.MODELS / "manifest.json").read_text("utf-8"))["model"]
    return [
        f"models/{entry['file']}"
        for entry in models
        if (entry["form"], entry["weights"]) == ("full", "float32")
    ]


def generated(served: Mapping[str, Path]) -> Files:
    """Files of the page that are made for the bundle from the others, `served`. They get their compressed forms too."""
    return {name: maker(paths.ROOT) for name, maker in made_for_page.MAKERS.items()}


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Is `name` one of those that `patterns` mean?"""
    return any(fnmatch(name, pattern) for pattern in patterns)


def with_forms(name: str, source: Path | bytes) -> Files:
    """A file and, where it is worth it, its brotli form, by name."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    small = brotli_of(name, source, data)
    return {name: data, f"{name}.br": small} if small else {name: data}


def brotli_of(name: str, source: Path | bytes, data: bytes) -> bytes:
    """The brotli form of a file, or nothing where it is not worth it. Set-up's, where there is one: that is slow."""
    import brotli  # only in .venv

    if len(data) < precompressed.LEAST or Path(name).suffix in precompressed.ALREADY_SMALL:
        return b""
    if matches(name, SELDOM):
        return b""
    quality = 11 if len(data) < precompressed.SMALL else precompressed.OTHERS_LARGE
    small = precompressed.made(source) if isinstance(source, Path) else None
    small = small or bytes(brotli.compress(data, quality=quality))
    return small if len(small) < len(data) * WORTHWHILE else b""


def papers(found: Mapping[str, bytes]) -> Files:
    """What is there for people and hosts: how to serve it, and whose it is. `found` is the page."""
    own = {name: (paths.ROOT / name).read_bytes() for name in ("LICENSE", "NOTICE")}
    return {"README.txt": readme(found).encode(), **own, **licences.texts(), **FOR_HOSTS}


def readme(found: Mapping[str, bytes]) -> str:
    """README.txt, with the figures of these files."""
    plain = {name: len(data) for name, data in found.items() if Path(name).suffix != ".br"}
    later = [pattern for patterns in (*PARTS.values(), NOT_AT_FIRST) for pattern in patterns]
    first = [name for name in plain if not matches(name, later)]
    parts = []
    for title, patterns in PARTS.items():
        size = sum(len(data) for name, data in found.items() if matches(name, patterns))
        parts.append(f"    {title}: {progress.readable(size)}\n        {' '.join(patterns)}\n")
    policy = CONTENT_SECURITY_POLICY.replace("; ", ";\n")
    return (TEMPLATE.read_text("utf-8")).format(
        version=VERSION,
        rule="=" * len(f"Onlooker {VERSION}"),
        policy=textwrap.indent(policy, " " * 24),
        first=progress.readable(sum(plain[name] for name in first)),
        first_small=progress.readable(sum(len(found.get(f"{name}.br", found[name])) for name in first)),
        parts="".join(parts),
    )
