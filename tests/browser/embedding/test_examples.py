"""examples/ as they stand, in both Pythons, in front of a real stream: what each does with what it sees."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.browser.conftest import CAMERA
from tests.browser.live_page import LivePage
from tests.browser.pictures import load, write_mjpeg
from tests.browser.sources.test_camera import COUNT_TRACKS, LIVE_TRACKS
from tools.common import paths
from tools.release import packages

Visit = Callable[..., LivePage]
Show = Callable[[str], Browser]

SIZE = (640, 480)
PYTHONS = ("micropython", "pyodide")
EXAMPLES = sorted(path.stem for path in (paths.ROOT / "examples").glob("*.py"))

# So many more frames of the camera.
FRAMES = """
(count) => new Promise((resolve) => {
  const video = document.getElementById("video");
  const next = () => (count-- > 0 ? video.requestVideoFrameCallback(next) : resolve());
  next();
})
"""
# When the camera was taken out of the video element.
EMPTIED = """
() => new Promise((resolve) => {
  const video = document.getElementById("video");
  if (!video.srcObject) resolve();
  else video.addEventListener("emptied", resolve, { once: true });
})
"""
ANSWERS = """
window.answers = [];
document.addEventListener("DOMContentLoaded", () => {
  const answer = document.getElementById("answer");
  new MutationObserver(() => window.answers.push(answer.textContent)).observe(answer, { childList: true });
});
"""
# In one go, so that no frame comes between; where nothing moves, the video is what is shown.
COMPARED = """
([left, top, width, height]) => {
  const shown = document.getElementById("shown");
  const plain = new OffscreenCanvas(shown.width, shown.height).getContext("2d");
  plain.drawImage(document.getElementById("video"), 0, 0);
  const pixels = (context) => context.getImageData(left, top, width, height).data;
  const [a, b] = [pixels(plain), pixels(shown.getContext("2d"))];
  const colour = (data) => (_, i) => data.slice(4 * i, 4 * i + 3).join();
  const colours = (data) => new Set(Array.from({ length: data.length / 4 }, colour(data))).size;
  const difference = a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / ((a.length * 3) / 4);
  return { difference, colours: [colours(a), colours(b)] };
}
"""


def film(name: str, folder: Path, photos: Path) -> Path:
    """What a camera shows: "person", "cup", or "two": one person for two seconds, then two of them."""
    person = load(photos / "astronaut.png").resize(SIZE)
    frames = [person] * 30
    if name == "cup":
        frames = [load(photos / "coffee.png").resize(SIZE)] * 30
    if name == "two":
        pair = Image.new("RGB", SIZE, "grey")
        for x in (0, SIZE[0] // 2):
            pair.paste(person.resize((SIZE[0] // 2, SIZE[1])), (x, 0))
        frames = [person] * 60 + [pair] * 60
    path = folder / f"{name}.mjpeg"
    write_mjpeg(path, frames)
    return path


@pytest.fixture(scope="module")
def showing(
    launch: Callable[..., Browser], photo_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Show]:
    """A browser whose camera shows a film, by name."""
    started: dict[str, Browser] = {}
    folder = tmp_path_factory.mktemp("films")

    def show(name: str) -> Browser:
        if name not in started:
            source = film(name, folder, photo_folder)
            started[name] = launch(*CAMERA, f"--use-file-for-fake-video-capture={source}")
        return started[name]

    yield show
    for browser in started.values():
        browser.close()


def opened(visit: Visit, example: str, python: str, using: Browser) -> LivePage:
    """An example that is ready to start."""
    live = visit(f"examples/{example}.html?python={python}", using=using, init=COUNT_TRACKS + ANSWERS)
    live.page.locator("#start:enabled").wait_for()
    assert live.page.inner_text("#answer") == "Ready"
    assert live.page.evaluate(LIVE_TRACKS) == 0, "no camera before it is asked for"
    wanted = (packages.ARCHIVE, "micropython") if python == "micropython" else (packages.WHEEL, "pyodide")
    for part in wanted:
        assert [url for url in live.requested if part in url], f"{part} was not fetched"
    assert not [url for url in live.requested if "/detector/" in url], "nothing but the package"
    assert live.missing == []
    return live


def answered(live: LivePage, text: str) -> None:
    live.page.locator(f"#answer:text-is('{text}')").wait_for()


def stop(live: LivePage) -> None:
    live.page.click("#stop")
    live.page.locator("#start:enabled").wait_for()


def drawn(live: LivePage) -> int:
    """How many pixels of boxes there are."""
    return int(
        live.page.evaluate(
            """() => {
              const { width, height } = document.getElementById("boxes");
              const data = document.getElementById("boxes").getContext("2d").getImageData(0, 0, width, height).data;
              return data.filter((value, i) => i % 4 === 3 && value > 200).length;
            }"""
        )
    )


def test_each_is_short_and_there_are_three() -> None:
    assert EXAMPLES == ["count", "cup", "mosaic"]
    for name in EXAMPLES:
        lines = (paths.ROOT / "examples" / f"{name}.py").read_text("utf-8").splitlines()
        assert len(lines) <= 40, name


@pytest.mark.parametrize("python", PYTHONS)
def test_people_are_counted_as_they_come_and_go(visit: Visit, showing: Show, python: str) -> None:
    live = opened(visit, "count", python, showing("two"))
    live.page.click("#start")
    answered(live, "1 person")
    answered(live, "2 people")
    answered(live, "1 person")
    assert drawn(live) > 200
    stop(live)
    assert live.page.evaluate(LIVE_TRACKS) == 0
    live.page.click("#start")  # and once more
    answered(live, "2 people")
    assert live.page.evaluate(LIVE_TRACKS) == 1


@pytest.mark.parametrize("python", PYTHONS)
def test_heads_are_behind_a_mosaic_and_the_rest_is_not(visit: Visit, showing: Show, python: str) -> None:
    live = opened(visit, "mosaic", python, showing("person"))
    assert live.page.is_hidden("#video"), "what the camera sees is nowhere on the page as it is"
    live.page.click("#start")
    answered(live, "1 hidden")
    live.expected_errors = ("willReadFrequently",)  # said of what this test reads
    face = live.page.evaluate(COMPARED, [240, 70, 80, 120])
    assert face["difference"] > 8
    assert face["colours"][1] <= 12 < 500 < face["colours"][0], "flat tiles where thousands of colours were"
    rest = live.page.evaluate(COMPARED, [560, 380, 70, 90])
    assert rest["difference"] < 2
    stop(live)
    assert live.page.evaluate(LIVE_TRACKS) == 0, "the block around the loop closes the camera at once"


@pytest.mark.parametrize("python", PYTHONS)
def test_a_cup_is_welcome_and_the_camera_goes_off_after_it(visit: Visit, showing: Show, python: str) -> None:
    live = opened(visit, "cup", python, showing("cup"))
    live.page.click("#start")
    answered(live, "A cup! Time for a break.")
    assert live.page.evaluate("window.answers.slice(-2)") == ["No cup yet", "A cup! Time for a break."]
    assert drawn(live) > 200
    live.page.evaluate(EMPTIED)  # nobody asks for more frames
    assert live.page.evaluate(LIVE_TRACKS) == 0
    live.page.click("#start")
    answered(live, "A cup! Time for a break.")


def test_a_person_is_no_cup(visit: Visit, showing: Show) -> None:
    live = opened(visit, "cup", "micropython", showing("person"))
    live.page.click("#start")
    answered(live, "No cup yet")
    live.page.evaluate(FRAMES, 60)
    assert live.page.inner_text("#answer") == "No cup yet"
    stop(live)
    live.page.evaluate(EMPTIED)
    assert live.page.evaluate(LIVE_TRACKS) == 0


def test_a_camera_that_is_refused_is_explained(visit: Visit, browser: Browser) -> None:
    live = opened(visit, "count", "micropython", browser)
    live.page.click("#start")
    live.page.locator("#answer:has-text('camera')").wait_for()
    assert live.page.inner_text("#answer").startswith("No camera found.")
    assert live.page.is_enabled("#start") and live.page.is_disabled("#stop")
