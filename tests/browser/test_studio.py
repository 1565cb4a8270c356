"""The studio: fetched when first needed, in a worker that leaves the page alone, and pictures in their own size."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Route

from detector.palette import color_of
from tests.browser.live_page import LivePage
from tests.browser.pictures import load, turned_by_exif

Visit = Callable[..., LivePage]

CAT = 17  # COCO's number
WIDE = (3000, 2000)  # larger than the page shows


@pytest.fixture(scope="module")
def wide_photo(photo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cat's photograph with more pixels than the page shows, as PNG."""
    path = tmp_path_factory.mktemp("photos") / "wide.png"
    load(photo_folder / "chelsea.png").resize(WIDE).save(path, compress_level=1)
    return path


def show(live: LivePage, photo: Path) -> None:
    """Open the panel and give the page a photo."""
    live.until_python()
    live.page.click("#more")
    live.give_files(photo)
    live.until("ready")


def of_studio(live: LivePage) -> list[str]:
    return [
        url
        for url in live.requested
        if "/pyodide/" in url or "/web/studio" in url or "/detector/studio" in url
    ]


def save(live: LivePage, folder: Path) -> Path:
    """Press the button; the saved file, under the name that it was offered as."""
    with live.page.expect_download(timeout=60_000) as download:
        live.page.click("#full-size")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    live.page.wait_for_selector("#full-size-text:has-text('Saved as')")
    return path


def changed(saved: Image.Image, original: Image.Image, least: int) -> Image.Image:
    """Where two pictures differ by at least so much, as a mask."""
    return ImageChops.difference(saved, original).convert("L").point(lambda value: 255 * (value >= least))


@pytest.mark.parametrize("python", ["micropython", "pyodide"])
def test_saves_every_pixel_with_boxes_where_they_were_found(
    visit: Visit, wide_photo: Path, tmp_path: Path, python: str
) -> None:
    live = visit(f"?python={python}")
    live.until_python()
    assert live.page.is_disabled("#full-size")
    show(live, wide_photo)
    if python == "micropython":
        assert of_studio(live) == [], "nothing of the studio is fetched before it is needed"
    path = save(live, tmp_path)
    assert path.name == "onlooker.png"
    saved, original = load(path), load(wide_photo)
    assert saved.size == WIDE == original.size
    found = live.results[-1]["detections"][0]
    assert found["class"] == "cat"
    x, y, width, height = found["bbox"]
    color = color_of(CAT)
    line = tuple(int(color[at : at + 2], 16) for at in (1, 3, 5))
    for point in ((x + 3, y + height / 2), (x + width - 4, y + height / 2), (x + width / 2, y + height - 4)):
        assert saved.getpixel((round(point[0]), round(point[1]))) == line, point
    drawn = changed(saved, original, 1)
    assert 0.001 < drawn.histogram()[255] / (WIDE[0] * WIDE[1]) < 0.05, (
        "lines and a label, and the photo's own pixels"
    )
    assert drawn.crop((0, 0, WIDE[0], max(0, round(y) - 70))).getbbox() is None


def test_progress_is_of_real_bytes_part_by_part_and_loading_is_done_once(
    visit: Visit, wide_photo: Path, tmp_path: Path
) -> None:
    live = visit()
    show(live, wide_photo)
    save(live, tmp_path)
    parts: dict[str, list[tuple[int, int]]] = {}
    fetching = [event for event in live.published("progress") if event["stage"] == "Fetching the studio"]
    assert fetching[0]["total"] == 0, "not known yet"
    assert fetching[-1]["received"] == fetching[-1]["total"] > 15e6
    for event in fetching:
        for part in event["parts"]:
            parts.setdefault(part["part"], []).append((part["received"], part["total"]))
    for stage, name in (
        ("Pyodide", "pyodide.asm.wasm"),
        ("Python’s library", "python_stdlib.zip"),
        ("numpy", "numpy-"),
        ("Pillow", "pillow-"),
    ):
        (url,) = {url for url in of_studio(live) if f"/{name}" in url}
        size = len(live.page.request.get(url).body())
        told = [received for received, _ in parts[stage]]
        assert told[0] == 0 and told == sorted(told)
        assert {total for _, total in parts[stage]} <= {0, size}
        assert parts[stage][-1] == (size, size)
    asked = len(of_studio(live))
    save(live, tmp_path)
    assert len(of_studio(live)) == asked, "the second time nothing is fetched"


def test_a_photo_on_its_side_is_saved_upright_as_jpeg_and_without_exif(
    visit: Visit, photo_folder: Path, tmp_path: Path
) -> None:
    sideways = turned_by_exif(photo_folder / "chelsea.png", tmp_path / "phone.jpg")
    live = visit()
    show(live, sideways)
    path = save(live, tmp_path)
    assert path.name == "onlooker.jpg"
    with Image.open(path) as saved:
        assert saved.format == "JPEG"
        assert not saved.getexif() and "icc_profile" not in saved.info
        upright = load(photo_folder / "chelsea.png")
        assert saved.size == upright.size
        much = changed(saved.convert("RGB"), upright, 60).histogram()[255]
    assert 0.001 < much / (upright.width * upright.height) < 0.2, "a frame and a label, not another picture"


def test_the_cameras_frame_of_the_moment_is_saved_and_the_camera_goes_on(
    visit: Visit, camera_browser: Browser, tmp_path: Path
) -> None:
    live = visit(using=camera_browser)
    live.until_python()
    live.page.click("#more")
    live.start()
    live.until_results(1)
    path = save(live, tmp_path)
    assert path.name == "onlooker.png"
    assert load(path).size == (640, 480)
    live.until_results(len(live.results) + 2)


ONE_OF_OUR_OWN = """
() => new Promise((resolve) => setTimeout(() => {
  const end = performance.now() + 80;
  while (performance.now() < end);
  resolve();
}))
"""
LONG_TASKS = """
window.longTasks = [];
new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((task) => task.duration)))
  .observe({ type: "longtask" });
"""


def test_while_it_boots_and_draws_the_main_thread_is_free(
    visit: Visit, wide_photo: Path, tmp_path: Path
) -> None:
    live = visit()
    show(live, wide_photo)
    live.page.evaluate(LONG_TASKS)
    live.page.evaluate(ONE_OF_OUR_OWN)
    save(live, tmp_path)
    tasks = live.page.evaluate("window.longTasks")
    assert len(tasks) == 1, f"one long task was made to see that they are seen; in ms: {tasks}"


def test_cancel_ends_the_worker_and_a_second_try_works(
    visit: Visit, wide_photo: Path, tmp_path: Path
) -> None:
    held: list[Route] = []

    def hold_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    live = visit(route=("**/numpy-*.whl", hold_first))
    show(live, wide_photo)
    workers = len(live.page.workers)
    live.page.click("#full-size")
    live.page.wait_for_selector("#full-size-bytes:has-text('Pyodide 8.6 of 8.6 MB')")
    assert live.page.get_attribute("#full-size-bar", "value") is None, (
        "how much there is to come is not known yet"
    )
    assert live.page.evaluate("document.activeElement.id") == "full-size-cancel"
    assert len(live.page.workers) == workers + 1
    live.page.click("#full-size-cancel")
    live.page.wait_for_selector("#full-size-text:has-text('Cancelled.')")
    assert live.page.is_hidden("#full-size-bar") and live.page.is_hidden("#full-size-cancel")
    assert live.page.evaluate("document.activeElement.id") == "full-size"
    assert load(save(live, tmp_path)).size == WIDE
    assert len(live.page.workers) == workers + 1, "the cancelled worker is gone"


def test_closing_the_picture_gives_the_studios_memory_back(
    visit: Visit, wide_photo: Path, tmp_path: Path
) -> None:
    live = visit()
    show(live, wide_photo)
    save(live, tmp_path)
    (worker,) = [worker for worker in live.page.workers if worker.url.endswith("/web/studio.js")]
    with worker.expect_event("close"):
        live.stop()
    assert live.page.is_disabled("#full-size")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda route: route.abort(), "The studio could not be fetched: Pillow did not arrive"),
        (lambda route: route.fulfill(status=404), "has no vendor/pyodide/pillow-"),
        (lambda route: route.fulfill(status=200, body="another wheel"), "is not the right one"),
    ],
)
def test_a_missing_wheel_is_said_in_words_and_a_second_try_works(
    visit: Visit, wide_photo: Path, tmp_path: Path, answer: Callable[[Route], None], words: str
) -> None:
    wheel = "**/pillow-*.whl"
    live = visit(route=(wheel, answer))
    live.expected_errors = ("ERR_FAILED", "404")
    show(live, wide_photo)
    live.page.click("#full-size")
    live.page.wait_for_selector(f"#full-size-error:has-text('{words}')")
    assert live.published("error")[-1]["code"] == "studio"
    assert live.data["state"] == "ready", "the page goes on"
    live.page.unroute(wheel)
    assert load(save(live, tmp_path)).size == WIDE
    assert live.page.is_hidden("#full-size-error")


def test_offline_it_says_so(visit: Visit, wide_photo: Path) -> None:
    live = visit()
    live.expected_errors = ("ERR_INTERNET_DISCONNECTED",)
    show(live, wide_photo)
    live.page.context.set_offline(True)
    live.page.click("#full-size")
    live.page.wait_for_selector("#full-size-error:not([hidden])")
    assert "Check the connection" in live.page.inner_text("#full-size-error")


def test_a_worker_that_breaks_is_said_in_words_and_a_second_try_works(
    visit: Visit, wide_photo: Path, tmp_path: Path
) -> None:
    def broken(route: Route) -> None:
        route.fulfill(response=route.fetch(), body="throw new Error('no such luck');")

    live = visit(route=("**/web/studio.js", broken))
    live.expected_errors = ("no such luck",)
    show(live, wide_photo)
    live.page.click("#full-size")
    live.page.wait_for_selector("#full-size-error:has-text('no such luck')")
    assert "has stopped" in live.page.inner_text("#full-size-error")
    live.page.unroute("**/web/studio.js")
    assert load(save(live, tmp_path)).size == WIDE


def test_a_photo_that_was_changed_meanwhile_is_said_in_words(
    visit: Visit, wide_photo: Path, tmp_path: Path
) -> None:
    photo = tmp_path / "holiday.png"
    photo.write_bytes(wide_photo.read_bytes())
    live = visit()
    show(live, photo)
    photo.write_bytes(b"another file")
    live.page.click("#full-size")
    live.page.wait_for_selector("#full-size-error:has-text('The picture could not be read again')")


WATCH_THE_COPY = """
() => {
  const text = document.getElementById("offline-text");
  window.kept = new Promise((resolve) =>
    new MutationObserver(() => text.textContent.includes("its studio are kept") && resolve())
      .observe(text, { childList: true }));
}
"""


def test_kept_offline_it_works_without_a_network(visit: Visit, wide_photo: Path, tmp_path: Path) -> None:
    live = visit(service_workers="allow")
    show(live, wide_photo)
    live.page.wait_for_selector("#offline-studio:enabled")
    live.page.evaluate(WATCH_THE_COPY)
    live.page.check("#offline-studio")
    live.page.evaluate("window.kept")
    live.page.reload()
    live.until_python()
    live.page.context.set_offline(True)
    show(live, wide_photo)
    assert load(save(live, tmp_path)).size == WIDE
