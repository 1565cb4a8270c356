"""The page in three engines: from photo, camera and video to the same detections, and nothing bad in their consoles.

Each engine starts once, with an empty cache; its first visit is also the one whose times docs/browsers.md gives
(`python3 -m tools browsers` writes it).
"""

import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from PIL import ImageChops
from playwright.sync_api import Browser

from detector.vision.boxes import iou
from tests.browser.engines import Engine, EngineError
from tests.browser.engines.chromium import Chromium
from tests.browser.engines.firefox import Firefox
from tests.browser.engines.visit import Visit, labels
from tests.browser.engines.webkit import WebKit
from tests.browser.line import Line
from tests.browser.pictures import load, turned_by_exif
from tests.browser.sources.test_closer import small_things
from tests.test_command_video import DOOR, MIDDLE
from tests.video_clips import crossing, write_clip
from tools.measure import engines_report
from tools.serve.onlooker.server import Server
from tools.setup import engines

# How far apart two engines may be.
SCORE_TOLERANCE = 0.01
IOU_TOLERANCE = 0.98
LEAST = 0.3

FRAMES = 25  # of which the first few are left out of the median
DETECT = """
from detector.browser.platform.interop import bridge
from detector.browser.sources.picture_decoder import fetch_picture
bitmap = await fetch_picture("/photos/motorcycle.png")
times = []
for _ in range(FRAMES):
    times.append((await app._turn.look(bitmap)).timings["total"])
bitmap.close()
answer([times, (await bridge()).threads()])
"""
# A second of a photograph that keeps still, as WebM. Its frames are given to the recorder in YUV as television has it
# (BT.601, 16 to 235): made of a canvas they would have the full range, which Firefox does not expect of a video.
RECORD_STILL = """
async () => {
  const side = 512;
  const photo = await createImageBitmap(await (await fetch("/photos/astronaut.png")).blob());
  const context = new OffscreenCanvas(side, side).getContext("2d");
  context.drawImage(photo, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  const yuv = new Uint8Array(side * side * 1.5);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
    const [r, g, b] = data.subarray(4 * (y * side + x));
    yuv[y * side + x] = 16 + (65.738 * r + 129.057 * g + 25.064 * b) / 256;
    if (x % 2 || y % 2) continue;
    const at = side * side + (y / 2) * (side / 2) + x / 2;
    yuv[at] = 128 + (-37.945 * r - 74.494 * g + 112.439 * b) / 256;
    yuv[at + side * side / 4] = 128 + (112.439 * r - 94.154 * g - 18.285 * b) / 256;
  }
  const track = new MediaStreamTrackGenerator({ kind: "video" });
  const writer = track.writable.getWriter();
  const stream = new MediaStream([track]);
  const recorder = new MediaRecorder(stream, { mimeType: "video/webm;codecs=vp8", videoBitsPerSecond: 8e6 });
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const stopped = new Promise((resolve) => { recorder.onstop = resolve; });
  recorder.start();
  const colorSpace = { fullRange: false, matrix: "smpte170m", primaries: "smpte170m", transfer: "smpte170m" };
  for (let frame = 0; frame < 20; frame++) {
    await new Promise((resolve) => setTimeout(resolve, 66));
    const timestamp = frame * 66_667;
    await writer.write(new VideoFrame(yuv, {
      format: "I420", codedWidth: side, codedHeight: side, timestamp, colorSpace }));
  }
  recorder.stop();
  await stopped;
  return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
}
"""
LAST_FRAME = """
result = await app._turn.look(app.stage.video)
answer(result.detail("video")["detections"])
"""
# Grey noise: the mean of any part of it is near 128, and a sample is anything.
NOISE = """
() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const picture = context.createImageData(640, 480);
  let state = 1;
  for (let i = 0; i < picture.data.length; i += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    picture.data.fill(state >>> 24, i, i + 3);
    picture.data[i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
  window.noise = canvas;
}
"""
GLANCE = """
import js
answer(list(app.live.frames._glance.cells(js.window.noise)))
"""
COMPLAIN = """
() => new Promise((resolve) => {
  for (const way of ["error", "warn", "log"]) console[way](`said by ${way}`);
  Promise.reject(new Error("rejected"));
  setTimeout(() => { throw new Error("thrown"); });
  setTimeout(resolve, 100);
})
"""
SET_THRESHOLD = """
(value) => {
  const slider = document.getElementById("threshold");
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}
"""
STUDIO_HERE = """
() => new Promise((resolve) => {
  const tools = document.getElementById("studio-tools");
  const look = () => {
    if (tools.disabled) return;
    tools.scrollIntoView();
    resolve();
  };
  new MutationObserver(look).observe(tools, { attributes: true });
  look();
})
"""
DROP = """
async () => {
  const blob = await (await fetch("/photos/chelsea.png")).blob();
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([blob], "chelsea.png", { type: "image/png" }));
  document.getElementById("stage").dispatchEvent(
    new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}
"""

CHOSEN = engines.chosen()
OTHERS = [name for name in CHOSEN if name != "chromium"]
# What all other tests of this folder do in Chromium already.
only_others = pytest.mark.parametrize("engine", OTHERS, indirect=True)
Engines = Callable[[str], Engine]


@pytest.fixture(scope="module")
def started(camera_browser: Browser) -> Iterator[Engines]:
    """An engine by its name, started when first asked for."""
    running: dict[str, Engine] = {}
    with ExitStack() as stack:

        def start(name: str) -> Engine:
            if name not in running:
                running[name] = launch(name, camera_browser)
                stack.callback(running[name].close)
            return running[name]

        yield start


def launch(name: str, camera_browser: Browser) -> Engine:
    if name == "chromium":
        return Chromium(camera_browser)
    found = engines.ensure()
    assert found.firefox and found.webkit_driver and found.mini_browser and found.xvfb
    if name == "firefox":
        return Firefox(found.firefox)
    return WebKit(found.webkit_driver, found.mini_browser, found.xvfb)


@pytest.fixture(params=CHOSEN)
def engine(request: pytest.FixtureRequest, started: Engines) -> Engine:
    running = started(request.param)
    running.forget_messages()
    return running


@pytest.fixture
def visit(engine: Engine, server: Server) -> Iterator[Callable[..., Visit]]:
    """`visit("?threshold=0.3")` opens the page; it must break no policy, and leave the console empty."""
    opened: list[Visit] = []

    def open_page(query: str = "") -> Visit:
        opened.append(Visit(engine, server.address + query))
        return opened[-1]

    yield open_page
    assert opened[-1].violations == []
    assert engine.messages == []


@pytest.fixture(scope="module")
def first_visits() -> dict[str, engines_report.Figures]:
    """What the first test of each engine found, for the table."""
    return {}


@pytest.fixture(scope="module", autouse=True)
def write_table(
    request: pytest.FixtureRequest, first_visits: dict[str, engines_report.Figures]
) -> Iterator[None]:
    """docs/browsers.md, if it was asked for."""
    yield
    if request.config.getoption("--write-browsers"):
        engines_report.write([first_visits[name] for name in engines.ALL])


@pytest.fixture(scope="module")
def seen(started: Engines, server: Server, photo_folder: Path) -> Callable[[str], dict[str, Any]]:
    """What an engine finds in each photograph."""
    known: dict[str, dict[str, Any]] = {}
    photos = sorted(photo_folder.iterdir())

    def look(name: str) -> dict[str, Any]:
        if name not in known:
            page = Visit(started(name), f"{server.address}?threshold={LEAST}&look=once")
            results = page.look_at(*photos)
            known[name] = {
                photo.name: result["detections"] for photo, result in zip(photos, results, strict=True)
            }
        return known[name]

    return look


@pytest.fixture(scope="module")
def still_clip(started: Engines, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    recorder = started("chromium")
    recorder.open(server.address)
    clip = tmp_path_factory.mktemp("clip") / "still.webm"
    clip.write_bytes(bytes(recorder.evaluate(RECORD_STILL)))
    return clip


@pytest.fixture(scope="module")
def seen_in_video(started: Engines, server: Server, still_clip: Path) -> Callable[[str], dict[str, Any]]:
    """What an engine finds in the last frame of a video that shows one photograph."""
    known: dict[str, dict[str, Any]] = {}

    def look(name: str) -> dict[str, Any]:
        if name not in known:
            page = Visit(started(name), f"{server.address}?max=1&skip=0")
            page.give_files(still_clip)
            page.until_results(1)
            page.until("ready")  # the clip has ended
            assert {result["source"] for result in page.results} == {"video"}
            (known[name],) = page.python(LAST_FRAME)
            page.stop()
        return known[name]

    return look


Open = Callable[..., Visit]


def test_first_visit(
    visit: Open, engine: Engine, photo_folder: Path, first_visits: dict[str, engines_report.Figures]
) -> None:
    """Cold, then the same again; isolated, with threads, on a provider that works."""
    page = visit("?look=once")
    (result,) = page.look_at(photo_folder / "motorcycle.png")
    cold = page.first_result_ms
    assert labels(result) == ["motorcycle"]
    assert engine.evaluate("() => crossOriginIsolated")
    data = page.data
    assert (data["state"], data["python"], data["provider"]) == ("ready", "micropython", "wasm")
    page.reload()
    (again,) = page.look_at(photo_folder / "motorcycle.png")
    assert again["detections"] == result["detections"]
    reload = page.first_result_ms
    times, threads = page.python(DETECT.replace("FRAMES", str(FRAMES)))
    assert threads >= 2
    features = {
        name: bool(engine.evaluate(engines_report.FEATURES[name].probe)) for name in engines_report.FEATURES
    }
    first_visits[engine.key] = engines_report.Figures(
        name=f"{engine.name} {engine.version}",
        camera=engine.camera,
        provider=data["provider"],
        threads=threads,
        median_ms=statistics.median(times[5:]),
        first_box_ms=cold,
        first_box_reload_ms=reload,
        features=features,
    )


def test_a_console_is_heard(engine: Engine, server: Server) -> None:
    """Else the other tests could not fail by it."""
    engine.open(server.address)
    engine.evaluate(COMPLAIN)
    for said in ("said by error", "said by warn", "thrown", "rejected"):
        assert any(said in message for message in engine.messages), (said, engine.messages)
    assert not any("said by log" in message for message in engine.messages)


@pytest.mark.parametrize("other", OTHERS)
def test_all_engines_see_the_same(seen: Callable[[str], dict[str, Any]], other: str) -> None:
    theirs, ours = seen("chromium"), seen(other)
    assert theirs.keys() == ours.keys()
    differences = [
        f"{photo}: {one['class']} {one['score']:.3f} only in {where}"
        for photo in theirs
        for where, some, others in (
            ("Chromium", theirs[photo], ours[photo]),
            (other, ours[photo], theirs[photo]),
        )
        for one in some
        if one["score"] >= LEAST + SCORE_TOLERANCE and not any(same(one, two) for two in others)
    ]
    assert differences == []


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return (
        one["class"] == other["class"]
        and abs(one["score"] - other["score"]) <= SCORE_TOLERANCE
        and iou(corners(one), corners(other)) >= IOU_TOLERANCE
    )


def corners(found: dict[str, Any]) -> tuple[float, float, float, float]:
    x, y, width, height = found["bbox"]
    return x, y, x + width, y + height


def test_camera_start_stop_and_start_again(visit: Open, engine: Engine) -> None:
    page = visit()
    page.until_python()
    for turn in range(2):
        page.forget()
        page.start()
        page.until("running")
        page.until_results(3)
        results = page.results
        assert [result["frame"] for result in results] == list(range(1, len(results) + 1))
        assert all((one["source"], one["provider"]) == ("camera", "wasm") for one in results)
        assert results[0]["width"] >= 640
        assert "WebAssembly" in page.text("#status")
        assert page.live_tracks == 1
        page.stop()
        assert page.live_tracks == 0, f"the camera runs on after stop {turn}"
        assert page.data["provider"] == ""
    if engine.key == "chromium":
        assert "person" in labels(results[-1])


def test_a_video_of_a_photograph(
    visit: Open, engine: Engine, seen_in_video: Callable[[str], dict[str, Any]]
) -> None:
    """What stands in for a camera where that shows no objects: through the same element, frame after frame."""
    visit()
    ours, theirs = seen_in_video(engine.key), seen_in_video("chromium")
    assert ours["class"] == "person"
    if engine.key == "webkit":
        # GStreamer's quick conversion makes videos darker by 2%, which the page cannot know of.
        assert abs(ours["score"] - theirs["score"]) <= 0.1
        assert iou(corners(ours), corners(theirs)) >= 0.9
    else:
        assert same(ours, theirs), (ours, theirs)


def test_a_glance_sees_means_and_no_samples(visit: Open) -> None:
    """Else a sensor's noise passes for motion, and a still scene never rests."""
    page = visit()
    page.until_python()
    page.engine.evaluate(NOISE)
    cells = page.python(GLANCE)
    assert len(cells) == 300
    assert min(cells) >= 112 and max(cells) <= 144


@only_others
def test_a_setting_acts_at_once(visit: Open, photo_folder: Path) -> None:
    page = visit("?threshold=0.2&max=1&classes=cat&colour=red")
    (result,) = page.look_at(photo_folder / "chelsea.png")
    assert labels(result) == ["cat"]
    page.engine.evaluate(SET_THRESHOLD, "0.95")
    page.until_results(2)
    assert labels(page.results[1]) == []
    assert page.text("#threshold-value") == "95%"


@only_others
def test_small_things_are_found_by_looking_closer(visit: Open, tmp_path: Path) -> None:
    small_things().save(tmp_path / "far.png")
    (result,) = visit().look_at(tmp_path / "far.png")
    assert {"cat", "cup"} <= set(labels(result))


@only_others
def test_who_walks_through_a_clip_is_counted(visit: Open, tmp_path: Path) -> None:
    pictures = crossing("iio")
    clip = write_clip(tmp_path / "door.webm", pictures, [100 * number for number in range(len(pictures))])
    page = visit(f"?video=every&classes=person&look=once&lines={DOOR}&zones={MIDDLE}")
    page.until_python()
    page.engine.click("#more")
    page.give_files(clip)
    page.until("ready")
    assert page.text("#clip-text").endswith("Some may be missing."), "neither tells when frames begin"
    told = page.engine.evaluate("() => window.record.track")
    assert [one["direction"] for one in told if one["kind"] == "cross"] == ["in", "in", "out"]
    zones = [one["kind"] for one in told if one["kind"].startswith("zone-")]
    assert sorted(zones) == ["zone-enter"] * 3 + ["zone-leave"] * 3
    assert page.engine.evaluate("() => document.querySelectorAll('.handle').length") == 2 + 4
    assert page.text("#shapes li p") == "In: person 2 · Out: person 1"


@only_others
def test_a_photo_on_its_side_stands_upright(visit: Open, photo_folder: Path, tmp_path: Path) -> None:
    photo = photo_folder / "motorcycle.png"
    turned = turned_by_exif(photo, tmp_path / "turned.jpg")
    (result,) = visit("?look=once").look_at(turned)
    assert (result["width"], result["height"]) == load(photo).size
    assert labels(result) == ["motorcycle"]


@only_others
def test_a_dropped_photo_is_saved_with_its_boxes(visit: Open, photo_folder: Path) -> None:
    page = visit()
    page.until_python()
    page.engine.evaluate(DROP)
    page.until("ready")
    assert labels(page.results[0]) == ["cat"]
    page.engine.click("#snapshot")
    saved = load(page.engine.downloaded("onlooker.png", ends=b"IEND\xaeB`\x82"))
    photo = load(photo_folder / "chelsea.png")
    assert saved.size == photo.size
    assert ImageChops.difference(saved, photo).getbbox(), "there are boxes on it"


@only_others
def test_the_studio_saves_a_photo_at_full_size(visit: Open, photo_folder: Path, tmp_path: Path) -> None:
    page = visit()
    page.until_python()
    page.look_at(turned_by_exif(photo_folder / "chelsea.png", tmp_path / "sideways.jpg"))
    page.engine.click("#more")
    page.engine.evaluate(STUDIO_HERE)
    page.engine.click("#full-size")
    saved = load(page.engine.downloaded("onlooker.jpg", ends=b"\xff\xd9"))
    photo = load(photo_folder / "chelsea.png")
    assert saved.size == photo.size
    drawn = ImageChops.difference(saved, photo).convert("L").point(lambda value: 255 * (value > 60))
    assert 0.001 < drawn.histogram()[255] / (photo.width * photo.height) < 0.2, "a frame and a label"


HEAT_MAP = """
() => new Promise((resolve) => {
  const map = document.getElementById("heat-map");
  new MutationObserver(() => { map.scrollIntoView(); resolve(); }).observe(map, { attributes: true });
  document.getElementById("heat").click();
})
"""


@only_others
def test_the_studio_draws_a_heat_map_with_its_legend(visit: Open, photo_folder: Path) -> None:
    page = visit()
    page.until_python()
    (result,) = page.look_at(photo_folder / "chelsea.png")
    page.engine.click("#more")
    page.engine.evaluate(STUDIO_HERE)
    page.engine.evaluate(HEAT_MAP)
    page.engine.click("#heat-save")
    drawn = load(page.engine.downloaded("onlooker-heat.png", ends=b"IEND\xaeB`\x82"))
    assert drawn.width == 480, "the photo's 451 pixels are too few for the legend"
    size = (480, round(result["height"] * 480 / result["width"]))
    plain = load(photo_folder / "chelsea.png").resize(size)
    x, y, width, height = [side * 480 / result["width"] for side in result["detections"][0]["bbox"]]
    where = round(x + width / 2), round(y + height / 2)
    hot, before = drawn.getpixel(where), plain.getpixel(where)
    assert isinstance(hot, tuple) and isinstance(before, tuple)
    assert sum(hot) > sum(before) + 120, "light yellow, where the cat is brown"
    title = drawn.crop((10, size[1] + 8, 120, size[1] + 44)).convert("L")
    assert title.histogram()[255] > 20, "in white letters, which the browser has drawn"


@only_others
def test_a_file_that_is_no_picture_says_so_and_leaves_a_way_on(
    visit: Open, photo_folder: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8 nothing follows")
    page = visit()
    page.give_files(broken)
    assert "broken.jpg cannot be read as a picture" in page.until_error()
    assert [error["code"] for error in page.errors] == ["media"]
    page.engine.click("#error-dismiss")
    page.until("idle")
    (result,) = page.look_at(photo_folder / "chelsea.png")
    assert labels(result) == ["cat"]


@only_others
def test_pyodide_runs_it_too(visit: Open, photo_folder: Path) -> None:
    page = visit("?python=pyodide")
    (result,) = page.look_at(photo_folder / "chelsea.png")
    assert labels(result) == ["cat"]
    assert page.data["python"] == "pyodide"
    assert page.python("import numpy\nanswer(int(numpy.arange(4).sum()))") == 6


@pytest.fixture
def line(photo_folder: Path) -> Iterator[Line]:
    with Line({"/photos/": photo_folder}) as running:
        yield running
        running.unplug()


UNTIL_KEPT = """
() => new Promise((resolve) => {
  const toggle = document.querySelector("#offline-toggle");
  const look = () => toggle.hidden || resolve(document.querySelector("#offline-text").textContent);
  new MutationObserver(look).observe(toggle, { attributes: true });
  look();
})
"""


# A file of the offline copy that is on its way for as long as nobody reads it.
UNREAD = "async () => { window.unread = await fetch('models/coco-ssd-lite.onnx'); }"


def test_a_page_may_be_left_while_the_offline_copy_answers_it(
    visit: Open, engine: Engine, photo_folder: Path
) -> None:
    page = visit()
    page.look_at(photo_folder / "chelsea.png")
    assert "works without a network" in engine.evaluate(UNTIL_KEPT)
    page.reload()
    assert engine.evaluate("() => navigator.serviceWorker.controller !== null")
    engine.evaluate(UNREAD)
    page.reload()
    page.until_python()  # and nothing was said of the page before


def test_a_reload_without_a_server(engine: Engine, line: Line, photo_folder: Path) -> None:
    page = Visit(engine, line.address)
    (online,) = page.look_at(photo_folder / "chelsea.png")
    assert "works without a network" in engine.evaluate(UNTIL_KEPT)
    line.unplug()
    with pytest.raises(EngineError):
        engine.evaluate("() => fetch('/photos/eagle.jpg', { cache: 'reload' }).then((got) => got.blob())")
    engine.forget_messages()  # of that failed fetch
    page.reload()
    assert engine.evaluate("() => crossOriginIsolated")
    (offline,) = page.look_at(photo_folder / "chelsea.png")
    assert labels(offline) == ["cat"]
    assert offline["detections"] == online["detections"]
    page.start()
    page.until("running")
    page.until_results(2)
    page.stop()
    assert engine.messages == []
