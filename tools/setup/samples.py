"""The page's sample pictures, and the known picture that every provider is checked with.

`vendor/samples/NAME.jpg` and `samples.json`, a list of `{"file", "title", "credit", "licence"}`, for the
page; `models/check.jpg`, 300x300, whose detections `models/manifest.toml` knows.
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path

from tools.common import files, paths, progress, stamps
from tools.setup import photos

LONGEST_SIDE = 1024  # pixels; the network sees 300
CHECK_PHOTO = "coffee"
CHECK_SIZE = (300, 300)  # the network's input: the check needs no scaling in the browser


@dataclass(frozen=True)
class Sample:
    """A photograph of `photos.PHOTOS` that may be shown to everybody, with what the page says about it."""

    name: str
    title: str
    credit: str


SAMPLES = [
    Sample("coffee", "Coffee on a wooden table", "Rachel Michetti, Pikolo Espresso Bar"),
    Sample("chelsea", "Chelsea the cat", "Stéfan van der Walt"),
    Sample("astronaut", "Astronaut Eileen Collins", "NASA"),
    Sample("photographer", "A photographer at work", "Lav Varshney"),
]


def ensure() -> None:
    """Make the samples and the check picture."""
    stamp = stamps.Stamp("samples", [Path(__file__), Path(photos.__file__)])
    stamps.run_once(stamp, "sample pictures", _make)


def _make(step: progress.Step) -> list[Path]:
    names = tuple(sample.name for sample in SAMPLES)
    originals = photos.fetch_photos(paths.PHOTOS, names)
    made = [
        files.write(paths.SAMPLES / f"{path.stem}.jpg", jpeg(path, quality=85, longest=LONGEST_SIDE))
        for path in originals
    ]
    licences = {photo.name: photo.licence for photo in photos.PHOTOS}
    listing = [
        {
            "file": f"{sample.name}.jpg",
            "title": sample.title,
            "credit": sample.credit,
            "licence": licences[sample.name],
        }
        for sample in SAMPLES
    ]
    made.append(files.write(paths.SAMPLES / "samples.json", json.dumps(listing, indent=1).encode()))
    check = next(path for path in originals if path.stem == CHECK_PHOTO)
    made.append(files.write(paths.MODELS / "check.jpg", jpeg(check, quality=90, size=CHECK_SIZE)))
    for path in made:
        step.add(path)
    return made


def jpeg(source: Path, *, quality: int, longest: int = 0, size: tuple[int, int] | None = None) -> bytes:
    """A photograph as JPEG: scaled down to `longest` pixels on its longer side, or to exactly `size`."""
    from PIL import Image  # only in .venv

    with Image.open(source) as opened:
        picture = opened.convert("RGB")
    if size:
        picture = picture.resize(size, Image.Resampling.BILINEAR)
    elif longest:
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()
