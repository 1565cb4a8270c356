"""What is in onlooker.html: the files that the page may ask for with one thread, one provider, and no studio."""

import json
from collections.abc import Iterable
from fnmatch import fnmatch

from detector.settings import Settings
from tools.common import paths
from tools.release.bundle import licences
from tools.serve import content, generated, modules

LICENCES = "licences.txt"
MODEL = Settings().model
FORMS = (("full", "int8"), ("tail", "float32"))  # the network, and what wakes a runtime

WANTED = (
    "models/check.jpg",
    "vendor/micropython/*",
    "vendor/noble-hashes/*",
    "vendor/ort/ort.wasm.min.mjs",
    "vendor/ort/ort-wasm-simd-threaded.mjs",
    "vendor/ort/ort-wasm-simd-threaded.wasm",
    # The network as set-up has opened it, for one thread; without these it is opened as any other.
    "vendor/ort/snapshots.json",
    "vendor/ort/start-*.wasm",
    "vendor/ort/*-1.memory",
    "vendor/pyscript/core*.js",
    "vendor/pyscript/error-*.js",
    "vendor/samples/*",
    "web/*.js",
    "web/languages/*",
)
LEFT_OUT = (
    "*/LICENSE",  # all of them are in licences.txt
    "web/sw.js",
    "web/studio.js",
    "web/unserved.js",
    # For pages of others, and for WebGPU.
    "web/embed.js",
    "web/frames.js",
    "web/pyscript.js",
    "web/candidates.js",
    "web/planes.js",
)


def everything() -> dict[str, bytes]:
    """All files by name. Raises `SetupError` where a licence is missing, `OSError` where one of the page's own is."""
    served = content.listing(paths.ROOT)
    names = [name for name in served if _matches(name, WANTED) and not _matches(name, LEFT_OUT)]
    names += modules.fetched(paths.ROOT)
    found = {name: served[name].read_bytes() for name in names}
    found["detector.json"] = generated.sources(paths.ROOT)
    found |= models()
    return {**found, LICENCES: terms(found).encode()}


def models() -> dict[str, bytes]:
    """The list of models with one model in it, and that model's files."""
    manifest = json.loads((paths.MODELS / "manifest.json").read_text("utf-8"))
    manifest["model"] = [
        entry
        for entry in manifest["model"]
        if entry["name"] == MODEL and (entry["form"], entry["weights"]) in FORMS
    ]
    found = {
        f"models/{entry['file']}": (paths.MODELS / entry["file"]).read_bytes() for entry in manifest["model"]
    }
    return {**found, "models/manifest.json": json.dumps(manifest, separators=(",", ":")).encode()}


def terms(names: Iterable[str]) -> str:
    """The terms of Onlooker and of all works by others that have a file among `names`."""
    texts = licences.texts()
    names = list(names)
    works = [work for work in licences.WORKS if any(name.startswith(work.where) for name in names)]
    own = [(name, (paths.ROOT / name).read_text("utf-8")) for name in ("LICENSE", "NOTICE")]
    others = [
        (f"{work.name} ({work.licence}), {work.source}", texts[work.file].decode("utf-8")) for work in works
    ]
    head = ["Onlooker is under the Apache License 2.0. In this file are these works of others:", ""]
    head += [f"  {work.name} ({work.licence})" for work in works]
    return "\n".join(head) + "\n\n" + licences.join(iter(own + others))


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)
