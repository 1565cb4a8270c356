"""detector.stream() in a page: its pace, every way in which it ends, and what is left then."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.live_page import LivePage
from tests.browser.sources.test_camera import COUNT_TRACKS, LIVE_TRACKS, UNPLUGGABLE

Visit = Callable[..., LivePage]

PYTHONS = ("micropython", "pyodide")

# Onlooker's own page has the package, both Pythons, and a video element; its camera is not on.
BEGIN = """
import asyncio, js
from detector import DetectorError, draw_boxes, load, open_camera
from detector.browser.platform.interop import now, record
video = js.document.createElement("video")
js.document.body.append(video)
"""


def python(live: LivePage, code: str) -> object:
    live.until_python()
    return live.python(BEGIN + code)


@pytest.mark.parametrize("name", PYTHONS)
def test_a_block_and_close_put_the_camera_off_at_once_and_a_loop_that_is_left_soon(
    visit: Visit, camera_browser: Browser, name: str
) -> None:
    live = visit(f"?python={name}", using=camera_browser, init=COUNT_TRACKS)
    told = python(
        live,
        """
told = []
def tracks():
    return len([1 for track in js.window.tracks if track.readyState == "live"])
detector = await load(skip=0)
camera = await open_camera(video)
async with detector.stream(camera) as results:
    async for result in results:
        told.append([result.frame, result.width, result.count("person"), camera.is_open, tracks()])
        if result.frame == 3:
            break
told.append([camera.is_open, tracks()])
await camera.reopen()
async for result in detector.stream(camera):
    told.append(tracks())
    camera.close()
told.append([camera.is_open, tracks()])
await camera.reopen()
stream = detector.stream(camera)
async for result in stream:
    break
told.append([camera.is_open, tracks()])
gone = js.Promise.new(lambda resolve, _: video.addEventListener("emptied", resolve))
await gone
told.append([camera.is_open, tracks()])
async for result in stream:  # asked again, it is opened again
    told.append([camera.is_open, tracks()])
    detector.close()
told.append([camera.is_open, tracks()])
answer(told)
""",
    )
    assert told == [
        [1, 640, 1, True, 1],
        [2, 640, 1, True, 1],
        [3, 640, 1, True, 1],
        [False, 0],
        1,
        [False, 0],
        [True, 1],
        [False, 0],
        [True, 1],
        [False, 0],
    ]


@pytest.mark.parametrize("name", PYTHONS)
def test_a_camera_that_goes_away_ends_the_loop(visit: Visit, camera_browser: Browser, name: str) -> None:
    live = visit(f"?python={name}", using=camera_browser, init=COUNT_TRACKS + UNPLUGGABLE)
    told = python(
        live,
        """
detector = await load()
camera = await open_camera(video)
seen = 0
async for result in detector.stream(camera):
    seen += 1
    js.window.unplug()
told = [seen, camera.is_open]
try:
    await open_camera(video)
except DetectorError as error:
    told += [error.code, str(error)]
answer(told)
""",
    )
    assert told == [1, False, "no-camera", "No camera found. Connect one."]
    assert live.page.evaluate(LIVE_TRACKS) == 0


def test_a_video_is_its_authors_and_the_loop_ends_with_it(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    live.until_python()
    # A clip of a second and a half, recorded of a canvas in which a photograph moves.
    live.page.evaluate(
        """async (photo) => {
          const image = Object.assign(new Image(), { src: photo });
          await image.decode();
          const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 240 });
          const context = canvas.getContext("2d");
          const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: "video/webm" });
          const parts = [];
          recorder.ondataavailable = ({ data }) => parts.push(data);
          const stopped = new Promise((resolve) => (recorder.onstop = resolve));
          recorder.start();
          const begin = performance.now();
          await new Promise((resolve) => {
            const paint = (now) => {
              context.drawImage(image, 20 * Math.sin(now / 100), 0, 320, 240);
              if (now - begin < 1500) requestAnimationFrame(paint);
              else resolve();
            };
            requestAnimationFrame(paint);
          });
          recorder.stop();
          await stopped;
          window.clip = URL.createObjectURL(new Blob(parts, { type: "video/webm" }));
        }""",
        f"{live.address}photos/chelsea.png",
    )
    told = python(
        live,
        """
detector = await load()
video.muted = True
video.src = js.window.clip
await video.play()
labels = []
async for result in detector.stream(video, keep=True):
    labels.append([found.label for found in result.detections[:1]])
    same = [result.picture.width, result.picture.height] == [result.width, result.height]
answer([len(labels) > 1, labels[0], labels[-1], same, video.ended, video.src == js.window.clip])
""",
    )
    assert told == [True, ["cat"], ["cat"], True, True, True]


def test_a_still_scene_is_looked_at_about_once_a_second_and_all_of_it_with_skip_0(
    visit: Visit, camera_showing: Callable[[str], Browser]
) -> None:
    live = visit(using=camera_showing("still"))
    live.until_python()
    live.watch_gate()
    told = python(
        live,
        """
async def results_in(frames, **settings):
    detector = await load(**settings)
    camera = await open_camera(video)
    async with detector.stream(camera) as results:
        first = None
        count = 0
        async for result in results:
            frames_now = video.getVideoPlaybackQuality().totalVideoFrames
            first = frames_now if first is None else first
            count += 1
            if frames_now - first >= frames:
                break
    await detector.close()
    return count
few = await results_in(90)
of_few = list(looks)
looks.clear()
answer([few, of_few, await results_in(90, skip=0), looks])
""",
    )
    assert isinstance(told, list)
    few, looks, many, looks_with_skip_0 = told
    # The first is a look at what is new; by the gate's own clock, and not by that of a busy machine, the others wait.
    assert 2 <= few <= len(looks) <= few + 1 and [still for _, still in looks[1:]] == [True] * (
        len(looks) - 1
    )
    assert all(later - earlier >= 900 for (earlier, _), (later, _) in itertools.pairwise(looks))
    assert few < many and looks_with_skip_0 == []


def test_boxes_are_drawn_in_the_pictures_shape(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser)
    told = python(
        live,
        """
canvas = js.document.createElement("canvas")
detector = await load(max=1)
camera = await open_camera(video)
async with detector.stream(camera) as results:
    async for result in results:
        draw_boxes(canvas, result, style="outline")
        break
box = result.detections[0].box
context = canvas.getContext("2d")
scale = canvas.width / result.width
def opacity(x):
    return context.getImageData(round(x * scale), round((box.y + box.height / 2) * scale), 1, 1).data[3]
told = [canvas.width * 3 == canvas.height * 4, opacity(box.x + 1) > 200, opacity(box.x + box.width / 2)]
try:
    draw_boxes(canvas, result, style="dots")
except DetectorError as error:
    told.append(error.code)
answer(told)
""",
    )
    live.expected_errors = ("willReadFrequently",)  # said of what this test reads
    assert told == [True, True, 0, "bad-setting"]


@pytest.mark.parametrize("name", PYTHONS)
def test_what_is_no_source_and_what_are_no_assets_is_explained(visit: Visit, name: str) -> None:
    live = visit(f"?python={name}")
    live.expected_errors = ("404", "Failed to fetch dynamically imported module")
    told = python(
        live,
        """
told = []
detector = await load()
for source in (js.document.body, None, "camera", js.document.createElement("canvas")):
    try:
        detector.stream(source)
    except DetectorError as error:
        told.append(error.code)
for assets in ("https://assets.example/onlooker/", "./nowhere"):
    try:
        await load(assets=assets)
    except DetectorError as error:
        told.append([error.code, str(error)])
await load()  # from where they were
await load(assets=".")
answer(told)
""",
    )
    assert isinstance(told, list)
    assert told[:4] == ["bad-input"] * 4
    (foreign_code, foreign), (missing_code, missing) = told[4:]
    assert foreign_code == "bad-input" and "is on another origin" in foreign
    assert (
        missing_code == "model-load" and f"{live.address}nowhere/" in missing and "web/, vendor/" in missing
    )
    assert live.foreign == []
