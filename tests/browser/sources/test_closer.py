"""Looking closer: small things of a photo are found, its first boxes come at once, and the rest can be cancelled."""

import asyncio
import csv
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

import detector
from detector.detection import Detection
from detector.vision.boxes import iou
from tests.browser.live_page import LivePage
from tests.browser.panel.test_saving import open_panel, saved
from tests.browser.sources.test_odd_videos import NEAR
from tests.video_clips import photo

Visit = Callable[..., LivePage]

SIZE = (1200, 900)
SIDE = 160  # of what is small in it: 40 of the network's 300 pixels

# Lets the network's run number `window.at` wait until it is let go.
HOLD = """
window.at = 0;
window.runs = 0;
window.held = new Promise((resolve) => { window.letGo = resolve; });
window.waits = new Promise((resolve) => { window.isHeld = resolve; });
"""
HELD = """
import js
from detector.browser.network.session import BrowserSession
from detector.browser.sources import still

run = BrowserSession.run

async def held(self, tensor):
    found = await run(self, tensor)
    js.window.runs += 1
    if js.window.runs == js.window.at:
        js.window.isHeld()
        await js.window.held
    return found

BrowserSession.run = held
still.LONG_MS = -1.0
answer(None)
"""
RECTANGLES = """
window.rectangles = [];
const { strokeRect, clearRect } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.strokeRect = function (...all) {
  window.rectangles.push(all);
  strokeRect.apply(this, all);
};
CanvasRenderingContext2D.prototype.clearRect = function (...all) {
  window.rectangles = [];
  clearRect.apply(this, all);
};
"""


def small_things() -> Image.Image:
    """A dog, a cup and a cat, far away."""
    shown = Image.new("RGB", SIZE, (120, 120, 120))
    shown.paste(photo("dog.jpg", (SIDE * 3 // 4, SIDE)), (SIZE[0] // 8, SIZE[1] * 5 // 8))
    shown.paste(photo("coffee.png", (SIDE * 3 // 2, SIDE)), (SIZE[0] * 11 // 20, SIZE[1] // 8))
    shown.paste(photo("chelsea.png", (SIDE * 3 // 2, SIDE)), (SIZE[0] * 5 // 8, SIZE[1] * 5 // 8))
    return shown


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("far") / "far.png"
    small_things().save(path)
    return path


def found(path: Path, look: str) -> list[Detection]:
    """What CPython finds."""

    async def run() -> list[Detection]:
        async with await detector.load(look=look) as loaded:
            return await loaded.detect(path)

    with ThreadPoolExecutor(1) as pool:  # Playwright has a loop of its own in this thread
        return pool.submit(asyncio.run, run()).result()


def assert_like(live: LivePage, expected: list[Detection]) -> None:
    told = live.results[-1]["detections"]
    assert sorted(one["class"] for one in told) == sorted(one.label for one in expected)
    for one in told:
        x, y, width, height = one["bbox"]
        best = max(
            iou((x, y, x + width, y + height), (its.box.x, its.box.y, its.box.right, its.box.bottom))
            for its in expected
            if its.label == one["class"]
        )
        assert best >= NEAR, one


@pytest.mark.parametrize("python", ["micropython", "pyodide"])
def test_small_things_are_found_and_how_closely_is_a_choice(visit: Visit, far: Path, python: str) -> None:
    live = visit(f"?python={python}")
    live.until_python()
    live.give_files(far)
    live.until("ready")
    assert {"cat", "cup"} <= set(live.labels())
    assert_like(live, found(far, "auto"))
    open_panel(live)
    told = json.loads(saved(live, "#save-json")[1])["images"][0]["detections"]
    assert all(0 < one["look"] <= 4 for one in told), "the whole shows none of them"
    rows = list(csv.DictReader(io.StringIO(saved(live, "#save-csv")[1].decode())))
    assert [int(row["look"]) for row in rows] == [one["look"] for one in told]
    for look in ("once", "closest"):
        before = len(live.results)
        live.page.select_option("#set-look", look)
        live.until_results(before + 1)
        assert_like(live, found(far, look))
        assert f"look={look}" in live.page.url
    assert live.labels(-2) == [] and len(live.labels()) >= 3
    live.page.click("#reset")
    assert "look" not in live.page.url


def test_on_a_gpu_parts_are_seen_as_well(visit: Visit, gpu_browser: Browser, far: Path) -> None:
    expected = found(far, "closer")
    for provider in ("webgpu", "webgl"):
        live = visit(f"?provider={provider}", using=gpu_browser)
        live.until_python()
        live.give_files(far)
        live.until("ready", seconds=240)
        assert live.data["provider"] == provider
        assert_like(live, expected)


def test_the_first_boxes_come_at_once_and_the_rest_can_be_cancelled(
    visit: Visit, far: Path, photo_folder: Path
) -> None:
    live = visit("?look=closest", init=HOLD + RECTANGLES)
    live.until_python()
    live.python(HELD)
    live.page.evaluate("window.at = 3")
    live.give_files(photo_folder / "coffee.png")
    live.page.evaluate("window.waits")
    live.until("running")
    assert live.results == []
    assert live.page.evaluate("window.rectangles.length") > 0, "the boxes of the first look"
    expect(live.page.locator("#closer-text")).to_have_text("Looking closer: 2 of 14")
    live.page.click("#closer-cancel")
    live.page.evaluate("window.letGo()")
    live.until("ready")
    expect(live.page.locator("#closer")).to_be_hidden()
    assert live.page.evaluate("window.runs") == 3
    assert "cup" in live.labels() and len(live.results) == 1
    # Nothing of it is left: the next picture is looked at to the end.
    live.give_files(far)
    live.until_results(2)
    live.until("ready")
    assert live.page.evaluate("window.runs") == 3 + 14
    assert_like(live, found(far, "closest"))
    assert [event["state"] for event in live.published("state")][:3] == ["loading", "running", "ready"]


def test_other_settings_choose_among_what_was_found(visit: Visit, far: Path) -> None:
    live = visit(init=HOLD)
    live.until_python()
    live.python(HELD)
    live.give_files(far)
    live.until("ready")
    runs = live.page.evaluate("window.runs")
    open_panel(live)
    live.page.fill("#threshold", "0.9")
    live.until_results(2)
    assert live.labels() == ["cat"]
    live.page.fill("#threshold", "0.5")
    live.until_results(3)
    assert live.results[2]["detections"] == live.results[0]["detections"]
    assert live.page.evaluate("window.runs") == runs


def test_another_picture_ends_the_looks_at_the_one_before(
    visit: Visit, far: Path, photo_folder: Path
) -> None:
    live = visit("?look=closest", init=HOLD)
    live.until_python()
    live.python(HELD)
    live.page.evaluate("window.at = 3")
    live.give_files(far)
    live.page.evaluate("window.waits")
    live.give_files(photo_folder / "chelsea.png")
    live.page.evaluate("window.letGo()")
    live.until("ready")
    assert live.labels()[0] == "cat" and live.results[-1]["width"] == 451
    assert live.page.evaluate("window.runs") == 3 + 14
    assert len(live.results) == 1 and live.published("error") == []


def test_the_parts_can_be_seen(visit: Visit, far: Path) -> None:
    live = visit("?boxes=parts", init=RECTANGLES)
    live.until_python()
    live.give_files(far)
    live.until("ready")
    count = len(live.results[-1]["detections"])
    assert live.page.evaluate("window.rectangles.length") == count + 5
    lines = live.page.evaluate("window.rectangles")
    assert [round(side) for side in lines[0][2:]] == pytest.approx(SIZE, abs=6), "the whole first"
    live.page.click("#more")
    live.page.select_option("#set-look", "once")
    live.until_results(2)
    assert live.page.evaluate("window.rectangles.length") == 1
