"""Looking closer at what is live: part by part while nothing moves, and what was found so does not come and go."""

import itertools
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import CAMERA
from tests.browser.live_page import LivePage
from tests.browser.pictures import write_mjpeg
from tests.browser.sources.test_closer import small_things
from tests.video_clips import photo

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


PAN = 160  # frames there and back, 30 a second
VIEW = (640, 480)
LENGTH = 1600  # of what is panned over
# What is on it: (photograph, label, left edge, upper edge, height). The cup and the cat are small.
SHOWN = (
    ("astronaut.png", "person", 60, 40, 420),
    ("coffee.png", "cup", 660, 60, 220),
    ("chelsea.png", "cat", 1060, 150, 300),
)


@pytest.fixture(scope="module")
def panning_camera(launch: Callable[..., Browser], tmp_path_factory: pytest.TempPathFactory) -> Browser:
    ground = photo("coffee.png", (LENGTH, 1200)).crop((0, 900, LENGTH, 1200)).resize((LENGTH, VIEW[1]))
    for name, _, x, y, height in SHOWN:
        ground.paste(photo(name, (height * 4 // 3, height)), (x, y))
    film = tmp_path_factory.mktemp("pan") / "pan.mjpeg"
    places = [round((LENGTH - VIEW[0]) * (1 - abs(1 - 2 * at / PAN))) for at in range(PAN)]
    write_mjpeg(film, [ground.crop((x, 0, x + VIEW[0], VIEW[1])) for x in places])
    return launch(*CAMERA, f"--use-file-for-fake-video-capture={film}")


@pytest.mark.parametrize("address", ["", "?look=closer"])
def test_on_a_pan_nothing_blinks(visit: Visit, panning_camera: Browser, address: str) -> None:
    live = visit(address, using=panning_camera)
    live.until_python()
    live.start()
    live.until_results(1)
    while live.results[-1]["timestamp"] - live.results[0]["timestamp"] < 2.5 * 1000 * PAN / 30:
        live.until_results(len(live.results) + 5)
    seconds = (live.results[-1]["timestamp"] - live.results[0]["timestamp"]) / 1000
    sweeps = seconds / (PAN / 30 / 2) + 2  # there, or back; begun ones count
    for _, label, *_ in SHOWN:
        there = [any(one["class"] == label for one in result["detections"]) for result in live.results]
        appeared = sum(now and not before for before, now in itertools.pairwise([False, *there]))
        # Once in each sweep, at most; what is at an end of the pan is there for two sweeps, one after the other.
        assert 1 <= appeared <= sweeps, (label, appeared, sweeps, there)


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


def test_another_choice_is_made_among_what_parts_show_too(visit: Visit, still_camera: Browser) -> None:
    live = visit("?look=closer", using=still_camera)
    live.until_python()
    live.start()
    until_found(live, "cat", "cup")
    live.page.fill("#threshold", "0.95")
    for _ in range(60):
        if "cup" not in live.labels():
            break
        live.until_results(len(live.results) + 1)
    assert "cup" not in live.labels(), live.results[-1]
    live.page.fill("#threshold", "0.5")
    until_found(live, "cat", "cup")
    live.assert_clean()
