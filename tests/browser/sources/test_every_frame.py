"""A video looked at frame by frame: each frame once, whatever its rate; how far it is; Cancel; and playing again."""

import csv
import io
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.clips import NOTE_NUMBERS, write_clip
from tests.browser.live_page import LivePage
from tests.browser.page.test_page import record_clip
from tests.browser.panel.test_saving import open_panel, saved
from tests.browser.sources.test_turned_camera import HELD, HOLD

Visit = Callable[..., LivePage]

EVEN = [round(index * 1000 / 30) for index in range(75)]
UNEVEN = [0, *itertools.accumulate([40, 16, 17, 67, 50, 110, 33, 16, 400, 8, 33, 34, 900, 16] * 2)]


@pytest.mark.parametrize(
    ("times", "open_ended"),
    [(EVEN, False), (UNEVEN, False), (EVEN[:45], True)],
    ids=["even", "uneven", "even, without a length"],
)
def test_each_frame_is_looked_at_once(
    visit: Visit, tmp_path: Path, times: list[int], open_ended: bool
) -> None:
    live = visit("?video=every&threshold=0.05", init=NOTE_NUMBERS)
    live.until_python()
    clip = write_clip(live.page, tmp_path / "clip.webm", times, None if open_ended else times[-1] + 33)
    live.give_files(clip)
    live.until("ready", seconds=120)
    assert live.page.evaluate("window.numbers") == list(range(len(times)))
    assert [result["source"] for result in live.results] == ["video"] * len(times)
    expect(live.page.locator("#clip-text")).to_have_text(f"Every frame was looked at: {len(times)}.")
    open_panel(live)
    told = json.loads(saved(live, "#save-json")[1])
    assert [round(image["time"] * 1000) for image in told["images"]] == times
    rows = list(csv.DictReader(io.StringIO(saved(live, "#save-csv")[1].decode())))
    found = {image["time"]: len(image["detections"]) for image in told["images"]}
    assert len(rows) == sum(found.values()) > 0
    for time, count in found.items():
        assert sum(abs(float(row["time"]) - time) < 0.001 for row in rows) == count
    assert [event["state"] for event in live.published("state")] == ["loading", "running", "ready"]


def test_it_is_a_choice_while_a_video_plays_and_can_be_cancelled(visit: Visit, tmp_path: Path) -> None:
    live = visit(init=NOTE_NUMBERS)
    live.until_python()
    clip = write_clip(live.page, tmp_path / "clip.webm", EVEN, EVEN[-1] + 33)
    expect(live.page.locator("#clip")).to_be_hidden()
    live.give_files(clip)
    live.until_results(1)
    open_panel(live)
    live.page.click("#clip-every")
    expect(live.page.locator("#clip-count")).to_contain_text(" of 2.5 s")
    assert live.page.evaluate("document.getElementById('video').controls") is False
    expect(live.page.locator("#clip-bar")).to_be_visible()
    live.page.click("#clip-cancel")
    live.until("ready")
    expect(live.page.locator("#clip-text")).to_contain_text("Stopped after ")
    live.page.click("#clip-every")
    live.page.click("#clip-cancel")
    live.page.click("#clip-every")
    live.until_results(len(live.results) + 2)
    live.page.click("#clip-cancel")
    live.until("ready")
    stopped = len(json.loads(saved(live, "#save-json")[1])["images"])
    assert 0 < stopped < len(EVEN)
    assert live.page.evaluate("document.getElementById('video').controls") is True
    live.page.select_option("#set-video", "every")
    expect(live.page.locator("#clip-text")).to_have_text("Every frame was looked at: 75.")
    assert "video=every" in live.page.url
    assert len(json.loads(saved(live, "#save-json")[1])["images"]) == len(EVEN)
    live.page.evaluate("document.getElementById('video').play()")
    live.until("running")
    live.until_results(len(live.results) + 2)
    live.until("ready")
    assert len(json.loads(saved(live, "#save-json")[1])["images"]) == len(EVEN), "what is complete stays"
    live.stop()
    expect(live.page.locator("#clip")).to_be_hidden()


def test_a_look_that_ends_after_another_beginning_is_not_of_that(visit: Visit, tmp_path: Path) -> None:
    live = visit("?video=every", init=HOLD)
    live.until_python()
    live.python(HELD)
    times = EVEN[:20]
    live.give_files(write_clip(live.page, tmp_path / "clip.webm", times, times[-1] + 33))
    live.until_results(2)
    live.page.evaluate("async () => { window.hold = true; await window.waits; }")
    live.page.click("#clip-cancel")
    live.page.click("#clip-every")
    live.page.evaluate("window.letGo()")
    expect(live.page.locator("#clip-text")).to_have_text("Every frame was looked at: 20.")
    open_panel(live)
    told = json.loads(saved(live, "#save-json")[1])
    assert [round(image["time"] * 1000) for image in told["images"]] == times


def test_what_a_browser_has_recorded_is_looked_at_to_its_end(visit: Visit, tmp_path: Path) -> None:
    live = visit("?video=every")
    live.until_python()
    clip = record_clip(live, tmp_path)
    live.give_files(clip)
    live.until("ready", seconds=120)
    assert all("person" in live.labels(index) for index in range(len(live.results)))
    assert len(live.results) > 15
    expect(live.page.locator("#clip-text")).to_contain_text(f"looked at: {len(live.results)}.")


def test_stopping_and_another_picture_end_it(visit: Visit, tmp_path: Path, photo_folder: Path) -> None:
    live = visit("?video=every")
    live.until_python()
    clip = write_clip(live.page, tmp_path / "clip.webm", EVEN, EVEN[-1] + 33)
    live.give_files(clip)
    live.until_results(3)
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.labels() == ["cat"]
    expect(live.page.locator("#clip")).to_be_hidden()
    live.give_files(clip)
    live.until_results(len(live.results) + 3)
    live.stop()
    assert live.published("error") == []
