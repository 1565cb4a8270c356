"""Pillow draws what the draw commands say, to the pixel."""

from PIL import Image

from detector.detection import Box, Detection
from detector.drawing.commands import Fill, Stroke, Text
from detector.drawing.draw import draw
from detector.drawing.palette import color_of, ink_for
from detector.pillow.render import execute, measure, render

GREY = (128, 128, 128)
RED = (255, 0, 0)


def blank(width: int = 100, height: int = 80) -> Image.Image:
    return Image.new("RGB", (width, height), GREY)


def painted(picture: Image.Image) -> set[tuple[int, int]]:
    """The pixels (x, y) that are no longer grey."""
    width, height = picture.size
    return {(x, y) for x in range(width) for y in range(height) if picture.getpixel((x, y)) != GREY}


def rectangle(x0: int, y0: int, x1: int, y1: int) -> set[tuple[int, int]]:
    return {(x, y) for x in range(x0, x1) for y in range(y0, y1)}


def rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def test_fill_covers_its_rectangle_and_no_more() -> None:
    picture = blank()
    execute([Fill(10, 20, 30, 5, "#ff0000")], picture)
    assert painted(picture) == rectangle(10, 20, 40, 25)
    assert picture.getpixel((10, 20)) == RED


def test_stroke_is_centred_on_its_edge() -> None:
    picture = blank()
    execute([Stroke(11, 21, 48, 28, "#ff0000", 2)], picture)
    assert painted(picture) == rectangle(10, 20, 60, 50) - rectangle(12, 22, 58, 48)


def test_wide_and_odd_lines() -> None:
    picture = blank()
    execute([Stroke(15, 25, 40, 20, "#ff0000", 6)], picture)
    assert painted(picture) == rectangle(12, 22, 58, 48) - rectangle(18, 28, 52, 42)
    picture = blank()
    execute([Stroke(10.5, 20.5, 9, 9, "#ff0000", 1)], picture)
    assert painted(picture) == rectangle(10, 20, 20, 30) - rectangle(11, 21, 19, 29)


def test_partly_covered_pixels_are_drawn_from_half_up() -> None:
    picture = blank()
    execute([Fill(10.4, 20.6, 9.8, 9.8, "#ff0000")], picture)
    assert painted(picture) == rectangle(10, 21, 20, 30)
    picture = blank()
    execute([Fill(10.1, 20.1, 0.2, 0.2, "#ff0000")], picture)
    assert painted(picture) == set()


def test_text_lies_on_its_middle_and_begins_at_its_left() -> None:
    picture = blank()
    execute([Text(10, 40, "person", "#ff0000", 14)], picture)
    pixels = painted(picture)
    rows = [y for _, y in pixels]
    columns = [x for x, _ in pixels]
    assert pixels and min(columns) >= 10 and max(columns) <= 10 + measure("person", 14)
    assert 33 <= min(rows) < 40 < max(rows) <= 48


def test_later_commands_cover_earlier_ones() -> None:
    picture = blank()
    execute([Fill(0, 0, 50, 50, "#0000ff"), Fill(10, 10, 5, 5, "#ff0000")], picture)
    assert picture.getpixel((12, 12)) == RED and picture.getpixel((20, 20)) == (0, 0, 255)


def test_render_draws_the_box_and_its_plate_on_a_copy() -> None:
    picture = blank(200, 150)
    detection = Detection("dog", 18, 0.9, Box(50, 60, 100, 80))
    annotated = render(picture, [detection])
    assert painted(picture) == set(), "the picture itself is left alone"
    color = rgb(color_of(18))
    for pixel in ((50, 60), (51, 100), (149, 139), (100, 61), (100, 138), (50, 40), (53, 59)):
        assert annotated.getpixel(pixel) == color, pixel
    for pixel in ((52, 62), (49, 100), (150, 100), (100, 140), (49, 59), (100, 100)):
        assert annotated.getpixel(pixel) == GREY, pixel
    plate = next(
        command for command in draw([detection], 200, 150, measure=measure) if isinstance(command, Fill)
    )
    inked = annotated.crop((50, 40, 50 + int(plate.width), 60)).getcolors(4096)
    assert inked is not None and max(inked)[1] == color
    assert rgb(ink_for(color_of(18))) in [shade for _, shade in inked]


def test_render_mirrors_picture_and_boxes_but_not_words() -> None:
    picture = blank(200, 150)
    picture.putpixel((0, 149), RED)
    detection = Detection("dog", 18, 0.9, Box(0, 60, 50, 80))
    mirrored = render(picture, [detection], mirror=True)
    assert mirrored.getpixel((199, 149)) == RED
    assert mirrored.getpixel((199, 100)) == rgb(color_of(18)) and mirrored.getpixel((0, 100)) == GREY
    straight = render(blank(200, 150), [Detection("dog", 18, 0.9, Box(150, 60, 50, 80))])
    plate = (130, 40, 200, 60)
    assert mirrored.crop(plate).tobytes() == straight.crop(plate).tobytes()


def test_render_takes_any_kind_of_picture_and_scales_with_it() -> None:
    for mode in ("L", "RGBA", "P", "CMYK"):
        assert render(Image.new(mode, (64, 48)), []).mode == "RGB"
    large = render(blank(1920, 1440), [Detection("dog", 18, 0.9, Box(200, 200, 400, 400))])
    column = [large.getpixel((x, 400)) != GREY for x in range(196, 210)]
    assert sum(column) == 4, "2 pixels at twice the scale"
