"""Lines and zones in the page: drawn, counted and told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.live_page import LivePage
from tests.browser.sources.test_live import BATTERY, VISIBILITY
from tests.test_command_video import DOOR, MIDDLE, WALKS
from tests.video_clips import crossing, write_clip

Visit = Callable[..., LivePage]

TEXTS = """
window.texts = [];
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  if (this.canvas.id === "overlay") window.texts.push(text);
  return fillText.call(this, text, ...rest);
};
"""
UNTIL_CROSSED = """
(count) => new Promise((resolve) => {
  const enough = () => window.record.track.filter((one) => one.kind === "cross").length >= count;
  if (enough()) return resolve();
  document.addEventListener("detector:track", function look() {
    if (!enough()) return;
    document.removeEventListener("detector:track", look);
    resolve();
  });
})
"""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven walk one way and three the other, one after another."""
    pictures = crossing(WALKS)
    path = tmp_path_factory.mktemp("clips") / "door.webm"
    return write_clip(path, pictures, [100 * number for number in range(len(pictures))])


def told(live: LivePage, kind: str) -> list[str]:
    return [str(one.get("direction", "")) for one in live.published("track") if one["kind"] == kind]


def test_every_frame_of_a_clip(visit: Visit, clip: Path) -> None:
    live = visit(f"?video=every&classes=person&look=once&lines={DOOR}&zones={MIDDLE}", init=TEXTS)
    live.until_python()
    live.page.click("#more")
    live.give_files(clip)
    live.until("ready")
    ended = live.page.locator("#shapes li p").all_inner_texts()
    assert ended[0] == "In: person 7 · Out: person 3"
    assert ended[1].startswith("Inside: 0 · Came: person 10 · Went: person 10 · ")
    assert [text for text in live.page.evaluate("window.texts") if "inside" in text][-1] == "middle: 0 inside"
    assert told(live, "cross") == [{"i": "in", "o": "out"}[way] for way in WALKS]
    assert len(told(live, "zone-enter")) == 10
    first = next(one for one in live.published("track") if one["kind"] == "cross")
    assert (first["version"], first["line"], first["class"], first["trackId"]) == (1, "door", "person", 1)
    assert 500 < first["timestamp"] < 1500, "in the clip's own time"
    texts = live.page.evaluate("window.texts")
    assert "door: 0 in, 0 out" in texts and "door: 7 in, 3 out" in texts and "middle: 1 inside" in texts
    live.assert_clean()


def test_while_it_plays_and_numbers_are_off(visit: Visit, tmp_path: Path) -> None:
    pictures = crossing("iio")  # so slowly that a busy machine sees each of them often enough
    times = [500 * number for number in range(len(pictures))]
    clip = write_clip(tmp_path / "slow.webm", pictures, times)
    live = visit(f"?classes=person&look=once&tracks=off&skip=0&lines={DOOR}", init=TEXTS)
    live.until_python()
    live.give_files(clip)
    live.until("ready")
    assert told(live, "cross") == ["in", "in", "out"]
    assert all("trackId" not in found for result in live.results for found in result["detections"])
    assert "door: 2 in, 1 out" in live.page.evaluate("window.texts")
    live.assert_clean()


def test_counts_outlive_a_pause_another_model_and_provider_a_hidden_page_and_a_gentler_pace(
    visit: Visit, tmp_path: Path
) -> None:
    pictures = crossing("iio")
    # So slowly that a busy machine sees each of them often enough.
    clip = write_clip(tmp_path / "slow.webm", pictures, [700 * number for number in range(len(pictures))])
    live = visit(
        f"?classes=person&look=once&provider=wasm&lines={DOOR}",
        init=TEXTS + VISIBILITY + BATTERY.replace("LEVEL", "0.9"),
    )
    live.expected_errors = ("GPU stall",)
    live.until_python()
    live.give_files(clip)
    live.page.evaluate(UNTIL_CROSSED, 1)
    live.page.evaluate("document.getElementById('video').pause()")
    live.until("paused")
    live.page.click("#more")
    live.page.select_option("#set-model", "coco-ssd-tiny")
    live.page.wait_for_selector("html[data-model=coco-ssd-tiny]")
    live.page.select_option("#set-provider", "webgl")  # in software here
    live.page.wait_for_selector("html[data-provider=webgl]")
    live.page.select_option("#set-provider", "wasm")
    live.page.wait_for_selector("html[data-provider=wasm]")
    live.page.evaluate("document.getElementById('video').play()")
    live.page.evaluate(UNTIL_CROSSED, 2)
    live.page.evaluate("window.pretend('hidden')")
    live.until("paused")
    live.page.evaluate("window.pretend('visible')")
    live.until("running")
    live.page.evaluate(UNTIL_CROSSED, 3)
    # At the gentle pace a busy machine may look less than once in two seconds: what was counted stays.
    live.page.evaluate("window.becomes({ level: 0.1 })")
    live.page.locator("#status-battery").wait_for(state="visible")
    live.until("ready")
    assert told(live, "cross") == ["in", "in", "out"]
    drawn = [text for text in live.page.evaluate("window.texts") if text.startswith("door: ")]
    counts = [tuple(int(word) for word in text.split() if word.isdigit()) for text in drawn]
    assert counts == sorted(counts) and counts[-1] == (2, 1), "none was begun anew"
    live.assert_clean()


def test_photos_have_none(visit: Visit, photo_folder: Path) -> None:
    live = visit(f"?lines={DOOR}", init=TEXTS)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    texts = live.page.evaluate("window.texts")
    assert texts and not any("door" in text for text in texts)


def test_what_is_no_line_is_said_and_the_address_keeps_the_others(visit: Visit) -> None:
    live = visit("?lines=door:0.5,0,0.5,1;gate:2,0,0,1&max=7")
    live.until_python()
    live.page.click("#more")
    assert 'lines: "gate:2,0,0,1" is none' in live.page.inner_text("#notes")
    live.page.select_option("#set-boxes", "outline")
    assert live.page.url.endswith("lines=door:0.5,0,0.5,1")
