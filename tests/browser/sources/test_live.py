"""A moving picture over time: still scenes, boxes between results, hidden pages, and batteries that run low.

How often it was looked at, and why, is asked of the gate: by its clock a busy machine changes nothing.
"""

import itertools
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.live_page import LivePage
from tests.browser.page.test_page import record_clip

Visit = Callable[..., LivePage]
Showing = Callable[[str], Browser]

REST_MS = 900  # a scene in which nothing moves is not looked at again before

# The page is shown and hidden as a browser would do it, and does not know the difference.
VISIBILITY = """
window.pretend = (state) => {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
  document.dispatchEvent(new Event("visibilitychange"));
};
"""
VIDEO_FRAMES = """
(count) => new Promise((resolve) => {
  const video = document.getElementById("video");
  const next = () => (count-- > 0 ? video.requestVideoFrameCallback(next) : resolve());
  next();
})
"""
BATTERY = """
window.battery = Object.assign(new EventTarget(), { level: LEVEL, charging: false });
navigator.getBattery = async () => window.battery;
window.becomes = (state) => {
  Object.assign(window.battery, state);
  for (const name of ["levelchange", "chargingchange"]) window.battery.dispatchEvent(new Event(name));
};
"""
# What is drawn over the video: for each drawing, the left edges of its boxes and how many results there were.
DRAWINGS = """
window.drawings = [];
const overlay = (context) => context.canvas.id === "overlay";
const { clearRect, strokeRect } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.clearRect = function (...box) {
  if (overlay(this)) window.drawings.push({ results: window.record.result.length, edges: [] });
  return clearRect.apply(this, box);
};
CanvasRenderingContext2D.prototype.strokeRect = function (...box) {
  if (overlay(this)) window.drawings.at(-1).edges.push(box[0]);
  return strokeRect.apply(this, box);
};
"""


def started(live: LivePage, results: int) -> LivePage:
    live.until_python()
    live.start()
    live.until_results(results)
    return live


def watched(live: LivePage, results: int) -> LivePage:
    """The same, with all that the gate says from the first frame on."""
    live.until_python()
    live.watch_gate()
    return started(live, results)


def shown(live: LivePage, selector: str) -> None:
    live.page.wait_for_selector(selector, state="visible")


def gone(live: LivePage, selector: str) -> None:
    live.page.wait_for_selector(selector, state="hidden")


def duty(live: LivePage) -> Any:
    return live.python("answer(app.live.frames._pacer.duty)")


# Still and moving scenes


@pytest.mark.parametrize("name", ["still", "flickers"])
def test_a_scene_in_which_nothing_moves_is_looked_at_once_a_second(
    visit: Visit, camera_showing: Showing, name: str
) -> None:
    live = watched(visit("?look=once", using=camera_showing(name)), results=6)
    looks = live.looks()[2:]
    assert len(looks) >= 3 and all(still for _, still in looks), "for time alone"
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(looks)]
    assert min(gaps) >= REST_MS
    assert "still scene" in live.page.inner_text("#status")
    frames = [result["frame"] for result in live.results]
    assert frames == list(range(1, len(frames) + 1)), "what was not looked at was not published"
    assert live.labels()[0] == "person"


def moves(live: LivePage) -> bool:
    """Whether most looks were for what had moved, and did not wait for the time to look at still scenes."""
    looks = live.looks()[2:]
    return 2 * sum(not still for _, still in looks) > len(looks) > 5


@pytest.mark.parametrize("name", ["one corner", "creeps"])
def test_what_moves_is_looked_at_more_often(visit: Visit, camera_showing: Showing, name: str) -> None:
    assert moves(watched(visit("?look=once", using=camera_showing(name)), results=12))


def test_a_moving_camera_is_looked_at_all_the_time(visit: Visit, camera_browser: Browser) -> None:
    live = watched(visit(using=camera_browser), results=20)
    assert moves(live)
    assert "still scene" not in live.page.inner_text("#status")


def rests(live: LivePage) -> bool:
    """Whether the page does nothing for longer than it works, and for as long as in a still scene."""
    pairs = itertools.pairwise(live.results[2:])
    work = [
        (later["timestamp"] - earlier["timestamp"], earlier["timings"]["total"]) for earlier, later in pairs
    ]
    idle = statistics.median(gap - took for gap, took in work)
    return idle > max(REST_MS / 2, statistics.median(took for _, took in work))


def test_skip_0_looks_at_still_frames_too(visit: Visit, camera_showing: Showing) -> None:
    live = watched(visit("?skip=0", using=camera_showing("still")), results=12)
    assert live.looks() == [] and not rests(live)
    assert "still scene" not in live.page.inner_text("#status")


def test_python_can_take_the_gate_away(visit: Visit, camera_showing: Showing) -> None:
    live = visit(using=camera_showing("still"))
    live.until_python()
    live.python("app.live.frames.gate = None\nanswer(None)")
    watched(live, results=12)
    assert live.looks() == [] and not rests(live)


def test_a_setting_acts_on_a_still_scene_at_once(visit: Visit, camera_showing: Showing) -> None:
    live = watched(visit("?look=once", using=camera_showing("still")), results=4)
    seen = len(live.looks())
    assert live.looks()[-1][1], "the scene is still"
    live.page.evaluate(
        """() => document.addEventListener("detector:result", () => {
          window.then = window.record.result.length;
          document.getElementById("threshold").value = "0.95";
          document.getElementById("threshold").dispatchEvent(new Event("input"));
        }, { once: true })"""
    )
    live.until_results(len(live.results) + 3)
    assert False in [still for _, still in live.looks()[seen:]], "it did not wait for its time"
    after = live.results[live.page.evaluate("window.then")]
    assert all(found["score"] >= 0.95 for found in after["detections"])


# Between results


def test_boxes_move_on_between_results(visit: Visit, camera_browser: Browser) -> None:
    live = started(visit("?max=1&classes=person", using=camera_browser, init=DRAWINGS), results=20)
    ways: dict[int, set[float]] = {}
    for drawing in live.page.evaluate("window.drawings"):
        if drawing["edges"]:
            ways.setdefault(drawing["results"], set()).add(drawing["edges"][0])
    assert sum(len(way) > 1 for way in ways.values()) >= 5, ways


def test_nothing_is_drawn_where_nothing_moves(visit: Visit, camera_showing: Showing) -> None:
    live = started(visit(using=camera_showing("still"), init=DRAWINGS), results=3)
    count = "[window.drawings.length, window.record.result.length]"
    drawings, results = live.page.evaluate(count)
    live.until_results(results + 2)
    more_drawings, more_results = live.page.evaluate(count)
    assert more_drawings - drawings == more_results - results


# Hidden pages


def test_a_hidden_page_rests_and_goes_on_when_it_is_seen_again(visit: Visit, camera_browser: Browser) -> None:
    live = started(visit(using=camera_browser, init=VISIBILITY), results=3)
    live.page.evaluate("window.pretend('hidden')")
    live.until("paused")
    before = len(live.results)
    live.page.evaluate(VIDEO_FRAMES, 60)
    assert len(live.results) <= before + 1, "one may have been under way"
    assert live.page.evaluate("document.getElementById('video').srcObject.active"), "the camera stays open"
    resting = len(live.results)
    live.page.evaluate("window.pretend('visible')")
    live.until("running")
    live.until_results(resting + 3)
    assert [event["state"] for event in live.published("state")] == [
        "loading",
        "running",
        "paused",
        "running",
    ]
    live.stop()
    live.page.evaluate("window.pretend('hidden')")
    live.page.evaluate("window.pretend('visible')")
    assert live.data["state"] == "idle", "what is stopped does not start by itself"


def test_a_page_that_starts_hidden_waits_to_be_seen(visit: Visit, camera_browser: Browser) -> None:
    live = visit("?autostart=1", using=camera_browser, init=VISIBILITY + "window.pretend('hidden');")
    live.until("paused")
    live.page.evaluate(VIDEO_FRAMES, 30)
    assert live.results == []
    live.page.evaluate("window.pretend('visible')")
    live.until("running")
    live.until_results(2)


def test_stopping_while_hidden_is_honoured(visit: Visit, camera_browser: Browser) -> None:
    live = started(visit(using=camera_browser, init=VISIBILITY), results=1)
    live.page.evaluate("window.pretend('hidden')")
    live.until("paused")
    live.stop()
    live.page.evaluate("window.pretend('visible')")
    assert live.data["state"] == "idle"
    started(live, results=len(live.results) + 2)


def test_a_clip_that_the_visitor_paused_stays_paused(visit: Visit, tmp_path: Path) -> None:
    live = visit(init=VISIBILITY)
    live.until_python()
    clip = record_clip(live, tmp_path)
    live.page.evaluate("document.getElementById('video').loop = true")
    live.give_files(clip)
    live.until_results(1)
    live.page.evaluate("document.getElementById('video').pause()")
    live.until("paused")
    live.page.evaluate("window.pretend('hidden')")
    live.page.evaluate("window.pretend('visible')")
    assert live.data["state"] == "paused"
    live.page.evaluate("document.getElementById('video').play()")
    live.until("running")
    live.page.evaluate("window.pretend('hidden')")
    live.until("paused")
    live.page.evaluate("window.pretend('visible')")
    live.until("running")
    live.until_results(len(live.results) + 1)


# Batteries


def test_a_low_battery_gets_a_gentler_pace_unless_the_visitor_says_otherwise(
    visit: Visit, camera_browser: Browser
) -> None:
    live = started(visit(using=camera_browser, init=BATTERY.replace("LEVEL", "0.15")), results=2)
    shown(live, "#status-battery")
    assert duty(live) == pytest.approx(0.3)
    live.page.click("#more")
    live.page.check("#full-speed")
    gone(live, "#status-battery")
    assert duty(live) == pytest.approx(0.7)
    live.page.uncheck("#full-speed")
    shown(live, "#status-battery")
    assert duty(live) == pytest.approx(0.3)
    live.page.evaluate("window.becomes({ charging: true })")
    gone(live, "#battery")
    assert not live.page.is_visible("#status-battery") and duty(live) == pytest.approx(0.7)
    live.page.evaluate("window.becomes({ charging: false, level: 0.2 })")
    live.page.evaluate("window.becomes({ level: 0.19 })")
    shown(live, "#status-battery")
    live.stop()
    started(live, results=len(live.results) + 1)
    assert duty(live) == pytest.approx(0.3), "a new start knows it too"


def test_a_battery_that_is_full_enough_changes_nothing(visit: Visit, camera_browser: Browser) -> None:
    live = started(visit(using=camera_browser, init=BATTERY.replace("LEVEL", "0.2")), results=1)
    assert not live.page.is_visible("#status-battery") and duty(live) == pytest.approx(0.7)


def test_whoever_says_which_frames_to_skip_has_decided_on_the_pace(
    visit: Visit, camera_browser: Browser
) -> None:
    live = started(visit("?skip=0", using=camera_browser, init=BATTERY.replace("LEVEL", "0.05")), results=1)
    assert not live.page.is_visible("#status-battery")


@pytest.mark.parametrize(
    "script",
    [
        "navigator.getBattery = undefined;",
        "navigator.getBattery = async () => { throw new DOMException('no', 'NotAllowedError'); };",
    ],
)
def test_a_browser_that_does_not_tell_of_its_battery(
    visit: Visit, camera_browser: Browser, script: str
) -> None:
    live = started(visit(using=camera_browser, init=script), results=1)
    assert not live.page.is_visible("#status-battery") and duty(live) == pytest.approx(0.7)


COUNT_LOCKS = """
window.locks = { held: 0, asked: 0 };
Object.defineProperty(navigator, "wakeLock", { value: {
  request: async (kind) => {
    window.locks.asked += kind === "screen";
    window.locks.held++;
    return { release: async () => { window.locks.held--; } };
  },
} });
"""


UNTIL_HELD = """
(count) => new Promise((resolve, reject) => {
  const look = () => (locks.held === count ? resolve() : requestAnimationFrame(look));
  setTimeout(() => reject(`${locks.held} locks are held, not ${count}`), 100_000);
  look();
})
"""


def test_the_screen_stays_on_while_it_runs_and_only_then(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=COUNT_LOCKS)
    live.until_python()
    for round_number in (1, 2):
        live.start()
        live.until_results(round_number)
        live.page.evaluate(UNTIL_HELD, 1)
        assert live.page.evaluate("window.locks.asked") == round_number
        live.stop()
        live.page.evaluate(UNTIL_HELD, 0)


def test_a_browser_that_lets_the_screen_go_off_detects_all_the_same(
    visit: Visit, camera_browser: Browser
) -> None:
    refuses = "navigator.wakeLock.request = async () => { throw new DOMException('low battery', 'NotAllowedError'); };"
    live = visit(using=camera_browser, init=refuses)
    live.until_python()
    live.start()
    live.until_results(2)
    assert live.published("error") == []
