"""The studio: fetched when first needed, in a worker that leaves the page alone, and pictures in their own size."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms
from playwright.sync_api import Browser, Route, expect

from detector.drawing.palette import color_of
from detector.studio.colours import scale
from tests.browser.live_page import LivePage
from tests.browser.page.test_page import record_clip
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
    with live.page.expect_download() as download:
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


@pytest.mark.parametrize("kind", ["jpg", "webp", "avif"])
def test_a_photo_stands_upright_in_the_studio_as_it_does_in_the_page(
    visit: Visit, photo_folder: Path, tmp_path: Path, kind: str
) -> None:
    live = visit()
    live.until_python()
    live.page.click("#more")
    upright = load(photo_folder / "coffee.png")
    for orientation in range(1, 9):
        live.give_files(
            turned_by_exif(photo_folder / "coffee.png", tmp_path / f"{orientation}.{kind}", orientation)
        )
        live.until_results(orientation)
        live.until("ready")
        folder = tmp_path / str(orientation)
        folder.mkdir()
        saved = load(save(live, folder))
        assert saved.size == upright.size, orientation
        much = changed(saved, upright, 60).histogram()[255]
        assert 0.001 < much / (upright.width * upright.height) < 0.2, orientation


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


def test_the_format_is_the_visitors_choice_and_nothing_of_the_camera_is_in_it(
    visit: Visit, photo_folder: Path, tmp_path: Path
) -> None:
    photo = tmp_path / "phone.jpg"
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825)[1] = "N"  # GPS
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    original = load(photo_folder / "chelsea.png")
    original.save(photo, "JPEG", quality=95, exif=exif, icc_profile=profile, xmp=b"<x:xmpmeta/>")
    with Image.open(photo) as stored:
        assert stored.getexif() and {"icc_profile", "xmp", "exif"} <= set(stored.info)
    live = visit()
    show(live, photo)
    for kind, ending, name in (
        ("image/png", "png", "PNG"),
        ("image/jpeg", "jpg", "JPEG"),
        ("image/webp", "webp", "WEBP"),
    ):
        live.page.get_by_label("Format").select_option(kind)
        path = save(live, tmp_path)
        assert path.name == f"onlooker.{ending}"
        with Image.open(path) as saved:
            assert saved.format == name and saved.size == original.size
            assert not saved.getexif() and not {"icc_profile", "xmp", "exif", "comment"} & set(saved.info)
            much = changed(saved.convert("RGB"), original, 60).histogram()[255]
        assert b"A camera" not in path.read_bytes()
        assert 0.001 < much / (original.width * original.height) < 0.2, (
            "a frame and a label, not another picture"
        )
    live.page.reload()
    live.until_python()
    live.page.click("#more")
    expect(live.page.locator("#full-size-format")).to_have_value(kind)


# Heat maps


def draw_heat(live: LivePage, folder: Path) -> Image.Image:
    """Draw it, see that it is shown, and save it: the file, opened."""
    live.page.click("#heat")
    expect(live.page.locator("#full-size-text")).to_have_text("The heat map is drawn.")
    shown = live.page.locator("#heat-picture")
    expect(shown).to_be_visible()
    width = shown.evaluate("async (image) => { await image.decode(); return image.naturalWidth; }")
    with live.page.expect_download() as download:
        live.page.click("#heat-save")
    assert download.value.suggested_filename == "onlooker-heat.png"
    path = folder / "heat.png"
    download.value.save_as(path)
    with Image.open(path) as saved:
        assert saved.format == "PNG" and saved.width == width and not saved.getexif()
        return saved.convert("RGB")


def heat_at(drawn: Image.Image, x: float, y: float) -> float:
    """How far up the scale the map is there, 0 to 1: of its colours, that which is nearest."""
    color = drawn.getpixel((round(x), round(y)))
    assert isinstance(color, tuple)
    near = [sum((a - b) ** 2 for a, b in zip(color, one, strict=True)) for one in scale(64).tolist()]
    return near.index(min(near)) / 63


@pytest.mark.parametrize("python", ["micropython", "pyodide"])
def test_a_heat_map_of_photos_is_hot_where_their_boxes_are(
    visit: Visit, photo_folder: Path, tmp_path: Path, python: str
) -> None:
    live = visit(f"?python={python}")
    live.until_python()
    live.page.click("#more")
    assert live.page.is_disabled("#heat")
    live.give_files(photo_folder / "coffee.png", photo_folder / "chelsea.png")
    live.until_results(2)
    live.until("ready")
    if python == "micropython":
        assert of_studio(live) == []
    options = live.page.locator("#heat-class option")
    expect(options.first).to_have_text("Everything")
    labels = {one["class"] for result in live.results for one in result["detections"]}
    assert set(options.all_inner_texts()) == labels | {"Everything"}
    live.page.get_by_label("Kind of thing").select_option("cup")
    drawn = draw_heat(live, tmp_path)
    coffee, chelsea = live.results
    (cup,) = [one for one in coffee["detections"] if one["class"] == "cup"]
    x, y, width, height = cup["bbox"]
    # The cup's box of the one photo, over the other, which is the last.
    size = (
        chelsea["width"] * max(1, 480 / chelsea["width"]),
        chelsea["height"] * max(1, 480 / chelsea["width"]),
    )
    across, down = size[0] / coffee["width"], size[1] / coffee["height"]
    assert heat_at(drawn, (x + width / 2) * across, (y + height / 2) * down) > 0.7
    plain = load(photo_folder / "chelsea.png").convert("L").resize((round(size[0]), round(size[1])))
    grey = drawn.convert("L").crop((0, 0, *plain.size))
    corner = ImageChops.difference(plain, grey).crop((0, 0, 40, 40)).getextrema()
    assert isinstance(corner, tuple) and corner[1] < 40, "far from the cup it is the photo, in less colour"
    words = live.page.get_attribute("#heat-picture", "alt")
    assert words == "Heat map: cup, 2 pictures"
    live.give_files(photo_folder / "chelsea.png")
    expect(live.page.locator("#heat-map")).to_be_hidden()
    live.until_results(3)
    expect(options).to_have_text(["Everything", "cat"])


def test_a_heat_map_of_the_camera_begins_anew_with_each_start(
    visit: Visit, camera_browser: Browser, tmp_path: Path
) -> None:
    live = visit("?classes=person&skip=0", using=camera_browser)
    live.until_python()
    live.start()
    live.until_results(3)
    live.page.click("#more")
    live.page.locator("#studio-tools:not([disabled])").wait_for()
    live.until_results(len(live.results) + 3)
    drawn = draw_heat(live, tmp_path)
    assert drawn.width == 640 and drawn.height > 480
    told = re.compile(r"Heat map: Everything, (\d+) pictures")
    found = told.fullmatch(live.page.get_attribute("#heat-picture", "alt") or "")
    assert found and 3 <= int(found[1]) <= len(live.results) - 3, "not those before the panel was opened"
    boxes = [one["bbox"] for result in live.results for one in result["detections"]]
    middle = sum(x + width / 2 for x, _, width, _ in boxes) / len(boxes)
    mirrored = 640 - middle  # a front camera is shown mirrored
    assert heat_at(drawn, mirrored, 300) > 0.6
    live.stop()
    assert live.page.is_disabled("#heat")
    live.page.select_option("#set-mirror", "0")
    before = len(live.results)
    live.start()
    live.until_results(before + 1)
    expect(live.page.locator("#heat-map")).to_be_hidden()
    again = draw_heat(live, tmp_path)
    assert heat_at(again, middle, 300) > 0.6
    found = told.fullmatch(live.page.get_attribute("#heat-picture", "alt") or "")
    assert found and 1 <= int(found[1]) <= len(live.results) - before, "those of the last start alone"


def test_a_heat_map_of_a_video_has_all_of_it(visit: Visit, tmp_path: Path) -> None:
    live = visit("?skip=0")
    live.until_python()
    live.give_files(record_clip(live, tmp_path))
    live.until_results(2)
    live.until("ready")
    live.page.click("#more")
    before = len(live.results)
    draw_heat(live, tmp_path)
    found = re.search(r", (\d+) pictures$", live.page.get_attribute("#heat-picture", "alt") or "")
    # The look at its last frame may arrive while the map is drawn.
    assert found and before <= int(found[1]) <= len(live.results), (
        "also what came before the panel was opened"
    )


def test_a_class_that_is_hidden_meanwhile_is_not_in_the_map(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    show(live, photo_folder / "chelsea.png")
    before = len(live.results)
    live.page.get_by_label("Hide cat").click()
    live.until_results(before + 1)
    live.page.click("#heat")
    expect(live.page.locator("#full-size-error")).to_contain_text("Nothing of this was seen yet.")
    assert of_studio(live) == [], "for nothing, nothing is fetched"


def test_a_part_that_does_not_arrive_is_said_and_the_next_opening_tries_again(
    visit: Visit, wide_photo: Path, tmp_path: Path
) -> None:
    part = "**/detector/browser/panel/heat_map.py"
    live = visit(route=(part, lambda route: route.fulfill(status=503)))
    live.expected_errors = ("503",)
    show(live, wide_photo)
    expect(live.page.locator("#full-size-error")).to_contain_text("A part of this page did not arrive")
    assert live.page.is_disabled("#full-size") and live.page.is_disabled("#heat")
    live.page.unroute(part)
    live.page.click("#more")
    live.page.click("#more")
    expect(live.page.locator("#full-size-error")).to_be_hidden()
    assert load(save(live, tmp_path)).size == WIDE


def test_what_only_the_panel_needs_does_not_come_before_it(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    late = re.compile(
        r"/detector/(drawing/heat_map|browser/(panel/(studio|full_size|heat_map)|studio/\w+))\.py"
    )
    assert not [url for url in live.requested if late.search(url)]
    live.page.click("#more")
    live.page.locator("#studio-tools:not([disabled])").wait_for()
    assert len([url for url in live.requested if late.search(url)]) == 5, "all but the sheets"


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
    began = live.page.evaluate("performance.now()")
    save(live, tmp_path)
    own, *others = live.page.evaluate("window.longTasks")
    took = live.page.evaluate("performance.now()") - began
    assert own >= 50, "one long task was made to see that they are seen"
    # On a busy machine a short task may be a long one; what the studio does would be nearly all of the time.
    assert sum(others) < 0.1 * took, f"long tasks of {others} ms in {took:.0f} ms"


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
    live.until_held(held)
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
