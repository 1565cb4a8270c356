"""`python3 -m tools evaluate FOLDER [MODEL...]`: how well models find what is in photographs with COCO's annotations.

coco.py      the photographs, and the average precision
network.py   what a model finds, and how far that is from float32's
steps.py     with --steps: the tiny model's making, step by step
merging.py   with --looks: other ways to cut a picture into parts, and to merge what they show
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detector.errors import DetectorError, ModelNotFoundError
from detector.vision.regions import LOOKS
from tools.common import files, paths, progress
from tools.setup import python_env
from tools.setup import steps as setup

if TYPE_CHECKING:
    from .coco import Photographs

REFERENCE = "coco-ssd-lite:float32"
# What is evaluated where no model is named.
MODELS = (REFERENCE, "coco-ssd-lite", "coco-ssd-tiny")
THRESHOLDS = (0.4, 0.5, 0.6)  # of the scores that are shown: the default, and beside it
WINDOW = 24  # bits, of brotli's
LARGE = 10_000_000  # bytes: floats, which brotli's best quality makes no smaller, but takes a minute for


def run(arguments: Sequence[str]) -> int:
    """The command: one line for each model; `--json FILE` keeps the figures."""
    parser = argparse.ArgumentParser(prog="python3 -m tools evaluate", description=__doc__)
    parser.add_argument("folder", type=Path, help="annotations.json in COCO's format, and images/")
    parser.add_argument("models", nargs="*", metavar="model", help="NAME, NAME:float32, or an .onnx file")
    parser.add_argument("--steps", action="store_true", help="also how coco-ssd-tiny is made, step by step")
    parser.add_argument(
        "--looks", action="store_true", help="also what looking closer finds (docs/accuracy.md)"
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    chosen = parser.parse_args(arguments)
    try:
        figures = evaluate(chosen.folder, chosen.models or MODELS, steps=chosen.steps, looks=chosen.looks)
    except DetectorError as error:
        raise progress.SetupError(f"The evaluation failed. {error}") from error
    if chosen.json:
        files.write(chosen.json, (json.dumps(figures, indent=1) + "\n").encode())
    return 0


def evaluate(
    folder: Path, models: Sequence[str], *, steps: bool = False, looks: bool = False
) -> dict[str, Any]:
    """The figures of all models, printed as they come. Raises SetupError, DetectorError."""
    python_env.install(python_env.EVALUATE, "Python packages for the evaluation")
    python_env.install(python_env.NATIVE, "Python packages for the network in CPython")
    setup.models()

    from .coco import Photographs, average_precision
    from .network import candidates, drift

    photographs = Photographs.read(folder)
    reference = candidates(content_of(REFERENCE), photographs.pixels)
    rows: list[dict[str, Any]] = []
    print(f"{len(photographs.entries)} photographs\n   AP  AP50  drift    IoU   brotli  model", flush=True)
    for name, content in contents(models, steps=steps):
        found = candidates(content, photographs.pixels)
        row = {"model": name, "bytes": len(content), "brotli": brotli_size(content)}
        row |= average_precision(photographs, found) | {"drift": drift(reference, found)}
        rows.append(row)
        print(line(row), flush=True)
    figures = {"photographs": len(photographs.entries), "reference": REFERENCE, "models": rounded(rows)}
    if looks:
        figures["looks"] = rounded(list(looked(photographs, models)))
        from .merging import merged

        figures["merging"] = rounded(list(merged(photographs, content_of("coco-ssd-lite"))))
    return figures


def looked(photographs: Photographs, models: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The figures of each model at each look, printed as they come."""
    from .coco import average_precision, f1
    from .network import closer

    print(
        "   AP  AP50  small medium  large   ms  F1 at " + ", ".join(map(str, THRESHOLDS)) + "  look",
        flush=True,
    )
    for name, content in contents(models, steps=False):
        for look in LOOKS:
            found, ms = closer(content, (photographs.parts(entry, look) for entry in photographs.entries))
            row = {"model": name, "look": look, "ms": ms} | average_precision(photographs, found)
            shown = {str(threshold): f1(photographs, found, threshold) for threshold in THRESHOLDS}
            row["f1"] = shown
            sizes = f"{row['small']:6.1f} {row['medium']:6.1f} {row['large']:6.1f}"
            scores = " ".join(f"{score:4.1f}" for score in shown.values())
            print(
                f"{row['ap']:5.1f} {row['ap50']:5.1f} {sizes} {ms:4.0f}  {scores}  {look}, {name}", flush=True
            )
            yield row


def contents(names: Sequence[str], *, steps: bool) -> Iterator[tuple[str, bytes]]:
    """(name, file) of each model to evaluate."""
    for name in names:
        yield name, content_of(name)
    if steps:
        from .steps import variants

        yield from variants()


def content_of(name: str) -> bytes:
    """A model's file: NAME or NAME:WEIGHTS of the manifest, its sha256 verified, or any file's path.

    Raises ModelNotFoundError, ModelHashError.
    """
    from detector.native.session import load_manifest, read_model

    if name.endswith(".onnx"):
        try:
            return Path(name).read_bytes()
        except OSError as error:
            raise ModelNotFoundError(f"{name} cannot be read: {error}.", "Name an .onnx file.") from error
    known, _, weights = name.partition(":")
    return read_model(paths.MODELS, load_manifest(paths.MODELS).model(known, weights=weights or "int8"))


def brotli_size(content: bytes) -> int:
    """Bytes on the wire."""
    import brotli

    return len(brotli.compress(content, quality=11 if len(content) < LARGE else 9, lgwin=WINDOW))


def line(row: dict[str, Any]) -> str:
    """A model's figures as one line."""
    return (
        f"{row['ap']:5.1f} {row['ap50']:5.1f} {row['drift']['score']:6.4f} {row['drift']['iou']:6.4f} "
        f"{row['brotli'] / 1e6:5.2f} MB  {row['model']}"
    )


def rounded(value: Any) -> Any:
    """Floats with four digits after the point, wherever they are."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value
