"""The command line: names what is in photos, and draws it on copies of them.

python -m detector photo.jpg --out named.png --threshold 0.4
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageOps

from detector import load
from detector.errors import DetectorError, InputError
from detector.pillow.render import render
from detector.pipeline import Detector

# What only a command line has; the rest are settings (detector/settings.py), passed on if given.
OWN = ("photos", "out", "json", "provider")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit code: 0, or 1 with the reason on standard error."""
    options = vars(_parser().parse_args(arguments))
    settings = {name: value for name, value in options.items() if name not in OWN and value is not None}
    try:
        asyncio.run(
            _name_all(options["photos"], options["out"], options["json"], options["provider"], settings)
        )
    except DetectorError as error:
        print(f"python -m detector: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m detector", description="Names what is in photos.")
    parser.add_argument("photos", nargs="+", type=Path, metavar="photo")
    parser.add_argument(
        "--out",
        type=Path,
        help="draw what is found on a copy: a file, such as named.png; for several photos, a folder",
    )
    parser.add_argument("--json", action="store_true", help="one line of JSON for each photo")
    parser.add_argument("--model", help="a name from models/manifest.toml (coco-ssd-lite)")
    parser.add_argument("--provider", default="auto", help="auto or cpu, which here are the same")
    parser.add_argument("--threshold", help="the least score that counts, 0 to 1 (0.5)")
    parser.add_argument("--iou", help="boxes of one class that overlap by more are one object, 0 to 1 (0.6)")
    parser.add_argument("--max", help="at most this many objects in a photo, 1 to 200 (20)")
    parser.add_argument(
        "--classes", help='only these, as in "dog,cat"; with a "-" before it, never this (all)'
    )
    return parser


async def _name_all(
    photos: list[Path], out: Path | None, as_json: bool, provider: str, settings: dict[str, str]
) -> None:
    if out is not None and len(photos) > 1 and not out.is_dir():
        raise InputError(f"{out} is no folder.", "For several photos, --out must be one.")
    async with await load(provider=provider, **settings) as detector:
        for photo in photos:
            await _name(detector, photo, as_json)
            if out is not None:
                _draw(detector, photo, out / f"{photo.stem}.png" if out.is_dir() else out)


async def _name(detector: Detector, photo: Path, as_json: bool) -> None:
    detections = await detector.detect(photo)
    if as_json and detector.last is not None:
        print(json.dumps({"file": str(photo), **detector.last.detail("image")}))
        return
    for detection in detections:
        x, y, width, height = detection.box
        print(
            f"{photo}: {detection.label} {detection.score:.2f} at {x:.0f},{y:.0f}, {width:.0f}x{height:.0f}"
        )
    if not detections:
        print(f"{photo}: nothing found")


def _draw(detector: Detector, photo: Path, out: Path) -> None:
    detections = detector.last.detections if detector.last is not None else []
    # Upright, as the boxes are: phones lay photos on their side, and say so in EXIF.
    with Image.open(photo) as opened:
        picture = render(ImageOps.exif_transpose(opened), detections)
    try:
        picture.save(out)
    except (OSError, ValueError) as problem:
        raise InputError(
            f"{out} cannot be written: {problem}.", "Name a file such as named.png."
        ) from problem
