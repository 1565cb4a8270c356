"""Each control's effect on what is detected and drawn, in the page's address, and on the next visit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.live_page import LivePage
from tests.browser.sources.test_camera import COUNT_TRACKS, LIVE_TRACKS

Visit = Callable[..., LivePage]

# How many points of the overlay are drawn on.
INK = """
() => {
  const overlay = document.getElementById("overlay");
  const canvas = new OffscreenCanvas(overlay.width, overlay.height);
  const context = canvas.getContext("2d");
  context.drawImage(overlay, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let drawn = 0;
  for (let i = 3; i < data.length; i += 4) drawn += data[i] > 0;
  return drawn;
}
"""

# Until the camera's picture is 320 wide.
NARROW = """
(video) => new Promise((resolve) => {
  const look = () => video.videoWidth === 320 && resolve();
  video.addEventListener("resize", look);
  look();
})
"""


def address(live: LivePage) -> dict[str, list[str]]:
    return parse_qs(urlsplit(live.page.url).query)


def look_at(live: LivePage, photo: Path) -> None:
    live.until_python()
    live.give_files(photo)
    live.until("ready")
    live.page.click("#more")
    live.page.wait_for_selector("#set-model option[value=coco-ssd-tiny]", state="attached")


def detections(live: LivePage) -> list[dict[str, Any]]:
    return list(live.results[-1]["detections"])


def changing(live: LivePage, act: Callable[[], object]) -> list[dict[str, Any]]:
    """Do something that has the picture looked at again; what is found then."""
    before = len(live.results)
    act()
    live.until_results(before + 1)
    return detections(live)


def set_range(live: LivePage, selector: str, value: str) -> None:
    live.page.locator(selector).fill(value)


def test_ranges_act_at_once_and_stand_in_the_address(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    look_at(live, photo_folder / "coffee.png")
    few = len(detections(live))
    many = len(changing(live, lambda: set_range(live, "#threshold", "0.1")))
    assert many > few > 1 and address(live) == {"threshold": ["0.1"]}
    assert len(changing(live, lambda: set_range(live, "#set-max", "1"))) == 1
    assert address(live) == {"threshold": ["0.1"], "max": ["1"]}
    assert len(changing(live, lambda: set_range(live, "#set-max", "100"))) >= many
    kept = len(changing(live, lambda: set_range(live, "#set-iou", "0.95")))
    assert kept > many, "doubles that overlap less are kept"
    expect(live.page.locator("output[for=set-iou]")).to_have_text("95%")


def test_classes_are_searched_for_shown_alone_and_hidden(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    look_at(live, photo_folder / "coffee.png")
    found = {one["class"] for one in detections(live)}
    assert found == {"cup", "dining table"}
    live.page.fill("#class-search", "CUP")
    rows = live.page.locator("#class-list li:visible")
    expect(rows).to_have_count(1)
    only = live.page.get_by_role("button", name="Only cup")
    hide = live.page.get_by_role("button", name="Hide cup")
    assert {one["class"] for one in changing(live, only.click)} == {"cup"}
    expect(only).to_have_attribute("aria-pressed", "true")
    assert address(live)["classes"] == ["cup"]
    assert {one["class"] for one in changing(live, hide.click)} == found - {"cup"}
    expect(only).to_have_attribute("aria-pressed", "false")
    assert {one["class"] for one in changing(live, hide.click)} == found
    assert "classes" not in address(live)


def test_boxes_are_drawn_in_three_ways(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    look_at(live, photo_folder / "motorcycle.png")
    ink = {}
    for style in ("full", "outline", "corners"):
        live.page.select_option("#set-boxes", style)
        ink[style] = live.page.evaluate(INK)
    assert ink["full"] > ink["outline"] > ink["corners"] > 0


def test_provider_and_model_change_while_the_stream_runs(visit: Visit, camera_browser: Browser) -> None:
    live = visit("?provider=wasm", using=camera_browser, init=COUNT_TRACKS)
    live.until_python()
    live.start()
    live.until_results(2)
    live.page.click("#more")
    live.page.wait_for_selector("#set-model option[value=coco-ssd-tiny]", state="attached")
    live.page.select_option("#set-model", "coco-ssd-tiny")
    live.page.wait_for_selector("html[data-model=coco-ssd-tiny]")
    live.page.select_option("#set-provider", "webgl")  # in software here
    live.page.wait_for_selector("html[data-provider=webgl]")
    live.expected_errors = ("GPU stall",)
    live.until_results(len(live.results) + 3)
    states = [event["state"] for event in live.published("state")]
    assert states == ["loading", "running"]
    assert [result["frame"] for result in live.results] == list(range(1, len(live.results) + 1))
    assert live.page.evaluate("window.tracks.length") == live.page.evaluate(LIVE_TRACKS) == 1


def test_a_model_that_cannot_be_had_leaves_the_one_that_runs(visit: Visit, photo_folder: Path) -> None:
    live = visit(route=("**/coco-ssd-tiny.onnx", lambda route: route.fulfill(status=404)))
    live.expected_errors = ("404",)
    look_at(live, photo_folder / "chelsea.png")
    late: list[Route] = []
    live.page.route("**/ort-wasm-simd-threaded.wasm", lambda route: late.append(route), times=1)
    with live.page.expect_request("**/ort-wasm-simd-threaded.wasm"):
        live.page.select_option("#set-model", "coco-ssd-tiny")
    said = live.page.locator("#switching")
    expect(said).to_contain_text("coco-ssd-tiny.onnx")
    live.until_held(late)
    with live.page.expect_request("**/coco-ssd-lite.tail.onnx"):  # once the runtime is here
        late[0].continue_()
    expect(said).to_contain_text("coco-ssd-tiny.onnx")
    expect(live.page.locator("#set-model")).to_have_value("coco-ssd-lite")
    assert live.data["model"] == "coco-ssd-lite" and live.data["state"] == "ready"
    assert "model" not in address(live)
    assert "cat" in [one["class"] for one in changing(live, lambda: set_range(live, "#set-max", "3"))]


def test_camera_controls_change_the_camera_and_keep_the_stream(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=COUNT_TRACKS)
    live.until_python()
    live.page.click("#more")
    live.start()
    live.until_results(2)
    names = live.page.locator("#set-camera option")
    expect(names).not_to_have_count(1)
    name = names.nth(1).text_content()
    live.page.select_option("#set-camera", name)
    live.until_results(len(live.results) + 2)
    live.page.select_option("#set-resolution", "320x240")
    live.page.locator("#video").evaluate(NARROW)
    live.until_results(len(live.results) + 3)
    assert address(live) == {"camera": [name], "resolution": ["320x240"]}
    assert live.results[-1]["width"] == 320
    live.page.select_option("#set-skip", "9")
    live.until_results(len(live.results) + 1)
    live.page.select_option("#set-mirror", "0")
    expect(live.page.locator("#video")).not_to_have_class("mirrored")
    live.page.select_option("#set-mirror", "1")
    expect(live.page.locator("#video")).to_have_class("mirrored")
    assert [event["state"] for event in live.published("state")] == ["loading", "running"]
    assert live.page.evaluate(LIVE_TRACKS) == 1, "what was open before is given back"


CHANGE_WHILE_A_FRAME_IS_TAKEN = """
async (sizes) => {
  const video = document.getElementById("video");
  const select = document.getElementById("set-resolution");
  for (const size of sizes) {
    await new Promise((resolve, reject) => {
      document.addEventListener("detector:result", resolve, { once: true });
      document.addEventListener("detector:error", (event) => reject(event.detail.message), { once: true });
    });
    await new Promise((resolve) => video.requestVideoFrameCallback(() => {
      select.value = size;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      resolve();
    }));
  }
}
"""
CHANGE_TWICE_AT_ONCE = """
(select) => {
  for (const size of ["640x480", "320x240"]) {
    select.value = size;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
"""


def test_the_camera_changes_while_a_frame_is_taken_or_another_opens(
    visit: Visit, camera_browser: Browser
) -> None:
    live = visit("?skip=0", using=camera_browser, init=COUNT_TRACKS)
    live.until_python()
    live.page.click("#more")
    live.start()
    live.until_results(2)
    live.page.evaluate(CHANGE_WHILE_A_FRAME_IS_TAKEN, ["640x480", "320x240"] * 6)
    live.until_results(len(live.results) + 3)
    live.page.locator("#set-resolution").evaluate(CHANGE_TWICE_AT_ONCE)
    live.page.locator("#video").evaluate(NARROW)
    live.until_results(len(live.results) + 3)
    assert live.results[-1]["width"] == 320
    assert [event["state"] for event in live.published("state")] == ["loading", "running"]
    assert live.page.evaluate(LIVE_TRACKS) == 1, "what was open before is given back"


def test_settings_are_remembered_shared_and_reset(visit: Visit, photo_folder: Path) -> None:
    live = visit("?elsewhere=1")
    look_at(live, photo_folder / "chelsea.png")
    live.page.select_option("#set-boxes", "corners")
    changing(live, lambda: set_range(live, "#threshold", "0.3"))
    live.page.click("#share")
    assert address(live) == {"elsewhere": ["1"], "boxes": ["corners"], "threshold": ["0.3"]}
    shared = live.page.url
    live.open("")  # the next visit, with nothing in its address
    live.until_python()
    assert live.page.input_value("#threshold") == "0.3"
    live.open("?threshold=0.7")  # what the address says counts more
    live.until_python()
    assert live.page.input_value("#threshold") == "0.7"
    live.page.click("#more")
    expect(live.page.locator("#set-boxes")).to_have_value("corners")
    live.page.click("#reset")
    assert live.page.input_value("#threshold") == "0.5"
    expect(live.page.locator("#set-boxes")).to_have_value("full")
    assert address(live) == {}
    live.open("")
    live.until_python()
    assert live.page.input_value("#threshold") == "0.5"
    assert "threshold=0.3" in shared


def test_the_first_box_waits_for_no_control(visit: Visit, photo_folder: Path) -> None:
    """The panel's modules are read when it is opened, not before."""
    live = visit()
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    loaded = live.python("import sys\nanswer('detector.browser.panel.settings' in sys.modules)")
    assert loaded is False


@pytest.mark.parametrize("width", [360, 1440])
def test_no_control_is_wider_than_its_panel(visit: Visit, width: int) -> None:
    live = visit(viewport={"width": width, "height": 800})
    live.until_python()
    live.page.click("#more")
    assert live.page.evaluate(
        "() => { const p = document.getElementById('panel'); return p.scrollWidth <= p.clientWidth; }"
    )
