"""The command line: names what is in photos, and draws it on copies of them.

    python -m detector photo.jpg --draw named.png --threshold 0.4
    python -m detector holiday/ --json
    cat photo.jpg | python -m detector -

It ends like grep, so that scripts can ask: EXITS says with what.
"""

import argparse
import asyncio
import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageOps

from detector import load
from detector.errors import DetectorError, InputError, MediaError, ModelError, ProviderError, SettingError
from detector.native.frames import opened
from detector.pillow.render import render
from detector.pipeline import Detector

FOUND, NOTHING, USAGE, UNREADABLE, UNWRITABLE, UNAVAILABLE = range(6)
INTERRUPTED, CUT_OFF = 130, 141  # as shells say it: 128 and the signal's number
EXITS = """exit codes:
  0  something was found
  1  nothing was found in any photo
  2  the command or a setting is wrong
  3  a photo is missing or cannot be read; all others were looked at
  4  a picture cannot be written
  5  the model, or what runs it, is missing
"""

# What only a command line has; the rest are settings (detector/settings.py), passed on if given.
OWN = ("photos", "draw", "json", "provider", "models")
STDIN = "-"
PICTURES = (".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


class Photo(NamedTuple):
    """One picture: what to call it, and where it is; None for standard input."""

    name: str
    path: Path | None


class WriteError(DetectorError):
    """A picture with boxes cannot be written."""

    code = "write"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit code, one of EXITS, with the reason on standard error."""
    options = vars(_parser().parse_args(arguments))
    settings = {name: value for name, value in options.items() if name not in OWN and value is not None}
    try:
        return asyncio.run(_run(options, settings))
    except DetectorError as error:
        _tell(error)
        return _exit_code(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `| head` has seen enough; Python would complain once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CUT_OFF


def _tell(error: DetectorError) -> None:
    print(f"python -m detector: {error}", file=sys.stderr)


def _exit_code(error: DetectorError) -> int:
    if isinstance(error, WriteError):
        return UNWRITABLE
    if isinstance(error, ModelError | ProviderError):
        return UNAVAILABLE
    return USAGE if isinstance(error, SettingError) else UNREADABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m detector",
        description="Names what is in photos.",
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "photos", nargs="+", metavar="photo", help='a file; a folder, with those below; "-": standard input'
    )
    parser.add_argument(
        "--draw",
        type=Path,
        metavar="OUT",
        help="draw what is found on a copy: a file, such as named.png; for several photos, a folder",
    )
    parser.add_argument("--json", action="store_true", help="one line of JSON for each photo")
    parser.add_argument(
        "--models",
        metavar="FOLDER",
        default="",
        help="where the models are: models/ of an unpacked bundle (ONLOOKER_MODELS)",
    )
    parser.add_argument("--model", help="a model's name (coco-ssd-lite)")
    parser.add_argument("--provider", default="auto", help="auto or cpu, which here are the same")
    parser.add_argument("--threshold", help="the least score that counts, 0 to 1 (0.5)")
    parser.add_argument("--iou", help="boxes of one class that overlap by more are one object, 0 to 1 (0.6)")
    parser.add_argument("--max", help="at most this many objects in a photo, 1 to 200 (20)")
    parser.add_argument(
        "--classes", help='only these, as in "dog,cat"; with a "-" before it, never this (all)'
    )
    return parser


async def _run(options: dict[str, object], settings: dict[str, str]) -> int:
    named = options["photos"]
    draw = options["draw"]
    assert isinstance(named, list) and (draw is None or isinstance(draw, Path))
    if named.count(STDIN) > 1:
        raise SettingError('"-" stands for standard input, which can be read once.')
    found, unreadable = 0, 0
    async with await load(
        provider=str(options["provider"]), assets=str(options["models"]), **settings
    ) as detector:
        targets = None if draw is None else Targets(draw, len(named) > 1 or Path(named[0]).is_dir())
        for one in named:
            try:
                for photo in _photos(one):
                    try:
                        found += await _name(detector, photo, bool(options["json"]), targets)
                    except (InputError, MediaError) as error:
                        _tell(error)
                        unreadable += 1
            except MediaError as error:
                _tell(error)
                unreadable += 1
    if unreadable:
        return UNREADABLE
    return FOUND if found else NOTHING


def _photos(named: str) -> Iterator[Photo]:
    """The pictures that an argument means, those of a folder in order. Raises MediaError where it means none."""
    path = Path(named)
    if named == STDIN:
        yield Photo(named, None)
    elif not path.is_dir():
        yield Photo(named, path)
    else:
        inside = sorted(one for one in path.rglob("*") if one.suffix.lower() in PICTURES and one.is_file())
        if not inside:
            raise MediaError(f"There are no pictures in {named}.", f"Those end with {', '.join(PICTURES)}.")
        for one in inside:
            yield Photo(str(one), one)


async def _name(detector: Detector, photo: Photo, as_json: bool, targets: "Targets | None") -> int:
    """Print, and draw, what is in one photo; give how much that is."""
    picture = _read(photo)
    detections = await detector.detect(picture)
    if as_json and detector.last is not None:
        print(json.dumps({"file": photo.name, **detector.last.detail("image")}), flush=True)
    else:
        for detection in detections:
            x, y, width, height = detection.box
            place = f"{x:.0f},{y:.0f}, {width:.0f}x{height:.0f}"
            print(f"{photo.name}: {detection.label} {detection.score:.2f} at {place}", flush=True)
        if not detections:
            print(f"{photo.name}: nothing found", flush=True)
    if targets is not None:
        targets.save(render(picture, detections), photo)
    return len(detections)


def _read(photo: Photo) -> Image.Image:
    """The picture, upright, as its boxes are: phones lay photos on their side, and say so in EXIF."""
    if photo.path is not None:
        picture = opened(photo.path, photo.name)
    else:
        content = sys.stdin.buffer.read()
        if not content:
            raise MediaError("There is nothing on standard input.", "Send it a picture: … < photo.jpg.")
        picture = opened(io.BytesIO(content), "standard input")
    return ImageOps.exif_transpose(picture)


class Targets:
    """Where pictures with boxes go: one file, or a folder, which is made where it is not there."""

    def __init__(self, out: Path, many: bool) -> None:
        """Raises SettingError where several pictures would go into one file."""
        if many and out.exists() and not out.is_dir():
            raise SettingError(f"{out} is no folder.", "For several photos, --draw must name one.")
        self._out = out
        self._taken: set[Path] = set()
        try:
            if many:
                out.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise WriteError(f"The folder {out} cannot be made: {problem.strerror}.") from problem

    def save(self, picture: Image.Image, photo: Photo) -> None:
        """Write the picture that was made of a photo. Raises WriteError."""
        path = self._path(photo) if self._out.is_dir() else self._out
        try:
            picture.save(path)
        except (OSError, ValueError) as problem:
            raise WriteError(
                f"{path} cannot be written: {problem}.", "Name a file such as named.png."
            ) from problem

    def _path(self, photo: Photo) -> Path:
        stem = "stdin" if photo.path is None else photo.path.stem
        number, path = 1, self._out / f"{stem}.png"
        while path in self._taken:  # photos of one name, from several folders
            number += 1
            path = self._out / f"{stem}-{number}.png"
        self._taken.add(path)
        return path
