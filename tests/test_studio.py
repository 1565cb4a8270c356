"""What the studio does, in CPython: the very code that Pyodide runs in the page's worker."""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw

from detector.detection import Box, Detection
from detector.drawing.heat_map import COLUMNS, ROWS, Heat
from detector.pillow.render import font, render
from detector.studio import service
from detector.studio.colours import scale
from detector.studio.heat import NARROWEST, sum_of
from detector.studio.sheet import BELOW, EDGE, GAP, Sheet, columns_for
from tests.palette_formula import linear_from_hex, oklab_from_linear

FOUND = [["cat", 17, 0.9, [100.0, 60.0, 300.0, 200.0]]]
DETECTIONS = [Detection("cat", 17, 0.9, Box(100.0, 60.0, 300.0, 200.0))]


def picture() -> Image.Image:
    """600 x 400, another colour wherever one looks."""
    ramps = [Image.linear_gradient("L").resize((600, 400)).rotate(angle) for angle in (0, 90, 180)]
    return Image.merge("RGB", ramps)


def ask(**changed: Any) -> dict[str, Any]:
    args = {
        "pixels": memoryview(picture().convert("RGBA").tobytes()),
        "width": 600,
        "height": 400,
        "found": FOUND,
        "mirror": False,
        "type": "image/png",
    }
    return service.answer("save", {**args, **changed})


def opened(answer: dict[str, Any]) -> Image.Image:
    with Image.open(io.BytesIO(answer["result"]["content"])) as image:
        image.load()
        return image


@pytest.mark.parametrize("mirror", [False, True])
def test_a_png_is_the_picture_with_its_boxes_to_the_pixel(mirror: bool) -> None:
    answer = ask(mirror=mirror)
    saved = opened(answer)
    assert answer["result"]["type"] == "image/png" and saved.format == "PNG"
    expected = render(picture(), DETECTIONS, mirror=mirror)
    assert ImageChops.difference(saved, expected).getbbox() is None


def test_a_jpeg_is_near_to_it_and_keeps_colours_at_full_resolution() -> None:
    saved = opened(ask(type="image/jpeg"))
    assert saved.format == "JPEG"
    assert not saved.getexif()
    difference = ImageChops.difference(saved, render(picture(), DETECTIONS)).convert("L")
    histogram = difference.histogram()
    assert sum(histogram[24:]) < 0.002 * sum(histogram)
    assert saved.info.get("jfif") and {layer[1:3] for layer in saved.layer} == {(1, 1)}  # type: ignore[attr-defined]


def test_a_webp_is_near_to_it_and_has_nothing_but_the_picture() -> None:
    answer = ask(type="image/webp")
    saved = opened(answer)
    assert answer["result"]["type"] == "image/webp" and saved.format == "WEBP"
    assert not saved.getexif() and not {"exif", "icc_profile", "xmp"} & set(saved.info)
    difference = ImageChops.difference(saved, render(picture(), DETECTIONS)).convert("L")
    histogram = difference.histogram()
    assert sum(histogram[48:]) < 0.01 * sum(histogram)


def test_a_picture_that_webp_cannot_hold_says_so() -> None:
    error = ask(type="image/webp", pixels=bytes(16384 * 4), width=16384, height=1, found=[])["error"]
    assert error["code"] == "bad-input" and error["hint"] == "Choose PNG or JPEG."


def test_transparent_parts_do_not_matter_to_the_size_or_kind() -> None:
    saved = opened(ask(pixels=bytes(600 * 400 * 4), found=[]))
    assert saved.mode == "RGB" and saved.getpixel((300, 200)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"type": "image/gif"}, "bad-input", "no image/gif"),
        ({"pixels": b"1234"}, "bad-input", "4 bytes are no picture of 600 x 400"),
        ({"pixels": b"", "width": 0}, "bad-input", "no picture of 0 x 400"),
        ({"colour": "red"}, "studio", "colour"),
        ({"found": [["cat"]]}, "studio", "could not do this"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(changed: dict[str, Any], code: str, words: str) -> None:
    error = ask(**changed)["error"]
    assert error["code"] == code
    assert words in error["message"] and error["hint"]


def test_a_method_that_is_not_there_is_said_in_words() -> None:
    error = service.answer("sing", {})["error"]
    assert error["code"] == "studio" and "sing" in error["message"]


def test_too_little_memory_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise MemoryError

    monkeypatch.setitem(service.METHODS, "save", full)  # type: ignore[arg-type]
    error = ask()["error"]
    assert error["code"] == "out-of-memory" and "Close other tabs" in error["hint"]


# Words, as web/studio.js gives them


def line(text: str, size: int = 16) -> dict[str, Any]:
    """A line of text as a mask, here in Pillow's own font."""
    width = max(1, round(font(size).getlength(text)))
    mask = Image.new("L", (width, round(size * 1.5)))
    ImageDraw.Draw(mask).text((0, mask.height / 2), text, fill=255, font=font(size), anchor="lm")
    return {"width": mask.width, "height": mask.height, "mask": memoryview(mask.tobytes())}


# Heat maps


def heat_of(*boxes: Box, pictures: int = 1, score: float = 0.8) -> Heat:
    """Boxes in a picture of 640 x 480, in one picture; the others are empty."""
    heat = Heat()
    heat.add([Detection("cat", 17, score, box) for box in boxes], 640, 480)
    for _ in range(pictures - 1):
        heat.add([], 640, 480)
    return heat


def ask_heat(heat: Heat, labels: tuple[str, ...] = ("cat",), **changed: Any) -> dict[str, Any]:
    grey = Image.new("RGBA", (640, 480), (120, 120, 120, 255))
    args = {
        "pixels": memoryview(grey.tobytes()),
        "width": 640,
        "height": 480,
        "grids": {label: heat.packed(label) for label in labels},
        "columns": COLUMNS,
        "rows": ROWS,
        "pictures": heat.pictures,
        "mirror": False,
        "words": {"title": line("Everything", 24), "about": line("1 pictures"), "unit": line("Objects")},
    }
    return service.answer("heat", {**args, **changed})


def test_sums_are_those_of_every_box_one_by_one() -> None:
    generator = np.random.default_rng(20261122)
    heat = Heat()
    expected = np.zeros((ROWS, COLUMNS))
    for _ in range(200):
        left, top = generator.integers(COLUMNS - 1), generator.integers(ROWS - 1)
        right, bottom = generator.integers(left + 1, COLUMNS + 1), generator.integers(top + 1, ROWS + 1)
        score = float(generator.uniform(0.05, 1.0))
        label = "cat" if score > 0.5 else "dog"
        box = Box(*[10.0 * float(edge) for edge in (left, top, right - left, bottom - top)])
        heat.add([Detection(label, 17, score, box)], 640, 480)
        expected[top:bottom, left:right] += score
    grids = {label: heat.packed(label) for label in heat.labels()}
    assert sorted(grids) == ["cat", "dog"]
    assert np.allclose(sum_of(grids, COLUMNS, ROWS), expected, atol=1e-3)


def test_a_heat_map_is_hot_where_things_were_and_leaves_the_rest() -> None:
    answer = ask_heat(heat_of(Box(100, 100, 200, 150)))
    drawn = opened(answer)
    assert answer["result"]["type"] == "image/png" and drawn.format == "PNG" and drawn.width == 640
    hot, cold = drawn.getpixel((200, 175)), drawn.getpixel((500, 400))
    assert cold == (120, 120, 120)
    top = scale()[-1].astype(float)
    assert np.allclose(hot, 0.7 * top + 0.3 * 120, atol=2), "the top of the scale, over the picture"
    assert drawn.height > 480, "the legend is below"
    legend = drawn.crop((0, 480, 640, drawn.height))
    assert {tuple(scale()[0]), tuple(scale()[-1])} <= {color for _, color in legend.getcolors(10**6)}  # type: ignore[union-attr, misc]


def test_a_mirrored_map_is_on_the_other_side() -> None:
    heat = heat_of(Box(100, 100, 200, 150))
    as_is, mirrored = opened(ask_heat(heat)), opened(ask_heat(heat, mirror=True))
    upper = (0, 0, 640, 480)
    flipped = as_is.crop(upper).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert ImageChops.difference(mirrored.crop(upper), flipped).getbbox() is None


def test_only_the_classes_that_are_asked_for_count() -> None:
    heat = heat_of(Box(100, 100, 100, 100))
    heat.add([Detection("dog", 18, 0.9, Box(400, 300, 100, 100))], 640, 480)
    cats, both = opened(ask_heat(heat)), opened(ask_heat(heat, ("cat", "dog")))
    assert cats.getpixel((450, 350)) == (120, 120, 120)
    assert both.getpixel((450, 350)) != (120, 120, 120) != both.getpixel((150, 150))


def test_the_values_at_the_scale_are_means_over_all_pictures() -> None:
    """The map is the same, whether all were seen in one picture or in ten: only its numbers are not."""
    once, seldom = [opened(ask_heat(heat_of(Box(100, 100, 200, 150), pictures=n))) for n in (1, 10)]
    difference = ImageChops.difference(once, seldom).getbbox()
    assert difference and difference[1] > 480


def test_a_small_picture_gets_room_for_the_legend() -> None:
    small = Image.new("RGBA", (64, 48), (9, 9, 9, 255))
    drawn = opened(
        ask_heat(heat_of(Box(0, 0, 100, 100)), pixels=memoryview(small.tobytes()), width=64, height=48)
    )
    assert drawn.width == NARROWEST


def test_a_map_of_nothing_is_said_in_words() -> None:
    error = ask_heat(heat_of(), ())["error"]
    assert error["code"] == "bad-input" and "Nothing of this was seen" in error["message"]


def test_equal_steps_of_the_scale_look_equal_and_get_lighter() -> None:
    colors = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in scale(16).tolist()]
    lab = np.array([oklab_from_linear(linear_from_hex(color)) for color in colors])
    steps = np.linalg.norm(np.diff(lab, axis=0), axis=1)
    assert steps.max() < 1.15 * steps.min(), "but for the rounding to 8 bits"
    assert (np.diff(lab[:, 0]) > 0).all()
    assert lab[0, 0] < 0.35 and lab[-1, 0] > 0.9


# Contact sheets


@pytest.fixture
def sheet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sheet]:
    """A worker that has not made any yet."""
    made = Sheet()
    monkeypatch.setitem(service.METHODS, "sheet_add", made.add)  # type: ignore[arg-type]
    monkeypatch.setitem(service.METHODS, "sheet_page", made.page)  # type: ignore[arg-type]
    yield made


def add_photo(color: tuple[int, int, int], size: tuple[int, int], **changed: Any) -> dict[str, Any]:
    photo = Image.new("RGBA", size, (*color, 255))
    args = {
        "pixels": memoryview(photo.tobytes()),
        "width": size[0],
        "height": size[1],
        "source_width": size[0],
        "found": [],
        "side": 200,
        "words": {"name": line("cat.jpg"), "counts": line("cat 1", 14)},
    }
    return service.answer("sheet_add", {**args, **changed})


def page_of_sheet() -> dict[str, Any]:
    words = {"title": line("Contact sheet", 26), "page": line("Page 1")}
    return service.answer("sheet_page", {"type": "image/png", "words": words})


@pytest.mark.usefixtures("sheet")
def test_a_sheet_has_each_photo_in_its_place_with_its_boxes() -> None:
    colors = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30), (30, 200, 200)]
    for number, color in enumerate(colors):
        # The second was shrunk to a tenth; its box is in its own pixels.
        found = [["cat", 17, 0.9, [1000.0, 500.0, 2000.0, 1000.0]]] if number == 1 else []
        answer = add_photo(color, (400, 300), source_width=4000, found=found)
        assert answer == {"result": number + 1}
    page = opened(page_of_sheet())
    across, down = 200 + GAP, 150 + BELOW + GAP
    assert page.width == 2 * EDGE + 3 * across - GAP
    top = page.height - EDGE - 2 * down + GAP
    for number, color in enumerate(colors):
        x, y = EDGE + number % 3 * across, top + number // 3 * down
        assert page.getpixel((x + 100, y + 20)) == color
        below = page.crop((x, y + 150, x + 200, y + down - GAP))
        assert ImageChops.invert(below).getbbox(), "its name and counts"
    # x from 1000 to 3000 of 4000 pixels is from 50 to 150 of 200.
    box = EDGE + across + 50, top + 25
    assert page.getpixel((box[0] + 1, box[1] + 20)) != colors[1] != page.getpixel((box[0] + 98, box[1] + 20))
    assert page.getpixel((box[0] + 50, box[1] + 25)) == colors[1]


@pytest.mark.usefixtures("sheet")
def test_a_tall_photo_is_fitted_and_its_page_is_the_only_one_that_has_it() -> None:
    add_photo((10, 20, 30), (100, 400))
    page = opened(page_of_sheet())
    middle = EDGE + 100, page.height - EDGE - BELOW - 75
    assert page.getpixel(middle) == (10, 20, 30)
    assert page.getpixel((middle[0] - 40, middle[1])) not in ((10, 20, 30), (255, 255, 255)), "beside it"
    error = page_of_sheet()["error"]
    assert error["code"] == "bad-input" and "no photo for this page" in error["message"]


@pytest.mark.usefixtures("sheet")
def test_a_photo_without_pixels_is_said_in_words_and_left_out() -> None:
    assert add_photo((1, 2, 3), (10, 10), pixels=b"123")["error"]["code"] == "bad-input"
    assert add_photo((1, 2, 3), (10, 10)) == {"result": 1}


def test_sheets_are_about_as_wide_as_high() -> None:
    assert [columns_for(count) for count in (1, 2, 4, 5, 9, 10, 25, 30)] == [1, 2, 2, 3, 3, 4, 5, 5]
