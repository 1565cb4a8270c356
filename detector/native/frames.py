"""What may be a frame in CPython, and how it becomes the network's input.

A frame is a Pillow image, a numpy array (uint8, height x width x 3 or 4, RGB or RGBA), or the path of a
picture. A picture that says how it is to be turned (EXIF, as phones write it) is turned so first, as in
a browser; width, height and boxes are those of the upright picture.
"""

import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from detector.errors import InputError, MediaError
from detector.pillow import MOST_PIXELS
from detector.vision.regions import WHOLE, Region

# Photographs, and what screens are saved as. Others stay closed: for some Pillow starts another program (EPS).
FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "MPO", "PNG", "PPM", "TIFF", "WEBP")
_FRAMES = "a Pillow image, a numpy array (uint8, height x width x 3 or 4) or a path"
READABLE = "Try a JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP picture."
HEIC = (".heic", ".heif")
AS_JPEG = "Save it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible) and try again."
# EXIF's orientations that lay a picture on its side.
_SIDEWAYS = (5, 6, 7, 8)


def size_of(frame: object) -> tuple[int, int]:
    """(width, height) of a frame in pixels, upright. InputError, MediaError where it is none."""
    image = _image(frame)
    width, height = image.size
    return (height, width) if image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS else (width, height)


def rgba(frame: object, size: int, region: Region = WHOLE) -> NDArray[np.uint8]:
    """The frame, or a region of it, stretched to size x size, as uint8 [1, size, size, 4]. InputError, MediaError.

    Transparent parts are black, as on the page's canvas.
    """
    upright = ImageOps.exif_transpose(_image(frame))
    if region != WHOLE:
        left, right = round(region.x0 * upright.width), round(region.x1 * upright.width)
        top, bottom = round(region.y0 * upright.height), round(region.y1 * upright.height)
        upright = upright.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    return np.asarray(_scaled(_opaque(upright), size))[None]


def _image(frame: object) -> Image.Image:
    if isinstance(frame, str | Path):
        return opened(Path(frame), Path(frame).name)
    if isinstance(frame, np.ndarray):
        if frame.ndim != 3 or frame.shape[2] not in (3, 4) or frame.dtype != np.uint8:
            raise InputError(
                f"An array of {frame.dtype} {list(frame.shape)} is no frame.",
                "Give uint8, height x width x 3 (RGB) or 4 (RGBA).",
            )
        # Pillow can't make an image of an array without pixels.
        image = Image.fromarray(frame) if frame.size else Image.new("RGB", (frame.shape[1], frame.shape[0]))
    elif isinstance(frame, Image.Image):
        image = frame
    else:
        raise InputError(f"{type(frame).__name__} is no frame.", f"Give {_FRAMES}.")
    if not image.width or not image.height:
        raise InputError(f"A frame of {image.width}x{image.height} has no pixels.")
    return image


def opened(source: Path | BinaryIO, name: str) -> Image.Image:
    """The picture in a file, read whole, so that the file is closed again. name: what to call it in errors.

    Its size is looked at before a pixel is read; of an animation it is the first frame. Raises MediaError.
    """
    Image.init()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is odd or large is read, or refused below
            with Image.open(source, formats=[kind for kind in FORMATS if kind in Image.OPEN]) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                image.load()
                image.getexif()
                return image
    except FileNotFoundError as problem:
        raise MediaError(f"There is no picture {source}.", "Check its name.") from problem
    except UnidentifiedImageError as problem:
        if name.lower().endswith(HEIC):
            raise MediaError(f"{name} is a HEIC photo, which cannot be read here.", AS_JPEG) from problem
        raise MediaError(f"{name} is no picture that can be read here.", READABLE) from problem
    except Image.DecompressionBombError as problem:
        hint = f"Make it smaller: up to {MOST_PIXELS // 10**6} megapixels fit."
        raise MediaError(f"{name} has too many pixels to be opened.", hint) from problem
    except Exception as problem:  # a decoder raises anything at what was made to break it
        raise MediaError(f"{name} cannot be read as a picture: {problem}.", READABLE) from problem


def _opaque(image: Image.Image) -> Image.Image:
    """As RGBA on black. InputError for numbers that are no brightness, such as heights."""
    if image.mode.startswith("I;16"):  # a 16-bit grey PNG, which a browser shows by its upper byte
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise InputError(
            f"A picture of mode {image.mode} holds numbers of no known range.", "Convert it to RGB."
        )
    black = Image.new("RGBA", image.size, (0, 0, 0, 255))
    return Image.alpha_composite(black, image.convert("RGBA"))


def _scaled(image: Image.Image, size: int) -> Image.Image:
    """Stretched to size x size, as near to what a browser's canvas makes of it as Pillow comes.

    Chromium halves a picture while both its sides are at least twice too long, then mixes the four nearest
    pixels. Pillow's own resize mixes all that a pixel covers. Measured on 17 pictures: the mean difference
    from the canvas is 0.0 to 1.5 of 255, against 0.8 to 8.7 for resize with BILINEAR.
    """
    halvings = max(0, (min(image.size) // size).bit_length() - 1)
    if halvings:
        image = image.reduce(2**halvings)
    step_x, step_y = image.width / size, image.height / size
    return image.transform(
        (size, size), Image.Transform.AFFINE, (step_x, 0, 0, 0, step_y, 0), Image.Resampling.BILINEAR
    )
