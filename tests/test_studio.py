"""What the studio does, in CPython: the very code that Pyodide runs in the page's worker."""

import io
from typing import Any

import pytest
from PIL import Image, ImageChops

from detector.detection import Box, Detection
from detector.pillow.render import render
from detector.studio import service

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
