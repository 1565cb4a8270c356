"""The converter: COCO-SSD's TensorFlow.js weights in, ONNX files for onnxruntime out.

    graphdef.py      reads model.json and its shards
    network.py       translates TensorFlow's operations; convolution.py is what most of them end up in
    tail.py          sigmoid, box decode and top-k, at the end of the graph
    quantize.py      few bits for each weight
    coarse.py        fewer, chosen by what they do to the result
    onnxgraph.py     a list of operations becomes a checked ONNX model
    forms.py         which files there are, and what each holds
    expected.py      what the network finds in the known picture
    manifest.py      models/manifest.toml

Written from TensorFlow's and ONNX's descriptions of their operations; TensorFlow isn't needed. The same
source gives the same bytes, on every machine.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from detector.errors import DetectorError
from detector.labels import COCO_LABELS
from tools.common import files, paths
from tools.model.build import INTEGRITY, PACKAGE, VERSION

from . import coarse
from .forms import Form, build_forms
from .graphdef import parse_graphdef, read_files
from .manifest import NAME, model_entry, read_manifest, sha256, verify_files, write_toml

__all__ = ["MODEL", "TINY", "convert", "main"]

MODEL, TINY = "coco-ssd-lite", "coco-ssd-tiny"
CHECK_PICTURE = "check.jpg"
COARSE = paths.MODELS / coarse.NAME


def convert(source_dir: Path, models_dir: Path, *, update: bool = False) -> None:
    """Convert the model in `source_dir` to `models_dir`/*.onnx, and write manifest.json for the page.

    Source and result must be what `models_dir`/manifest.toml says, by sha256: else ModelHashError, which
    names both hashes, and nothing is written. With `update` the manifest is written anew instead; what it
    expects to be found in the known picture comes from `models_dir`/check.jpg. Raises ModelNotFoundError
    for a missing file, ModelFormatError for a graph that isn't understood, naming op and node.
    """
    source = read_files(source_dir)
    if not update:
        manifest = read_manifest(models_dir)
        verify_files(source, manifest["source"]["files"])
    class_ids = tuple(class_id for class_id, _ in COCO_LABELS)
    forms = build_forms(parse_graphdef(source), MODEL, TINY, coarse.read(COARSE), class_ids)
    made = {form.file: form.model.SerializeToString(deterministic=True) for form in forms}
    if update:
        manifest = _new_manifest(source, forms, made, models_dir / CHECK_PICTURE)
        files.write(models_dir / NAME, write_toml(manifest).encode())
    else:
        verify_files(made, {entry["file"]: entry["sha256"] for entry in manifest["model"]})
    for name, content in made.items():
        files.write(models_dir / name, content)
    files.write(models_dir / "manifest.json", json.dumps(manifest, separators=(",", ":")).encode())


def _new_manifest(
    source: dict[str, bytes], forms: list[Form], made: dict[str, bytes], picture: Path
) -> dict[str, object]:
    from .expected import expected_detections  # runs the network, which nothing else here does

    return {
        "source": {
            "package": PACKAGE,
            "version": VERSION,
            "integrity": INTEGRITY,
            "licence": "Apache-2.0",
            "files": {name: sha256(content) for name, content in source.items()},
        },
        "labels": {str(class_id): name for class_id, name in COCO_LABELS},
        "model": [model_entry(form, made[form.file]) for form in forms],
        "check": expected_detections(made[forms[0].file], picture),
    }


def main(arguments: Sequence[str]) -> int:
    """The command line: `python -m tools.model.convert SOURCE_DIR MODELS_DIR [--update]`."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.model.convert", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("source_dir", type=Path, help="the folder with model.json and its shards")
    parser.add_argument(
        "models_dir", type=Path, help="the folder with manifest.toml, where the .onnx files go"
    )
    parser.add_argument(
        "--update", action="store_true", help="write manifest.toml anew instead of obeying it"
    )
    chosen = parser.parse_args(arguments)
    try:
        convert(chosen.source_dir, chosen.models_dir, update=chosen.update)
    except DetectorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
