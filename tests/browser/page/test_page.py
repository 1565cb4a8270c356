"""The page as a visitor meets it, without a camera: state, events, settings, pictures, both Pythons."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import ImageChops
from playwright.sync_api import Route

from detector.native.frames import size_of
from detector.vision.boxes import iou
from tests.browser.live_page import LivePage
from tests.browser.pictures import load, turned_by_exif
from tools.common import paths

Visit = Callable[..., LivePage]


def corners(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    return x, y, x + width, y + height


def large(live: LivePage) -> list[str]:
    """What was asked for of the large files."""
    return [url for url in live.requested if ".onnx" in url or "/ort/" in url or "/pyodide/" in url]


def test_large_parts_come_while_python_starts_and_are_counted(visit: Visit, photo_folder: Path) -> None:
    held: list[Route] = []
    live = visit("?nothing", route=("**/micropython.wasm", lambda route: held.append(route)))
    assert live.page.is_visible("text=Start the camera")
    live.give_files(photo_folder / "chelsea.png")
    live.page.get_by_text("Model 4.9 of 4.9 MB, Runtime 2.2 of 2.2 MB").wait_for()
    assert live.page.text_content("#progress-text") == "Starting Python"
    assert not live.data.get("python")
    names = {url.rsplit("/", 1)[1] for url in large(live)}
    assert {"coco-ssd-lite.onnx", "snapshots.json", "ort.wasm.min.mjs"} <= names
    live.until_held(held)
    for route in held:
        route.continue_()
    live.until("ready")
    assert live.data["python"] == "micropython"
    assert live.labels()[0] == "cat"


def test_what_is_fetched_ahead_is_used(visit: Visit) -> None:
    """Of what is fetched ahead in vain, another copy is fetched when it is needed."""
    live = visit()
    live.until_python()
    ahead = live.page.evaluate("[...document.querySelectorAll('link[rel=preload]')].map((link) => link.href)")
    assert [url.rsplit("/", 1)[1] for url in ahead] == ["micropython.wasm"]
    assert [live.requested.count(url) for url in ahead] == [1]


def test_is_idle_until_it_is_asked_for_something(visit: Visit) -> None:
    live = visit()
    live.until_python()
    assert live.data["state"] == "idle"
    assert live.page.is_visible("text=Start the camera")


@pytest.mark.parametrize("line", ["saveData: true", "type: 'cellular'"])
def test_a_line_to_be_spared_fetches_nothing_large_before_start(
    visit: Visit, photo_folder: Path, line: str
) -> None:
    live = visit(init=f"Object.defineProperty(navigator, 'connection', {{ value: {{ {line} }} }});")
    live.until_python()
    assert live.page.is_visible("text=Start the camera")
    assert large(live) == []
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.labels()[0] == "cat"
    assert len(large(live)) > 3


def test_names_what_is_on_a_photo(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    (result,) = live.results
    width, height = load(photo_folder / "chelsea.png").size
    assert (result["version"], result["source"], result["frame"]) == (1, "image", 1)
    assert (result["width"], result["height"], result["provider"]) == (width, height, "wasm")
    assert set(result["timings"]) == {"grab", "infer", "select", "draw", "total"}
    best = result["detections"][0]
    assert best["class"] == "cat" and 0.5 <= best["score"] <= 1
    x, y, box_width, box_height = best["bbox"]
    assert 0 <= x < x + box_width <= width and 0 <= y < y + box_height <= height
    assert live.data == {
        "state": "ready",
        "provider": "wasm",
        "model": "coco-ssd-lite",
        "python": "micropython",
        "ready": "1",
    }
    assert [event["state"] for event in live.published("state")] == ["loading", "running", "ready"]
    assert "cat" in live.page.inner_text("#announce")


def test_a_file_given_before_python_is_up_is_not_lost(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.labels()[0] == "cat"


def test_publishes_one_result_for_each_photo_and_names_the_broken_ones(
    visit: Visit, photo_folder: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "holiday.heic"
    broken.write_bytes(b"not a picture at all")
    live = visit("?threshold=0.4")
    live.until_python()
    live.give_files(photo_folder / "chelsea.png", broken, photo_folder / "coffee.png")
    live.until("ready")
    live.until_results(2)
    assert live.labels(0)[0] == "cat"
    assert "cup" in live.labels(1)
    live.page.wait_for_selector("#notes:has-text('holiday.heic is a HEIC photo')", state="attached")


def test_only_broken_files_say_so_and_leave_a_way_on(
    visit: Visit, photo_folder: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8 nothing follows")
    live = visit()
    live.until_python()
    live.give_files(broken)
    live.page.wait_for_selector("#error:not([hidden])")
    assert "broken.jpg cannot be read as a picture" in live.error_text
    (error,) = live.published("error")
    assert error["code"] == "media" and error["version"] == 1
    live.page.click("#error-dismiss")
    live.until("idle")
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")


def test_settings_in_the_address_act_and_bad_ones_are_reported_not_fatal(
    visit: Visit, photo_folder: Path
) -> None:
    live = visit("?threshold=0.2&max=1&classes=cat&colour=red&iou=7")
    live.until_python()
    notes = live.page.text_content("#notes")
    assert notes is not None and "colour" in notes and "iou" in notes
    assert live.page.input_value("#threshold") == "0.2"
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.labels() == ["cat"]


def test_the_threshold_acts_on_a_still_picture_at_once(visit: Visit, photo_folder: Path) -> None:
    live = visit("?threshold=0.1")
    live.until_python()
    live.give_files(photo_folder / "coffee.png")
    live.until("ready")
    before = live.results[-1]["detections"]
    live.page.locator("#threshold").fill("0.95")
    live.until_results(2)
    after = live.results[-1]["detections"]
    assert len(after) < len(before)
    assert all(found["score"] >= 0.95 for found in after)


def test_samples_need_no_camera(visit: Visit) -> None:
    live = visit()
    live.page.click("#samples button:has(img[alt*='cat' i]), #samples button:nth-child(2)")
    live.until("ready")
    assert live.labels()[0] == "cat"
    live.page.locator("#start").wait_for()  # and the camera is still on offer


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_takes_pictures_that_are_dropped_or_pasted(visit: Visit, photo_folder: Path, way: str) -> None:
    live = visit()
    live.until_python()
    live.page.evaluate(
        """async ([url, way]) => {
          const blob = await (await fetch(url)).blob();
          const data = new DataTransfer();
          data.items.add(new File([blob], "picture.png", { type: "image/png" }));
          const options = { bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data };
          const event = way === "drop" ? new DragEvent("drop", options) : new ClipboardEvent("paste", options);
          document.body.dispatchEvent(event);
        }""",
        ["/photos/chelsea.png", way],
    )
    live.until("ready")
    assert live.labels()[0] == "cat"


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "avif"])
def test_a_picture_stands_upright_as_it_does_on_the_command_line(
    visit: Visit, photo_folder: Path, tmp_path: Path, kind: str
) -> None:
    live = visit()
    live.until_python()
    boxes = []
    for orientation in range(1, 9):
        photo = turned_by_exif(photo_folder / "coffee.png", tmp_path / f"{orientation}.{kind}", orientation)
        live.give_files(photo)
        live.until_results(orientation)
        live.until("ready")
        result = live.results[-1]
        assert (result["width"], result["height"]) == size_of(photo) == (600, 400), orientation
        boxes += [corners(*one["bbox"]) for one in result["detections"] if one["class"] == "cup"]
    assert len(boxes) == 8 and all(iou(box, boxes[0]) > 0.95 for box in boxes)


def test_a_picture_of_any_kind_is_what_it_is_on_the_command_line(
    visit: Visit, photo_folder: Path, tmp_path: Path
) -> None:
    photos = [tmp_path / f"coffee.{kind}" for kind in ("avif", "bmp", "gif", "jpg", "png", "webp")]
    for photo in photos:
        lossy = {"quality": 95} if photo.suffix in (".avif", ".jpg", ".webp") else {}
        load(photo_folder / "coffee.png").save(photo, **lossy)
    command = [sys.executable, "-m", "detector", "--json", *photos]
    lines = subprocess.run(command, cwd=paths.ROOT, check=True, capture_output=True).stdout.splitlines()
    live = visit()
    live.until_python()
    for number, (photo, line) in enumerate(zip(photos, lines, strict=True), 1):
        live.give_files(photo)
        live.until_results(number)
        live.until("ready")
        here, there = live.results[-1], json.loads(line)
        assert (here["width"], here["height"]) == (there["width"], there["height"]) == (600, 400), photo.name
        best, its = here["detections"][0], there["detections"][0]
        assert best["class"] == its["class"] == "cup", photo.name
        assert iou(corners(*best["bbox"]), corners(*its["bbox"])) > 0.95, photo.name


def test_runs_on_pyodide_with_numpy_and_pillow(visit: Visit, photo_folder: Path) -> None:
    live = visit("?python=pyodide")
    live.until_python()
    assert live.data["python"] == "pyodide"
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.labels()[0] == "cat"
    live.page.evaluate(
        """() => document.body.append(Object.assign(document.createElement("script"), {
          type: "py",
          textContent: `
import js, numpy, PIL
js.document.documentElement.dataset.versions = numpy.__version__ + " " + PIL.__version__
`,
        }))"""
    )
    live.page.locator("html[data-versions='2.2.5 11.3.0']").wait_for(state="attached")


def test_progress_is_in_bytes_and_ends_with_all_of_them(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    told = [event for event in live.published("progress") if event["total"]]
    received = [event["received"] for event in told]
    assert told and received == sorted(received)
    assert {part["part"] for part in told[-1]["parts"]} == {"Model", "Runtime"}
    assert sum(part["received"] for part in told[-1]["parts"]) == told[-1]["received"]
    assert told[-1]["received"] == told[-1]["total"] > 6_000_000


def test_the_overlay_lies_on_the_picture(visit: Visit, photo_folder: Path) -> None:
    """The box that is drawn, in screen pixels, is the box that was published, scaled and letterboxed; also after the
    window was turned."""
    live = visit(viewport={"width": 1200, "height": 500})
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert_box_is_on_the_picture(live)
    live.page.set_viewport_size({"width": 400, "height": 800})
    live.page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert_box_is_on_the_picture(live)


def assert_box_is_on_the_picture(live: LivePage) -> None:
    result = live.results[0]
    x, y, width, height = result["detections"][0]["bbox"]
    stage = live.page.locator("#view").bounding_box()
    assert stage is not None
    scale = min(stage["width"] / result["width"], stage["height"] / result["height"])
    left = stage["x"] + (stage["width"] - result["width"] * scale) / 2
    top = stage["y"] + (stage["height"] - result["height"] * scale) / 2
    shot = load(io.BytesIO(live.page.screenshot()))
    color = live.page.evaluate("getComputedStyle(document.querySelector('#found .swatch')).backgroundColor")
    expected = tuple(int(part) for part in color.removeprefix("rgb(").removesuffix(")").split(","))
    middle = round(top + (y + height / 2) * scale)
    columns = [
        column
        for column in range(shot.width)
        if sum(abs(a - b) for a, b in zip(shot.getpixel((column, middle)), expected, strict=True)) < 30
    ]
    assert columns, "no box"
    assert abs(columns[0] - (left + x * scale)) <= 2
    assert abs(columns[-1] - (left + (x + width) * scale)) <= 3


def test_a_video_file_plays_and_is_watched_to_its_end(visit: Visit, tmp_path: Path) -> None:
    live = visit()
    live.until_python()
    clip = record_clip(live, tmp_path)
    live.give_files(clip)
    live.until_results(1)
    assert live.results[0]["source"] == "video"
    live.until("ready")
    assert any("person" in live.labels(index) for index in range(len(live.results)))


# A browser that is so busy that a clip is over when it says that it plays.
PLAYS_LATE = """
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = async function () {
  const ended = new Promise((resolve) => this.addEventListener("ended", resolve, { once: true }));
  await play.call(this);
  await ended;
};
"""


def test_a_clip_that_is_over_at_once_is_looked_at_all_the_same(visit: Visit, tmp_path: Path) -> None:
    recorder = visit()
    recorder.until_python()
    clip = record_clip(recorder, tmp_path)
    live = visit(init=PLAYS_LATE)
    live.give_files(clip)
    live.until_results(1)
    live.until("ready")
    assert "person" in live.labels()


RECORD_CLIP = """
async () => {
  const photo = await createImageBitmap(await (await fetch("/photos/astronaut.png")).blob());
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 320 });
  const context = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(15), { mimeType: "video/webm" });
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const stopped = new Promise((resolve) => { recorder.onstop = resolve; });
  recorder.start();
  const began = performance.now();
  await new Promise((resolve) => {
    const paint = (now) => {
      context.drawImage(photo, (now - began) / 100, 0, 320, 320);
      if (now - began < 2000) requestAnimationFrame(paint); else resolve();
    };
    requestAnimationFrame(paint);
  });
  recorder.stop();
  await stopped;
  return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
}
"""


def record_clip(live: LivePage, folder: Path) -> Path:
    """A two-second WebM, recorded by the browser itself from a canvas."""
    clip = folder / "clip.webm"
    clip.write_bytes(bytes(live.page.evaluate(RECORD_CLIP)))
    return clip


def test_a_snapshot_is_the_picture_with_its_boxes(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    with live.page.expect_download() as download:
        live.page.click("#snapshot")
    saved = load(Path(download.value.path()))
    original = load(photo_folder / "chelsea.png")
    assert saved.size == original.size
    changed = ImageChops.difference(saved, original).convert("L").point(lambda value: 255 * (value > 0))
    share = changed.histogram()[255] / (saved.width * saved.height)
    assert 0.001 < share < 0.2, "a frame and a label, not another picture"


def test_stop_forgets_the_picture(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    live.stop()
    assert not live.page.is_visible("#picture")
    assert live.data.get("provider", "") == ""


OWN_PAGE = """
import js
from detector import load
from detector.browser.sources.picture_decoder import fetch_picture
from detector.errors import ClosedError, InputError
told = []
detector = await load(provider="wasm", threshold=0.4)
picture = await fetch_picture("/photos/chelsea.png")
told.append([found.label for found in await detector.detect(picture)])
picture.close()
empty = js.document.createElement("canvas")
empty.width = 0
for bad in (picture, empty, js.document.createElement("div"), js.document.createElement("video")):
    try:
        await detector.detect(bad)
    except InputError as error:
        told.append(error.code)
told.append([found.label for found in await detector.detect(js.document.getElementById("photo"))])
await detector.close()
try:
    await detector.detect(js.document.getElementById("photo"))
except ClosedError as error:
    told.append(error.code)
answer(told)
"""


@pytest.mark.parametrize("python", ["micropython", "pyodide"])
def test_others_build_on_the_same_three_verbs(visit: Visit, python: str) -> None:
    """load, detect, close in a page of one's own; bad frames are refused, and lose nothing."""
    live = visit(f"?python={python}")
    live.until_python()
    live.page.evaluate(
        """async () => {
          const image = Object.assign(new Image(), { id: "photo", src: "/photos/chelsea.png", hidden: true });
          document.body.append(image);
          await image.decode();
        }"""
    )
    assert live.python(OWN_PAGE) == [["cat"], *["bad-input"] * 4, ["cat"], "closed"]
