"""Odd videos: lying on their side, with oblong pixels, odd sizes, uneven frames, no length, black at first, and those
whose frames change their size. What is found in them, and drawn, is where it is in the same picture as a photo.
"""

import io
import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat
from playwright.sync_api import expect

from detector.vision.boxes import iou
from tests.browser.clips import BARS, NOTE_NUMBERS, webm
from tests.browser.live_page import LivePage
from tests.browser.panel.test_saving import open_panel, saved
from tests.video_clips import SIZE, encode, photo, read_back, write_clip

Visit = Callable[..., LivePage]
Detections = list[dict[str, Any]]

NEAR = 0.8  # intersection over union of a box in a video and in the photo
FRAMES = 13
T = Image.Transpose
# How a picture is stored that a display matrix turns by so many degrees, counterclockwise, before it is shown.
STORED = {90: T.ROTATE_270, 180: T.ROTATE_180, 270: T.ROTATE_90}

# What the overlay shows: each box's edges as shares of the canvas, and the size that the video had then.
NOTE_BOXES = """
window.drawn = [];
window.drawings = [];
const { clearRect, strokeRect } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
  if (this.canvas.id === "overlay") {
    const { videoWidth, videoHeight } = document.getElementById("video");
    window.drawn = [];
    window.drawings.push({ size: [videoWidth, videoHeight], boxes: window.drawn });
  }
  return clearRect.apply(this, box);
};
CanvasRenderingContext2D.prototype.strokeRect = function (x, y, width, height) {
  if (this.canvas.id === "overlay") {
    const { a, d, e, f } = this.getTransform();
    const { width: wide, height: high } = this.canvas;
    const at = [(x * a + e) / wide, (y * d + f) / high, ((x + width) * a + e) / wide, ((y + height) * d + f) / high];
    window.drawn.push(at);
  }
  return strokeRect.call(this, x, y, width, height);
};
"""
# All that the row under a video ever says.
NOTE_ROW = """
() => {
  window.said = [];
  const row = document.getElementById("clip");
  const look = () => window.said.push(row.textContent, document.getElementById("clip-bar").value);
  new MutationObserver(look).observe(row, { subtree: true, childList: true, attributes: true, characterData: true });
}
"""
UNTIL_SOURCE = """
(source) => new Promise((resolve) => {
  const look = () => window.record.result.some((result) => result.source === source) && resolve();
  document.addEventListener("detector:result", look);
  look();
})
"""
ORIGINAL = """
import js
from detector.browser.platform.interop import bridge
picture, found, mirrored = await app.stage.original()
canvas = js.document.createElement("canvas")
canvas.width, canvas.height = picture.width, picture.height
canvas.getContext("2d").drawImage(picture, 0, 0)
picture.close()
js.window.original = await (await bridge()).blobOf(canvas)
answer([len(found), mirrored])
"""
BYTES_OF_ORIGINAL = "async () => [...new Uint8Array(await window.original.arrayBuffer())]"


class Kind(NamedTuple):
    """upright: the picture as it is shown. write(path, pictures, **options) makes a clip that shows it all the time."""

    upright: Image.Image
    suffix: str
    options: dict[str, Any]
    stored: Image.Image


def turned(by: int, suffix: str = ".mp4", picture: Image.Image | None = None) -> Kind:
    upright = picture or photo()
    return Kind(upright, suffix, {"rotation": by}, upright.transpose(STORED[by]))


def oblong(shape: Fraction, stored: tuple[int, int], suffix: str = ".mp4") -> Kind:
    picture = photo(size=stored)
    return Kind(picture.resize(SIZE), suffix, {"shape": shape}, picture)


def sized(size: tuple[int, int], suffix: str, name: str = "coffee.png", **options: Any) -> Kind:
    picture = photo(name, size)
    return Kind(picture, suffix, options, picture)


PORTRAIT = (240, 320)
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
KINDS = {
    "90, MP4": turned(90),
    "180, MP4": turned(180),
    "270, MP4": turned(270),
    "90, WebM": turned(90, ".webm"),
    "a phone's portrait": turned(270, picture=photo("dog.jpg", PORTRAIT)),
    "wide pixels": oblong(Fraction(2), (160, 240)),
    "wide pixels on their side": Kind(
        photo(size=(160, 240)).resize(SIZE),
        ".mp4",
        {"rotation": 90, "shape": Fraction(1, 2)},
        photo(size=(160, 240)).transpose(STORED[90]),
    ),
    "321 x 241, VP9": sized((321, 241), ".webm", codec="libvpx-vp9"),
    "321 x 241, H.264": sized((321, 241), ".mp4", pixels="yuv444p"),
    "241 x 321": sized((241, 321), ".webm", "dog.jpg"),
    "no length, WebM": sized(SIZE, ".webm", piped=True),
    "no length, MP4": sized(SIZE, ".mp4", piped=True, options=FRAGMENTS, ordered=True),
}


@pytest.fixture(scope="module", params=["play", "every"])
def live(request: pytest.FixtureRequest, visit_for_module: Visit) -> LivePage:
    """A page that looks at videos at their own pace, or at every frame."""
    opened = visit_for_module(f"?video={request.param}&threshold=0.7", init=NOTE_BOXES)
    opened.until_python()
    opened.page.evaluate(NOTE_ROW)
    return opened


def looks_at_every(live: LivePage) -> bool:
    return "video=every" in live.page.url


def looked_at(live: LivePage, path: Path) -> list[dict[str, Any]]:
    """The results of a file, once it is over."""
    source = "image" if path.suffix == ".png" else "video"
    live.page.evaluate("window.record.result = []; window.said = []")
    live.give_files(path)
    live.page.evaluate(UNTIL_SOURCE, source)
    live.until("ready")
    while source == "video" and live.python("answer(app.live.frames._pacer.in_flight)"):  # at the last frame
        live.page.evaluate("new Promise(requestAnimationFrame)")
    return [result for result in live.results if result["source"] == source]


def box_in(detections: Detections, label: str) -> tuple[float, float, float, float]:
    x, y, width, height = next(found["bbox"] for found in detections if found["class"] == label)
    return x, y, x + width, y + height


def assert_same(found: Detections, expected: Detections) -> None:
    """Whatever is surely in the photo is there, at the same place."""
    sure = [one for one in expected if one["score"] > 0.8]
    assert sure, expected
    for one in sure:
        there = box_in([one], one["class"])
        overlaps = [
            iou(box_in([other], one["class"]), there) for other in found if other["class"] == one["class"]
        ]
        assert max(overlaps, default=0.0) >= NEAR, (one, found)


def assert_drawn(live: LivePage, detections: Detections, size: tuple[int, int]) -> None:
    """The overlay has the picture's shape, and on it the boxes of these detections."""
    width, height = size
    canvas = live.page.evaluate(
        "[document.getElementById('overlay')].map(({ width, height }) => width / height)[0]"
    )
    assert canvas == pytest.approx(width / height, rel=0.01)
    boxes = live.page.evaluate("window.drawn")
    assert len(boxes) >= len(detections) > 0
    for one in detections:
        x0, y0, x1, y1 = box_in([one], one["class"])
        there = (x0 / width, y0 / height, x1 / width, y1 / height)
        assert max(iou(tuple(box), there) for box in boxes) >= NEAR, (one, boxes)


def snapshot(live: LivePage) -> Image.Image:
    _, content = saved(live, "#snapshot")
    return Image.open(io.BytesIO(content)).convert("RGB")


def unlike(one: Image.Image, other: Image.Image) -> float:
    """How far apart two pictures are, of 255, on average."""
    assert one.size == other.size
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


@pytest.mark.parametrize("name", KINDS)
def test_boxes_are_where_they_are_in_the_same_picture_as_a_photo(
    live: LivePage, name: str, tmp_path: Path
) -> None:
    kind = KINDS[name]
    kind.upright.save(tmp_path / "photo.png")
    (as_photo,) = looked_at(live, tmp_path / "photo.png")
    picture = snapshot(live)
    clip = write_clip(tmp_path / f"clip{kind.suffix}", [kind.stored] * FRAMES, **kind.options)
    results = looked_at(live, clip)
    if looks_at_every(live):
        assert len(results) == FRAMES
        expect(live.page.locator("#clip-text")).to_have_text(f"Every frame was looked at: {FRAMES}.")
    for result in results:
        assert (result["width"], result["height"]) == kind.upright.size
        assert_same(result["detections"], as_photo["detections"])
    assert_drawn(live, results[-1]["detections"], kind.upright.size)
    said = str(live.page.evaluate("window.said"))
    assert "NaN" not in said and "Infinity" not in said
    # What is saved: the picture with its boxes, what is drawn elsewhere, and what was found.
    assert unlike(snapshot(live), picture) < 12
    assert live.python(ORIGINAL) == [len(results[-1]["detections"]), False]
    original = Image.open(io.BytesIO(bytes(live.page.evaluate(BYTES_OF_ORIGINAL)))).convert("RGB")
    assert unlike(original, kind.upright) < 12
    if live.page.locator("#save-json").is_hidden():
        open_panel(live)
    told = json.loads(saved(live, "#save-json")[1])
    assert {(image["width"], image["height"]) for image in told["images"]} == {kind.upright.size}
    assert_same(told["images"][-1]["detections"], as_photo["detections"])


# What a browser does with the shape of a WebM's pixels is its own affair; boxes are where it shows things.


def test_a_webm_with_oblong_pixels_has_its_boxes_where_things_are_shown(
    live: LivePage, tmp_path: Path
) -> None:
    stored = photo(size=(160, 240))
    clip = write_clip(tmp_path / "clip.webm", [stored] * FRAMES, shape=Fraction(2))
    results = looked_at(live, clip)
    size = tuple(
        live.page.evaluate("[document.getElementById('video')].map((v) => [v.videoWidth, v.videoHeight])[0]")
    )
    photo(size=size).save(tmp_path / "photo.png")
    assert {(result["width"], result["height"]) for result in results} == {size}
    assert_drawn(live, results[-1]["detections"], size)
    (as_photo,) = looked_at(live, tmp_path / "photo.png")
    assert_same(results[-1]["detections"], as_photo["detections"])


# Black at first


UNTIL_FOUND = """
() => new Promise((resolve) => document.addEventListener("detector:result", function look({ detail }) {
  if (!detail.detections.length) return;
  document.removeEventListener("detector:result", look);
  resolve();
}))
"""


@pytest.mark.parametrize("suffix", [".mp4", ".webm"])
def test_what_comes_after_half_a_second_of_black_is_found(
    live: LivePage, suffix: str, tmp_path: Path
) -> None:
    photo().save(tmp_path / "photo.png")
    (as_photo,) = looked_at(live, tmp_path / "photo.png")
    dark, light = 13, 20
    clip = write_clip(tmp_path / f"clip{suffix}", [Image.new("RGB", SIZE)] * dark + [photo()] * light)
    if looks_at_every(live):
        results = looked_at(live, clip)
        assert [bool(result["detections"]) for result in results] == [False] * dark + [True] * light
    else:
        # Again and again: on a busy machine all of it may pass during the look at its first frame.
        live.page.evaluate("window.record.result = []; document.getElementById('video').loop = true")
        live.give_files(clip)
        live.page.evaluate(UNTIL_FOUND)
        results = live.results
        live.stop()
        live.page.evaluate("document.getElementById('video').loop = false")
    for result in results:
        if result["detections"]:
            assert_same(result["detections"], as_photo["detections"])


# A look that ends after the video did, and after the page was told of that.
HELD = """
import js
from detector.browser.network.session import BrowserSession

run = BrowserSession.run

async def held(self, tensor):
    found = await run(self, tensor)
    if js.document.documentElement.dataset.state == "running":
        await js.window.over
    return found

BrowserSession.run = held
answer(None)
"""
OVER = """
() => {
  const video = document.getElementById("video");
  window.over = new Promise((resolve) => video.addEventListener("ended", resolve, { once: true }));
}
"""


@pytest.mark.parametrize("held", [False, True], ids=["between looks", "during a look"])
def test_the_last_frame_is_looked_at_if_it_is_another(visit: Visit, held: bool, tmp_path: Path) -> None:
    """It stays: a busy machine may have looked at nothing but the black before it."""
    live = visit("?skip=100&threshold=0.7")
    live.until_python()
    live.page.evaluate(OVER)
    if held:
        live.python(HELD)
    live.give_files(write_clip(tmp_path / "clip.mp4", [Image.new("RGB", SIZE)] * 10 + [photo()] * 10))
    live.until_results(2)
    assert [len(result["detections"]) for result in live.results] == [0, 1]
    assert live.data["state"] == "ready" and "cup" in live.labels()


# Frames that change their size


def growing(tmp_path: Path) -> tuple[Path, list[tuple[int, int]]]:
    """A recording of a camera that was turned, and turned back: its path, and the size of each of its frames."""
    sizes = [SIZE] * 12 + [PORTRAIT] * 12 + [SIZE] * 12
    frames = []
    for part, size in enumerate([SIZE, PORTRAIT, SIZE]):
        times = [40 * number for number in range(12 * part, 12 * part + 12)]
        frames += encode([photo("dog.jpg", size)] * 12, times)
    clip = tmp_path / "clip.webm"
    clip.write_bytes(webm(frames, 40 * len(sizes)))
    return clip, sizes


def test_a_video_whose_frames_change_their_size(live: LivePage, tmp_path: Path) -> None:
    as_photos = {}
    for size in (SIZE, PORTRAIT):
        photo("dog.jpg", size).save(tmp_path / "photo.png")
        (as_photo,) = looked_at(live, tmp_path / "photo.png")
        as_photos[size] = as_photo["detections"]
    clip, sizes = growing(tmp_path)
    live.page.evaluate("window.drawings = []")
    results = looked_at(live, clip)
    shapes = [(result["width"], result["height"]) for result in results]
    if looks_at_every(live):
        assert shapes == sizes
    else:
        assert set(shapes) <= {SIZE, PORTRAIT} and shapes[-1] == SIZE
    for shape, result in zip(shapes, results, strict=True):
        assert_same(result["detections"], as_photos[shape])
    assert_drawn(live, results[-1]["detections"], SIZE)
    assert live.published("error") == []


# Frames that come unevenly

UNEVEN = [0, 33, 50, 90, 417, 450, 466, 900, 1400, 1416, 1450, 1983, 2000, 2033]


def numbered(count: int) -> Iterator[Image.Image]:
    """Pictures with their numbers in bars, as NOTE_NUMBERS reads them."""
    width, height = SIZE
    for number in range(count):
        picture = Image.new("RGB", SIZE)
        for bar in range(BARS):
            if number >> bar & 1:
                corners = (bar * width // BARS, 0, (bar + 1) * width // BARS - 1, height)
                ImageDraw.Draw(picture).rectangle(corners, fill="white")
        yield picture


@pytest.mark.parametrize(
    ("suffix", "ordered"), [(".mp4", True), (".mp4", False), (".webm", True)], ids=["MP4", "B-frames", "WebM"]
)
def test_each_of_uneven_frames_is_looked_at_once_at_its_own_time(
    visit: Visit, suffix: str, ordered: bool, tmp_path: Path
) -> None:
    """Where the browser cannot be asked for some, the page does not say that it has seen each."""
    clip = write_clip(tmp_path / f"clip{suffix}", list(numbered(len(UNEVEN))), UNEVEN, ordered=ordered)
    times = [time for time, _ in read_back(clip)]
    assert [round(1000 * time) for time in times] == UNEVEN
    live = visit("?video=every&threshold=0.05", init=NOTE_NUMBERS)
    live.until_python()
    live.give_files(clip)
    live.until_results(1)
    live.until("ready")
    numbers = live.page.evaluate("window.numbers")
    assert numbers == sorted(set(numbers))
    open_panel(live)
    told = json.loads(saved(live, "#save-json")[1])
    assert [image["time"] for image in told["images"]] == pytest.approx(
        [times[number] for number in numbers], abs=0.002
    )
    said = live.page.inner_text("#clip-text")
    every = f"Every frame was looked at: {len(UNEVEN)}."
    if suffix == ".mp4" and ordered:
        assert said == every
    assert said == (every if numbers == list(range(len(UNEVEN))) else "") or (
        said == f"Frames that were looked at: {len(numbers)}. Some may be missing."
    )
