"""Contact sheets: pages with many photos, their boxes, and a name and what was found under each.

`add` each photo of a page, then `page`. A photo is kept no larger than it is on the page.
"""

from collections.abc import Mapping, Sequence
from math import ceil, sqrt

from PIL import Image, ImageDraw

from detector.drawing.draw import draw
from detector.errors import InputError
from detector.pillow.render import execute, measure
from detector.studio.paper import Line, as_file, picture_of, write
from detector.studio.save import Found, detections_of

PAPER, CARD, INK, QUIET = "#ffffff", "#eef0f4", "#16181d", "#5a6070"
EDGE, GAP = 40, 24  # pixels: around the page, and between photos
MOST_COLUMNS = 5
NAME, COUNTS, BELOW = 10, 36, 62  # pixels below a photo: of its two lines, and in all

Cell = tuple[Image.Image, Mapping[str, Line]]


class Sheet:
    """One page at a time. side: the width of a photo's place in pixels; its height is three quarters of it."""

    def __init__(self) -> None:
        self._cells: list[Cell] = []

    def add(
        self,
        pixels: bytes,
        width: int,
        height: int,
        source_width: int,
        found: Sequence[Found],
        side: int,
        words: Mapping[str, Line],
    ) -> int:
        """A photo with its outlines; how many are on the page now. Raises InputError.

        pixels, width, height: as for `save.save`, shrunk already from source_width, in whose pixels `found` is.
        words: "name" and "counts", to be written below.
        """
        photo = picture_of(pixels, width, height).convert("RGB")
        photo.thumbnail((side, side * 3 // 4), Image.Resampling.LANCZOS)
        detections = detections_of(found, photo.width / source_width)
        execute(draw(detections, photo.width, photo.height, measure=measure, style="outline"), photo)
        place = Image.new("RGB", (side, side * 3 // 4), CARD)
        place.paste(photo, ((place.width - photo.width) // 2, (place.height - photo.height) // 2))
        self._cells.append((place, words))
        return len(self._cells)

    def page(self, type: str, words: Mapping[str, Line]) -> dict[str, object]:
        """The photos that were added since the last page, as a file: {"type", "content"}. Raises InputError.

        words: "title" and "page", to be written above.
        """
        cells, self._cells = self._cells, []
        if not cells:
            raise InputError("There is no photo for this page.")
        across = columns_for(len(cells))
        wide, high = cells[0][0].width + GAP, cells[0][0].height + BELOW + GAP
        top = EDGE + max(line["height"] for line in words.values()) + GAP
        size = (2 * EDGE - GAP + across * wide, top + ceil(len(cells) / across) * high - GAP + EDGE)
        page = Image.new("RGB", size, PAPER)
        write(page, words["title"], EDGE, EDGE, INK)
        beside = words["page"]
        middle = EDGE + (words["title"]["height"] - beside["height"]) // 2
        write(page, beside, size[0] - EDGE - beside["width"], middle, QUIET)
        for number, (photo, lines) in enumerate(cells):
            x, y = EDGE + number % across * wide, top + number // across * high
            page.paste(photo, (x, y), _rounded(photo.size))
            write(page, lines["name"], x, y + photo.height + NAME, INK)
            write(page, lines["counts"], x, y + photo.height + COUNTS, QUIET)
        return as_file(page, type)


def columns_for(count: int) -> int:
    """How many photos stand side by side: about as many as rows, which are a little higher than wide."""
    return min(MOST_COLUMNS, ceil(sqrt(count)))


def _rounded(size: tuple[int, int], radius: int = 10) -> Image.Image:
    """A mask with round corners, smooth as it is drawn larger first."""
    fine = Image.new("L", (4 * size[0], 4 * size[1]))
    ImageDraw.Draw(fine).rounded_rectangle((0, 0, fine.width - 1, fine.height - 1), 4 * radius, fill=255)
    return fine.resize(size, Image.Resampling.BOX)
