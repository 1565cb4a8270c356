"""Canvas and Pillow execute the same draw commands: the same picture comes out, but for the glyphs of two fonts."""

import base64
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from detector.drawing.commands import Fill, Stroke, Text
from detector.pillow.render import execute
from tests.browser.live_page import LivePage
from tests.browser.pictures import load

KINDS = {"Stroke": Stroke, "Fill": Fill, "Text": Text}

PAINT = """
from detector.browser.platform.interop import to_js
from detector.browser.stage.overlay import Painter
from detector.browser.sources.picture_decoder import fetch_picture
from detector.detection import Box, Detection
from detector.drawing.draw import draw
import js
bitmap = await fetch_picture("/photos/chelsea.png")
width, height = bitmap.width, bitmap.height
canvas = js.document.createElement("canvas")
canvas.width, canvas.height = width, height
context = canvas.getContext("2d")
context.drawImage(bitmap, 0, 0)
bitmap.close()
painter = Painter(context)
detections = [
    Detection("cat", 17, 0.93, Box(1.4, 2.5, 405.0, 293.2)),
    Detection("person", 1, 0.61, Box(300.2, 0.0, 150.8, 120.4)),
    Detection("cup", 47, 0.52, Box(10.0, 200.0, 30.6, 40.3)),
]
commands = draw(detections, width, height, measure=painter.measure, mirror=MIRROR, scale=SCALE)
painter.execute(commands)
answer([[[type(one).__name__, list(one)] for one in commands], canvas.toDataURL("image/png")])
"""


@pytest.mark.parametrize(("mirror", "scale"), [(False, 1.0), (True, 1.0), (False, 2.0)])
def test_canvas_and_pillow_draw_the_same(
    visit: Callable[..., LivePage], photo_folder: Path, mirror: bool, scale: float
) -> None:
    live = visit()
    live.until_python()
    told, painted = live.python(PAINT.replace("MIRROR", str(mirror)).replace("SCALE", str(scale)))
    commands = [KINDS[name](*values) for name, values in told]
    assert {type(command) for command in commands} == {Stroke, Fill, Text}
    canvas = load(io.BytesIO(base64.b64decode(painted.split(",")[1])))
    pillow = load(photo_folder / "chelsea.png")
    execute(commands, pillow)
    assert canvas.size == pillow.size

    # Outside the labels every pixel is the same, to the last step of rounding.
    plates = Image.new("L", canvas.size, 255)
    for command in commands:
        if isinstance(command, Fill):
            corners = (command.x, command.y, command.x + command.width, command.y + command.height)
            ImageDraw.Draw(plates).rectangle(corners, fill=0)
    difference = ImageChops.difference(canvas, pillow)
    outside = Image.composite(difference, Image.new("RGB", canvas.size), plates)
    assert max(high for _, high in outside.getextrema()) <= 3

    # Inside, plates have one colour and as much ink.
    for fill, text in zip(
        [one for one in commands if isinstance(one, Fill)],
        [one for one in commands if isinstance(one, Text)],
        strict=True,
    ):
        area = tuple(round(edge) for edge in (fill.x, fill.y, fill.x + fill.width, fill.y + fill.height))
        means = [ImageStat.Stat(picture.crop(area)).mean for picture in (canvas, pillow)]
        assert all(abs(ours - theirs) < 30 for ours, theirs in zip(*means, strict=True)), text.text
        assert canvas.getpixel((area[0] + 1, area[3] - 2)) == pillow.getpixel((area[0] + 1, area[3] - 2))
