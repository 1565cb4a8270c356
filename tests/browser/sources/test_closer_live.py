"""Looking closer at what is live: part by part while nothing moves, and what was found so does not come and go."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import CAMERA
from tests.browser.live_page import LivePage
from tests.browser.pictures import write_mjpeg
from tests.browser.sources.test_closer import small_things

Visit = Callable[..., LivePage]

# Counts what is drawn for the network: the whole, and parts.
NOTE_PARTS = """
window.wholes = 0;
window.parts = [];
const { drawImage } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.drawImage = function (source, ...rest) {
  drawImage.call(this, source, ...rest);
  if (!(source instanceof HTMLVideoElement) || this.canvas.width !== 300) return;
  if (rest.length === 8) window.parts.push(rest.slice(0, 4).map(Math.round).join());
  else window.wholes++;
};
"""


@pytest.fixture(scope="module")
def still_camera(launch: Callable[..., Browser], tmp_path_factory: pytest.TempPathFactory) -> Browser:
    film = tmp_path_factory.mktemp("still") / "still.mjpeg"
    write_mjpeg(film, [small_things().resize((640, 480))] * 30)
    return launch(*CAMERA, f"--use-file-for-fake-video-capture={film}")


def until_found(live: LivePage, *labels: str) -> None:
    for _ in range(60):
        if live.results and set(labels) <= set(live.labels()):
            return
        live.until_results(len(live.results) + 1)
    raise AssertionError(f"{labels} were not found: {live.results[-1]}")


@pytest.mark.parametrize(("address", "parts"), [("", 4), ("?look=closest", 13)])
def test_a_still_scene_is_seen_part_by_part_and_then_rests(
    visit: Visit, still_camera: Browser, address: str, parts: int
) -> None:
    live = visit(address, using=still_camera, init=NOTE_PARTS)
    live.until_python()
    live.start()
    until_found(live, "cat", "cup")
    while len(live.page.evaluate("window.parts")) < parts:
        live.until_results(len(live.results) + 1)
    count = len(live.results)
    wholes = live.page.evaluate("window.wholes")
    live.until_results(count + 3)
    assert len(live.page.evaluate("window.parts")) == parts == len(set(live.page.evaluate("window.parts")))
    assert live.page.evaluate("window.wholes") >= wholes + 2
    for result in live.results[count - 1 :]:
        assert {"cat", "cup"} <= {one["class"] for one in result["detections"]}, "it stays"
    live.stop()


def test_once_looks_at_no_part(visit: Visit, still_camera: Browser) -> None:
    live = visit("?look=once", using=still_camera, init=NOTE_PARTS)
    live.until_python()
    live.start()
    live.until_results(4)
    assert live.page.evaluate("window.parts") == []
    live.page.click("#more")
    live.page.select_option("#set-look", "closer")
    until_found(live, "cat", "cup")
    live.page.select_option("#set-look", "once")
    count = len(live.results)
    live.until_results(count + 2)
    assert live.labels() == [], "what was found closer is not shown any more"
