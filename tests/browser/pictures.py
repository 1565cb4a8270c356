"""Films for the fake camera and clips for the file input, made from photographs when the tests run."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from PIL import ExifTags, Image, ImageDraw


def load(source: Path | BinaryIO) -> Image.Image:
    """A picture in RGB, its file closed."""
    with Image.open(source) as picture:
        return picture.convert("RGB")


def write_mjpeg(path: Path, frames: Iterable[Image.Image]) -> None:
    """JPEGs one after another: what Chromium takes as a camera."""
    with path.open("wb") as file:
        for frame in frames:
            frame.convert("RGB").save(file, "JPEG", quality=90)


def pan_over(photo: Path, frames: int, size: tuple[int, int]) -> Iterator[Image.Image]:
    """The photograph, a little larger than the frame, moving left and right and back."""
    width, height = size
    picture = load(photo)
    scale = max(width * 1.2 / picture.width, height / picture.height)
    picture = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    room = picture.width - width
    for index in range(frames):
        x = round(room * abs(1 - 2 * index / frames))
        yield picture.crop((x, 0, x + width, height))


def scene(name: str, photo: Path, frames: int = 60) -> Iterator[Image.Image]:
    """Two seconds of the photograph, 640 x 480, in which nearly nothing happens.

    "still"; "flickers": its brightness goes up and down by 8%; "one corner": a small thing comes and goes;
    "creeps": it moves by a pixel in four frames, and back.
    """
    size = (640, 480)
    picture = load(photo).resize(size)
    for frame in range(frames):
        if name == "still":
            yield picture
        elif name == "flickers":
            gain = 1 + 0.04 * (frame % 5 - 2)
            yield picture.point([min(255, int(level * gain)) for level in range(256)] * 3)
        elif name == "one corner":
            changed = picture.copy()
            if frame // 10 % 2:
                ImageDraw.Draw(changed).rectangle((600, 440, 639, 479), fill=(30, 200, 60))
            yield changed
        elif name == "creeps":
            shift = abs(frames / 2 - frame) / 4
            yield picture.transform(size, Image.Transform.AFFINE, (1, 0, shift, 0, 1, 0))
        else:
            raise ValueError(f"There is no scene {name}.")


# By EXIF orientation: how a camera that was held so has stored what stands upright.
STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def turned_by_exif(photo: Path, path: Path, orientation: int = 6) -> Path:
    """The photograph stored on its side, with the EXIF orientation that puts it upright; of the path's kind."""
    picture = load(photo)
    if orientation in STORED:
        picture = picture.transpose(STORED[orientation])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    quality = {} if path.suffix == ".png" else {"quality": 95}
    picture.save(path, exif=exif, **quality)
    return path
