"""Cameras that are held upright, and those that are turned, or exchanged, while they run: their frames change their
size in mid-stream, and boxes stay where the things are.
"""

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

import detector
from detector.vision.boxes import iou
from tests.browser.live_page import LivePage
from tests.browser.panel.test_saving import saved
from tests.browser.sources.test_odd_videos import NEAR, NOTE_BOXES
from tests.video_clips import photo

Visit = Callable[..., LivePage]
Size = tuple[int, int]

LANDSCAPE, PORTRAIT = (640, 480), (480, 640)
# Where the dog is in each picture of the camera: left, top, and its photograph's sides.
PLACES = {LANDSCAPE: (280, 20, 340, 440), PORTRAIT: (20, 260, 300, 370)}
GREY = (120, 120, 120)

# A camera, which is a canvas: what a phone's is when it is turned, its track's frames change their size.
# `window.turn()` turns it; with window.turns, the next one that is opened is upright.
TURNING = """
window.opened = 0;
navigator.permissions.query = async () => ({ state: "granted" });
navigator.mediaDevices.getUserMedia = async () => {
  const photo = await createImageBitmap(await (await fetch("/photos/dog.jpg")).blob());
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  let number = 0;
  const paint = () => {
    const [left, top, width, height] = canvas.width > canvas.height ? LANDSCAPE : PORTRAIT;
    context.fillStyle = "rgb(120 120 120)";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(photo, left, top, width, height);
    context.fillStyle = number++ % 2 ? "#777" : "#797979";
    context.fillRect(0, 0, 4, 4); // canvases that did not change give no frame
  };
  window.turn = (size = [canvas.height, canvas.width]) => {
    [canvas.width, canvas.height] = size;
    paint();
  };
  window.turn(window.opened++ && window.next ? window.next : window.first ?? [640, 480]);
  const stream = canvas.captureStream();
  setInterval(paint, 40);
  return stream;
};
""".replace("LANDSCAPE", str(list(PLACES[LANDSCAPE]))).replace("PORTRAIT", str(list(PLACES[PORTRAIT])))
# What is drawn when the page has been told of another size: nothing that was found before.
NOTE_LEFT = """
window.left = [];
document.getElementById("video").addEventListener("resize", () => window.left.push(window.drawn.length));
"""
UNTIL_WIDTH = """
(width) => new Promise((resolve) => {
  const video = document.getElementById("video");
  const look = () => (video.videoWidth === width ? resolve() : video.requestVideoFrameCallback(look));
  look();
})
"""
# The element tells the size of the frame before, until a frame was drawn for the network: browsers do so for a moment.
LATE = """
() => new Promise((resolve) => {
  const video = document.getElementById("video");
  const before = { videoWidth: video.videoWidth, videoHeight: video.videoHeight };
  for (const side in before) Object.defineProperty(video, side, { configurable: true, get: () => before[side] });
  const { drawImage } = CanvasRenderingContext2D.prototype;
  const { prototype } = HTMLVideoElement;
  const width = Object.getOwnPropertyDescriptor(prototype, "videoWidth").get;
  CanvasRenderingContext2D.prototype.drawImage = function (...all) {
    drawImage.apply(this, all);
    if (this.canvas.width !== 300 || width.call(video) === before.videoWidth) return;
    CanvasRenderingContext2D.prototype.drawImage = drawImage;
    for (const side in before) delete video[side];
    window.late = window.record.result.length;
    resolve();
  };
  window.turn();
})
"""


def picture(size: Size) -> Image.Image:
    """What the camera shows."""
    left, top, width, height = PLACES[size]
    shown = Image.new("RGB", size, GREY)
    shown.paste(photo("dog.jpg", (width, height)), (left, top))
    return shown


@pytest.fixture(scope="module")
def dogs() -> dict[Size, tuple[float, ...]]:
    """Where the network sees the dog in each of the pictures: x0, y0, x1, y1."""

    async def run() -> dict[Size, tuple[float, ...]]:
        places = {}
        async with await detector.load(look="once") as loaded:
            for size in PLACES:
                found = next(one for one in await loaded.detect(picture(size)) if one.label == "dog")
                assert found.score > 0.7, found
                x, y, width, height = found.box
                places[size] = (x, y, x + width, y + height)
        return places

    with ThreadPoolExecutor(1) as pool:  # Playwright has a loop of its own in this thread
        return pool.submit(asyncio.run, run()).result()


def size_of(result: dict[str, Any]) -> Size:
    return int(result["width"]), int(result["height"])


def assert_right(result: dict[str, Any], dogs: dict[Size, tuple[float, ...]]) -> None:
    """The dog is where it is in a picture of that shape."""
    (x, y, width, height) = next(one["bbox"] for one in result["detections"] if one["class"] == "dog")
    assert iou((x, y, x + width, y + height), dogs[size_of(result)]) >= NEAR, result


def assert_drawn_right(drawing: dict[str, Any], dogs: dict[Size, tuple[float, ...]], mirrored: bool) -> None:
    width, height = drawing["size"]
    x0, y0, x1, y1 = dogs[width, height]
    left, right = x0 / width, x1 / width
    if mirrored:
        left, right = 1 - right, 1 - left
    for box in drawing["boxes"]:
        assert iou(tuple(box), (left, y0 / height, right, y1 / height)) >= NEAR, drawing


def started(live: LivePage) -> LivePage:
    live.until_python()
    live.page.evaluate(f"() => {{ {NOTE_LEFT} }}")
    live.start()
    live.until_results(2)
    return live


def until_result_of(live: LivePage, size: Size) -> None:
    live.page.evaluate(
        """(width) => new Promise((resolve) => document.addEventListener("detector:result", function look(event) {
          if (event.detail.width !== width) return;
          document.removeEventListener("detector:result", look);
          resolve();
        }))""",
        size[0],
    )


@pytest.mark.parametrize("mirror", ["0", "1"])
def test_a_camera_that_is_turned_in_mid_stream(
    visit: Visit, browser: Browser, dogs: dict[Size, tuple[float, ...]], mirror: str
) -> None:
    live = started(
        visit(f"?threshold=0.6&classes=dog&mirror={mirror}", using=browser, init=TURNING + NOTE_BOXES)
    )
    for turn in range(10):
        size = LANDSCAPE if turn % 2 else PORTRAIT
        live.page.evaluate("window.turn()")
        until_result_of(live, size)
    assert live.page.evaluate("window.left").count(0) >= 10 and set(live.page.evaluate("window.left")) == {0}
    results = live.results
    assert {size_of(result) for result in results} == {LANDSCAPE, PORTRAIT}
    for result in results:
        assert_right(result, dogs)
    drawings = [one for one in live.page.evaluate("window.drawings") if one["boxes"]]
    assert {tuple(one["size"]) for one in drawings} == {LANDSCAPE, PORTRAIT}
    for drawing in drawings:
        assert_drawn_right(drawing, dogs, mirror == "1")
    assert live.published("error") == [] and live.data["state"] == "running"
    # What is saved has the shape of what is shown; so has what lies over it.
    live.page.evaluate("window.turn()")
    until_result_of(live, PORTRAIT)
    shape = live.page.evaluate("[document.getElementById('overlay')].map((one) => one.width / one.height)[0]")
    assert shape == pytest.approx(480 / 640, rel=0.01)
    with Image.open(io.BytesIO(saved(live, "#snapshot")[1])) as snapshot:
        assert snapshot.size == PORTRAIT
    live.stop()


def test_a_camera_that_is_held_upright(
    visit: Visit, browser: Browser, dogs: dict[Size, tuple[float, ...]]
) -> None:
    first = f"window.first = {list(PORTRAIT)};"
    live = started(visit("?threshold=0.6&classes=dog", using=browser, init=first + TURNING + NOTE_BOXES))
    assert {size_of(result) for result in live.results} == {PORTRAIT}
    for result in live.results:
        assert_right(result, dogs)
    drawings = [one for one in live.page.evaluate("window.drawings") if one["boxes"]]
    assert drawings
    for drawing in drawings:
        assert_drawn_right(drawing, dogs, mirrored=True)  # as people know themselves


def test_a_frame_whose_size_is_told_late_is_looked_at_anew(
    visit: Visit, browser: Browser, dogs: dict[Size, tuple[float, ...]]
) -> None:
    live = started(visit("?threshold=0.6&classes=dog&skip=0", using=browser, init=TURNING + NOTE_BOXES))
    live.page.evaluate(LATE)
    live.until_results(live.page.evaluate("window.late") + 3)
    for result in live.results:
        assert_right(result, dogs)
    assert size_of(live.results[live.page.evaluate("window.late")]) == PORTRAIT


HEAT = """
from detector.browser.platform.lazy_import import lazy_import
from detector.detection import Box, Detection
from detector.exports.look import Look
made = await lazy_import("detector.browser.panel.heat_map")
heat = made.HeatMap(app, None)
dog = [Detection("dog", 18, 0.9, Box(0.0, 0.0, 20.0, 20.0))]
looks = [Look("", 640, 480, dog, 0.0), Look("", 480, 640, dog, 0.1), Look("", 320, 240, dog, 0.2)]
of_a_video = (await made._summed(looks, (640, 480))).pictures
photos = [Look("", 640, 480, dog), Look("", 480, 640, dog)]
answer([of_a_video, (await made._summed(photos, (640, 480))).pictures])
"""
GATHERED = """
import js
widths = [js.window.record.result[i].width for i in range(js.window.record.result.length)]
answer([heat._heat.pictures, widths])
"""


def test_a_heat_map_has_only_what_was_seen_in_pictures_of_its_shape(visit: Visit, browser: Browser) -> None:
    live = visit("?threshold=0.6&classes=dog", using=browser, init=TURNING + NOTE_BOXES)
    live.until_python()
    assert live.python(HEAT) == [2, 2], "frames of a video, and photos"
    started(live)
    pictures, widths = live.python(GATHERED)
    assert pictures == len(widths) >= 2
    live.page.evaluate("window.turn()")
    until_result_of(live, PORTRAIT)
    pictures, widths = live.python(GATHERED)
    assert pictures == widths.count(PORTRAIT[0]) < len(widths)


# A look that ends when the test says so: with window.hold one is held, window.waits says when, window.letGo() ends it.
HOLD = """
window.hold = false;
window.held = new Promise((resolve) => { window.letGo = () => { window.hold = false; resolve(); }; });
window.waits = new Promise((resolve) => { window.isHeld = resolve; });
"""
HELD = """
import js
from detector.browser.network.session import BrowserSession

run = BrowserSession.run

async def held(self, tensor):
    found = await run(self, tensor)
    if js.window.hold:
        js.window.isHeld()
        await js.window.held
    return found

BrowserSession.run = held
answer(None)
"""


def test_what_was_found_in_one_camera_is_not_drawn_over_another(
    visit: Visit, browser: Browser, dogs: dict[Size, tuple[float, ...]]
) -> None:
    live = visit("?threshold=0.6&classes=dog", using=browser, init=HOLD + TURNING + NOTE_BOXES)
    live.until_python()
    live.python(HELD)
    started(live)
    live.page.evaluate(
        f"async () => {{ window.next = {list(PORTRAIT)}; window.hold = true; await window.waits; }}"
    )
    before = len(live.results)
    live.page.click("#more")
    live.page.select_option("#set-facing", "environment")
    live.page.evaluate(UNTIL_WIDTH, PORTRAIT[0])
    assert live.page.evaluate("window.drawn") == [], "what the camera before has shown is gone"
    live.page.evaluate("window.drawings = []; window.letGo()")
    live.until_results(before + 2)
    for result in live.results[before:]:
        assert size_of(result) == PORTRAIT
        assert_right(result, dogs)
    for drawing in live.page.evaluate("window.drawings"):
        if drawing["boxes"]:
            assert tuple(drawing["size"]) == PORTRAIT
            assert_drawn_right(drawing, dogs, mirrored=True)
    expect(live.page.locator("#error")).to_be_hidden()
    assert live.published("error") == []
