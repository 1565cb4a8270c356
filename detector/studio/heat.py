"""Where objects were: a translucent map of colours over the last picture, with its legend."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance

from detector.errors import InputError
from detector.pillow.render import font
from detector.studio.colours import scale
from detector.studio.paper import Line, as_file, picture_of, write

Map = NDArray[np.float32]

PAPER, INK, QUIET = "#16181d", "#ffffff", "#b9bfcc"
COLOUR_LEFT = 0.35  # of the picture's own: the map's colours are to be told from it
LEAST = 0.04  # of the peak: what is less stays the picture
OPACITY = (0.35, 0.7)  # where it is least, and at the peak
NARROWEST = 480  # pixels, of the picture; its legend is laid out in units of which there are so many across


def heat(
    pixels: bytes,
    width: int,
    height: int,
    grids: Mapping[str, str],
    columns: int,
    rows: int,
    pictures: int,
    mirror: bool,
    words: Mapping[str, Line],
) -> dict[str, object]:
    """The map as a PNG: {"type", "content"}.

    pixels, width, height: the last picture, as for `save.save`. grids: of each class to show, Heat's `packed`,
    rows x columns. pictures: how many were summed up. mirror: mirror picture and map. words: "title", "about" and
    "unit" of the legend, for a picture of NARROWEST or what wider one it is. Raises InputError.
    """
    picture = picture_of(pixels, width, height).convert("RGB")
    values = softened(sum_of(grids, columns, rows) / np.float32(max(pictures, 1)))
    peak = float(values.max(initial=0.0))
    if peak <= 0:
        raise InputError("Nothing of this was seen yet.", "Choose another kind of thing, or wait for one.")
    drawn = painted(picture, values / peak)
    if mirror:
        drawn = drawn.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if drawn.width < NARROWEST:
        size = (NARROWEST, round(drawn.height * NARROWEST / drawn.width))
        drawn = drawn.resize(size, Image.Resampling.BICUBIC)
    return as_file(_with_legend(drawn, peak, words), "image/png")


def sum_of(grids: Mapping[str, str], columns: int, rows: int) -> Map:
    """rows x columns: the scores of all boxes over each cell, of all these classes together."""
    differences = np.zeros((rows + 1, columns + 1))
    for text in grids.values():
        differences += np.frombuffer(bytes.fromhex(text), "<f4").reshape(differences.shape)
    cells = differences.cumsum(axis=0).cumsum(axis=1)[:rows, :columns]
    return np.asarray(np.maximum(cells, 0.0), np.float32)  # rounding may leave less than nothing


def softened(values: Map) -> Map:
    """Edges of boxes are not known to the cell: each becomes a mean of those around it, the near ones counting most."""
    near = np.array([1, 4, 6, 4, 1], np.float32) / 16
    for axis in (0, 1):
        width = [(2, 2) if each == axis else (0, 0) for each in (0, 1)]
        wide = np.lib.stride_tricks.sliding_window_view(np.pad(values, width, "edge"), 5, axis=axis)
        values = np.asarray(wide @ near)
    return values


def painted(picture: Image.Image, shares: Map) -> Image.Image:
    """The picture under the map. shares: of the peak, 0 to 1; any number of rows and columns."""
    large = Image.fromarray(shares).resize(picture.size, Image.Resampling.BICUBIC)
    share = np.clip(np.asarray(large), 0.0, 1.0)
    least, most = OPACITY
    # It fades in up to twice the least share, so that it has no edge.
    cover = np.clip(share / LEAST - 1.0, 0.0, 1.0) * (least + (most - least) * share)
    colours = Image.fromarray(scale()[np.round(255 * share).astype(np.uint8)])
    ground = ImageEnhance.Color(picture).enhance(COLOUR_LEFT)
    return Image.composite(colours, ground, Image.fromarray(np.round(255 * cover).astype(np.uint8)))


def _with_legend(picture: Image.Image, peak: float, words: Mapping[str, Line]) -> Image.Image:
    """A band below: what it shows at the left, the scale with its values at the right."""
    unit = picture.width / NARROWEST

    def at(units: float) -> int:
        return round(units * unit)

    top = picture.height
    page = Image.new("RGB", (picture.width, top + at(84)), PAPER)
    page.paste(picture, (0, 0))
    write(page, words["title"], at(16), top + at(14), INK)
    write(page, words["about"], at(16), top + at(44), QUIET)
    left, long = at(232), at(232)
    page.paste(Image.fromarray(scale(long)[np.newaxis].repeat(at(12), axis=0)), (left, top + at(16)))
    canvas = ImageDraw.Draw(page)
    for share, anchor in ((0.0, "lt"), (0.5, "mt"), (1.0, "rt")):
        text = f"{share * peak:.2f}" if share else "0"
        where = (left + share * long, top + at(33))
        canvas.text(where, text, fill=INK, font=font(at(13)), anchor=anchor)
    write(page, words["unit"], left, top + at(50), QUIET)
    return page
