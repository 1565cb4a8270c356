"""What was seen, over time and as files: each file is opened and compared with what the page published."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Download, Route, expect

from tests.browser.live_page import LIMIT_S, LivePage
from tests.browser.page.test_page import record_clip
from tests.browser.pictures import turned_by_exif

Visit = Callable[..., LivePage]


def open_panel(live: LivePage) -> None:
    live.page.click("#more")
    expect(live.page.locator("#class-list li").first).to_be_attached()


def saved(live: LivePage, selector: str, seconds: float = LIMIT_S) -> tuple[str, bytes]:
    """Click, and the file that comes: its name and content."""
    with live.page.expect_download(timeout=1000 * seconds) as waiting:
        live.page.click(selector)
    download: Download = waiting.value
    return download.suggested_filename, Path(download.path()).read_bytes()


def test_detections_are_saved_in_three_formats(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    live.until_python()
    live.give_files(photo_folder / "coffee.png", photo_folder / "chelsea.png")
    live.until_results(2)
    live.until("ready")
    open_panel(live)
    published = [result["detections"] for result in live.results]

    name, content = saved(live, "#save-json")
    told = json.loads(content)
    assert name == "onlooker.json" and told["model"] == "coco-ssd-lite"
    assert [image["file"] for image in told["images"]] == ["coffee.png", "chelsea.png"]
    assert [image["width"] for image in told["images"]] == [600, 451]
    for image, found in zip(told["images"], published, strict=True):
        assert [one["class"] for one in image["detections"]] == [one["class"] for one in found]

    name, content = saved(live, "#save-csv")
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert name == "onlooker.csv"
    classes = [one["class"] for found in published for one in found]
    assert [row["class"] for row in rows] == classes
    assert float(rows[0]["score"]) == round(published[0][0]["score"], 4)

    name, content = saved(live, "#save-coco")
    results = json.loads(content)
    assert name == "onlooker-coco.json" and len(results) == len(classes)
    assert {one["image_id"] for one in results} == {1, 2}


def test_several_photos_are_in_a_strip_and_in_one_archive(
    visit: Visit, photo_folder: Path, tmp_path: Path
) -> None:
    sideways = turned_by_exif(photo_folder / "chelsea.png", tmp_path / "sideways.jpg")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"not a picture")
    again = tmp_path / "more" / "coffee.png"
    again.parent.mkdir()
    again.write_bytes((photo_folder / "coffee.png").read_bytes())
    live = visit()
    live.until_python()
    live.give_files(photo_folder / "coffee.png", broken, sideways, again)
    live.until_results(3)
    live.until("ready")
    strip = live.page.locator("#strip-list button")
    expect(strip).to_have_count(3)
    expect(strip.nth(1)).to_contain_text("sideways.jpg")
    strip.nth(0).click()
    live.until_results(4)
    assert "cup" in live.labels(), "the one that was clicked is shown"

    name, content = saved(live, "#strip-save")
    assert name == "onlooker.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = ["coffee.jpg", "sideways.jpg", "coffee 2.jpg", "detections.json", "detections.csv"]
        assert archive.namelist() == names
        told = json.loads(archive.read("detections.json"))
        for image in told["images"]:
            assert any(one["score"] > 0.5 for one in image["detections"])
        with Image.open(io.BytesIO(archive.read("sideways.jpg"))) as upright, Image.open(sideways) as stored:
            assert upright.size == (451, 300) and stored.size == (300, 451)
            assert not upright.getexif(), "nothing of what the camera wrote about itself"
    expect(live.page.locator("#strip-text")).to_contain_text("3 photos with their boxes")
    notes = live.page.text_content("#notes") or ""
    assert "broken.jpg cannot be read as a picture" in notes
    live.page.click("#stop")
    expect(live.page.locator("#strip")).to_be_hidden()


def test_names_in_an_archive_lead_nowhere(visit: Visit, photo_folder: Path, tmp_path: Path) -> None:
    photo = (photo_folder / "coffee.png").read_bytes()
    names = ("..\\..\\..\\evil.png", "..png", "C:\\evil.png", "a\nb.png")
    for name in names:
        (tmp_path / name).write_bytes(photo)
    live = visit()
    live.until_python()
    live.give_files(*[tmp_path / name for name in names])
    live.until_results(len(names))
    live.until("ready")
    _, content = saved(live, "#strip-save")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        inside = [name for name in archive.namelist() if name.endswith(".jpg")]
    assert len(set(inside)) == len(names)
    for name in inside:
        assert not set(name) & set("/\\:\n") and not name.startswith("."), name


CANCEL_WHILE_PACKING = """() => {
  const text = document.getElementById("strip-text");
  window.told = [];
  new MutationObserver(() => told.push(text.textContent)).observe(text, { childList: true });
  const read = Blob.prototype.arrayBuffer;
  Blob.prototype.arrayBuffer = function () {
    if (this.type !== "image/jpeg") return read.call(this); // a photo's header is read so too
    Blob.prototype.arrayBuffer = read;
    document.getElementById("strip-cancel").click();
    return read.call(this);
  };
}"""


def test_an_archive_can_be_cancelled(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    live.until_python()
    live.give_files(*[photo_folder / "coffee.png"] * 8)
    live.until_results(8)
    live.until("ready")
    downloads: list[Download] = []
    live.page.on("download", lambda download: downloads.append(download))
    live.page.click("#strip-save")
    live.page.click("#strip-cancel")
    expect(live.page.locator("#strip-text")).to_have_text("Nothing was saved.")
    expect(live.page.locator("#strip-save")).to_be_visible()
    live.page.evaluate(CANCEL_WHILE_PACKING)
    live.page.click("#strip-save")
    expect(live.page.locator("#strip-cancel")).to_be_hidden()
    name, _ = saved(live, "#strip-save")
    assert name == "onlooker.zip" and len(downloads) == 1
    expect(live.page.locator("#strip-text")).to_contain_text("8 photos")
    told = live.page.evaluate("() => told")
    photos = [f"Photo {place} of 8" for place in range(1, 9)]
    assert told[:-1] == [photos[0], "Nothing was saved.", *photos]


def photos_on(page: Image.Image) -> int:
    """How many photos there are on a sheet: its cards stand on white, in columns and rows."""
    grey = page.convert("L").point(lambda value: 255 * (value < 248))
    card = 360
    return sum(
        1
        for y in range(100, page.height - 200, card * 3 // 4 + 86)
        for x in range(40, page.width - 100, card + 24)
        if (grey.crop((x + 60, y + 30, x + card - 60, y + 240)).histogram()[255]) > 20_000
    )


def test_a_contact_sheet_has_all_photos_but_those_that_are_gone(
    visit: Visit, photo_folder: Path, tmp_path: Path
) -> None:
    sideways = turned_by_exif(photo_folder / "chelsea.png", tmp_path / "sideways.jpg")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"not a picture")
    gone = tmp_path / "gone.png"
    gone.write_bytes((photo_folder / "coffee.png").read_bytes())
    live = visit()
    live.until_python()
    live.give_files(*[photo_folder / "coffee.png"] * 5, broken, sideways, gone)
    live.until_results(7)
    live.until("ready")
    expect(live.page.locator("#strip-sheet")).to_be_enabled()
    gone.write_bytes(b"another file")
    name, content = saved(live, "#strip-sheet")
    assert name == "onlooker-sheet.jpg"
    with Image.open(io.BytesIO(content)) as page:
        assert page.format == "JPEG" and not page.getexif() and "icc_profile" not in page.info
        assert photos_on(page) == 6
    expect(live.page.locator("#strip-text")).to_have_text(
        "6 photos are on one sheet. 1 could not be read again."
    )
    assert live.data["state"] == "ready"
    expect(live.page.locator("#strip-sheet")).to_be_focused()


def test_more_photos_than_a_page_holds_come_as_pages_in_one_archive(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    live.until_python()
    live.give_files(*[photo_folder / "coffee.png"] * 32)
    live.until_results(32)
    expect(live.page.locator("#strip-sheet")).to_be_enabled()
    name, content = saved(live, "#strip-sheet", seconds=180)
    assert name == "onlooker-sheets.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["sheet-1.jpg", "sheet-2.jpg"]
        pages = [Image.open(io.BytesIO(archive.read(one))) for one in archive.namelist()]
        assert [photos_on(page) for page in pages] == [30, 2]
    expect(live.page.locator("#strip-text")).to_have_text("32 photos are on 2 sheets.")


WATCH_THE_STRIP = """() => {
  const [text, bar] = ["strip-text", "strip-bar"].map((id) => document.getElementById(id));
  window.told = [];
  const note = () => told.push([text.textContent, bar.getAttribute("value")]);
  new MutationObserver(note).observe(text, { childList: true });
}"""


def test_a_contact_sheet_says_how_far_it_is_and_can_be_cancelled(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    live.until_python()
    live.give_files(*[photo_folder / "coffee.png"] * 4)
    live.until_results(4)
    expect(live.page.locator("#strip-sheet")).to_be_enabled()
    downloads: list[Download] = []
    live.page.on("download", lambda download: downloads.append(download))
    live.page.evaluate(WATCH_THE_STRIP)
    workers = len(live.page.workers)
    held: list[Route] = []
    live.page.route("**/numpy-*.whl", lambda route: held.append(route), times=1)
    live.page.click("#strip-sheet")
    expect(live.page.locator("#strip-cancel")).to_be_focused()
    expect(live.page.locator("#strip-text")).to_have_text("Fetching the studio")
    live.until_held(held)
    live.page.keyboard.press("Enter")
    expect(live.page.locator("#strip-text")).to_have_text("Nothing was saved.")
    expect(live.page.locator("#strip-sheet")).to_be_focused()
    expect(live.page.locator("#strip-bar")).to_be_hidden()
    live.page.evaluate("told.length = 0")
    name, _ = saved(live, "#strip-sheet")
    assert name == "onlooker-sheet.jpg" and len(downloads) == 1
    expect(live.page.locator("#strip-text")).to_have_text("4 photos are on one sheet.")
    assert len(live.page.workers) == workers + 1, "the cancelled worker is gone"
    told = live.page.evaluate("told")
    photos = [one for one, _ in told if one.startswith("Photo ")]
    assert photos == [f"Photo {place} of 4" for place in range(1, 5)]
    assert [float(done) for one, done in told if one == "Photo 3 of 4"] == [0.5]
    assert "Starting the studio" in [one for one, _ in told]


def test_the_studio_does_one_thing_at_a_time(visit: Visit, photo_folder: Path) -> None:
    held: list[Route] = []
    live = visit(route=("**/numpy-*.whl", lambda route: held.append(route)))
    live.until_python()
    live.give_files(*[photo_folder / "coffee.png"] * 2)
    live.until_results(2)
    expect(live.page.locator("#strip-sheet")).to_be_enabled()
    open_panel(live)
    live.page.click("#full-size")
    expect(live.page.locator("#full-size-bytes")).to_contain_text("Pyodide 8.6")
    live.page.click("#strip-sheet")
    expect(live.page.locator("#strip-text")).to_have_text(
        "The studio is at work on something else. Wait for it, or cancel it."
    )
    live.until_held(held)
    (route,) = held
    with live.page.expect_download() as waiting:
        route.continue_()
    assert waiting.value.suggested_filename == "onlooker.png"
    name, _ = saved(live, "#strip-sheet")
    assert name == "onlooker-sheet.jpg", "in the same worker"


def test_the_picture_is_copied_with_its_boxes(visit: Visit, photo_folder: Path) -> None:
    live = visit(permissions=["clipboard-read", "clipboard-write"])
    live.until_python()
    live.give_files(photo_folder / "coffee.png")
    live.until("ready")
    open_panel(live)
    live.page.click("#copy-picture")
    expect(live.page.locator("#exports-text")).to_have_text("The picture is copied.")
    size = live.page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          const bitmap = await createImageBitmap(await item.getType("image/png"));
          return [bitmap.width, bitmap.height];
        }"""
    )
    assert size == [600, 400]


def test_charts_follow_what_is_seen(visit: Visit, camera_browser: Browser) -> None:
    live = visit("?classes=person", using=camera_browser)
    live.until_python()
    open_panel(live)
    live.start()
    counts = live.page.locator("#counts-chart")
    expect(counts).to_have_attribute("aria-label", re.compile("last minute: person: 1"))
    assert counts.locator("path").last.get_attribute("stroke") == live.page.evaluate(
        "() => { const c = document.createElement('canvas').getContext('2d');"
        " c.fillStyle = document.querySelector('#found .swatch').style.backgroundColor; return c.fillStyle; }"
    )
    timings = live.page.locator("#timings")
    expect(timings).to_contain_text("Results a second")
    expect(timings.locator("svg")).to_have_count(6)
    for name, unit in (("rate", "a second"), ("infer", "ms"), ("total", "ms")):
        chart = timings.locator(f"svg[data-of={name}]")
        expect(chart).to_have_attribute(
            "aria-label", re.compile(rf"^[\d.]+ to [\d.]+ {unit} in the last minute$")
        )
        expect(chart.locator("path")).to_have_attribute("d", re.compile(r"^M.*L"))
        least, most = re.findall(r"[\d.]+", chart.get_attribute("aria-label") or "")[:2]
        assert 0 < float(least) <= float(most)


def test_a_videos_detections_have_their_times(visit: Visit, tmp_path: Path) -> None:
    live = visit("?skip=0")
    live.until_python()
    clip = record_clip(live, tmp_path)
    live.give_files(clip)
    live.until_results(2)
    live.until("ready")
    open_panel(live)
    _, content = saved(live, "#save-csv")
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    times = [float(row["time"]) for row in rows]
    assert times == sorted(times) and times[-1] > times[0] and {row["file"] for row in rows} == {clip.name}
