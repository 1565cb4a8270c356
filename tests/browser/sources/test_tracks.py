"""What moves in the page keeps its number, in events, labels, trails and exports."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.live_page import LivePage
from tests.video_clips import drifting, write_clip

Visit = Callable[..., LivePage]

# Texts and lines that are drawn over the picture.
DRAWN = """
window.texts = [];
window.lines = 0;
const { fillText, lineTo } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  if (this.canvas.id === "overlay") window.texts.push(text);
  return fillText.call(this, text, ...rest);
};
CanvasRenderingContext2D.prototype.lineTo = function (...to) {
  if (this.canvas.id === "overlay") window.lines++;
  return lineTo.apply(this, to);
};
"""


def started(visit: Visit, camera: Browser, address: str, results: int) -> LivePage:
    live = visit("?classes=person&max=1" + address, using=camera, init=DRAWN)
    live.until_python()
    live.start()
    live.until_results(results)
    return live


def numbers(live: LivePage, since: int = 0) -> list[int | None]:
    return [one.get("trackId") for result in live.results[since:] for one in result["detections"]]


def test_who_is_seen_again_has_the_same_number(visit: Visit, camera_browser: Browser) -> None:
    live = started(visit, camera_browser, "", 12)
    said = numbers(live)
    assert said[0] is None and set(said[1:]) == {1}, said
    ages = [one["age"] for result in live.results for one in result["detections"] if "age" in one]
    assert ages == sorted(ages) and ages[-1] > ages[0] > 0
    assert any(text.startswith("person 1 ") for text in live.page.evaluate("window.texts"))
    assert live.page.evaluate("window.lines") == 0, "no trails"
    (entered,) = live.published("track")
    assert (entered["version"], entered["kind"], entered["trackId"], entered["class"]) == (
        1,
        "enter",
        1,
        "person",
    )
    assert len(entered["bbox"]) == 4 and entered["timestamp"] == live.results[1]["timestamp"]
    live.stop()
    assert [one["kind"] for one in live.published("track")] == ["enter", "leave"]
    assert live.published("track")[1]["trackId"] == 1 and live.published("track")[1]["age"] > 0
    before = len(live.results)
    live.start()
    live.until_results(before + 4)
    assert numbers(live, before)[0] is None and set(numbers(live, before)[1:]) == {1}, (
        "each start begins anew"
    )
    live.assert_clean()


def test_trails_and_no_numbers_as_chosen(visit: Visit, camera_browser: Browser) -> None:
    live = started(visit, camera_browser, "&tracks=trails", 10)
    assert live.page.evaluate("window.lines") > 0
    live.page.click("#more")
    assert live.page.input_value("#set-tracks") == "trails"
    live.page.select_option("#set-tracks", "off")
    before = len(live.results)
    live.until_results(before + 3)
    live.page.evaluate("() => { window.texts = []; window.lines = 0; }")
    live.until_results(before + 6)
    assert set(numbers(live, before + 2)) == {None}
    assert [one["kind"] for one in live.published("track")] == ["enter", "leave"]
    assert live.page.evaluate("window.lines") == 0
    texts = live.page.evaluate("window.texts")
    assert texts and all(len(text.split()) == 2 for text in texts), texts
    assert "tracks=off" in live.page.url


def test_photos_have_no_numbers(visit: Visit, photo_folder: Path) -> None:
    live = visit("")
    live.until_python()
    live.give_files(photo_folder / "coffee.png")
    live.until("ready")
    assert all("trackId" not in one for one in live.results[-1]["detections"])


def test_every_frame_of_a_video_and_its_export(visit: Visit, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.webm", drifting(8))
    live = visit("?video=every&classes=cup")
    live.until_python()
    live.give_files(clip)
    live.until("ready")
    said = numbers(live)
    assert said[0] is None and set(said[1:]) == {1} and len(said) >= 6, said
    assert [one["kind"] for one in live.published("track")] == ["enter"]
    live.page.click("#more")
    with live.page.expect_download() as download:
        live.page.click("#save-csv")
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8"))))
    assert [row["track"] for row in rows] == ["" if one is None else str(one) for one in said]
