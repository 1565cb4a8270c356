"""The live camera: a real stream, made from a photograph."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.engines.visit import TRACKS as COUNT_TRACKS
from tests.browser.live_page import LIMIT_S, LivePage
from tools.common import paths

Visit = Callable[..., LivePage]

LIVE_TRACKS = "window.tracks.filter((track) => track.readyState === 'live').length"

# A camera that can be pulled out: its track ends, it is in no list, and nobody gets it.
UNPLUGGABLE = """
let there = true;
const opened = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
const listed = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  if (!there) throw new DOMException("Requested device not found", "NotFoundError");
  return opened(wanted);
};
navigator.mediaDevices.enumerateDevices = async () => (there ? listed() : []);
const told = () => navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
window.unplug = () => {
  there = false;
  window.tracks.forEach((track) => track.stop());
  window.tracks.at(-1).dispatchEvent(new Event("ended"));
  told();
};
window.plugIn = () => { there = true; told(); };
"""
OUTER = (
    """<!doctype html><title>Another page</title><iframe src="./index.html" allow="camera 'none'"></iframe>"""
)


def failing_camera(name: str, message: str = "", permission: str = "denied") -> str:
    """A script that makes the camera fail as browsers make it fail."""
    return f"""
navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException({message!r}, {name!r}); }};
navigator.permissions.query = async () => ({{ state: {permission!r} }});
"""


def test_finds_a_person_in_front_of_the_camera(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=COUNT_TRACKS)
    live.until_python()
    live.start()
    live.until("running")
    live.until_results(5)
    results = live.results
    assert all(result["source"] == "camera" for result in results)
    assert [result["frame"] for result in results] == list(range(1, len(results) + 1))
    assert (results[0]["width"], results[0]["height"]) == (640, 480)
    assert any(found["class"] == "person" for found in results[-1]["detections"])
    assert "WebAssembly" in live.page.inner_text("#status")
    live.stop()
    assert live.page.evaluate(LIVE_TRACKS) == 0


def test_autostart_needs_no_click(visit: Visit, camera_browser: Browser) -> None:
    live = visit("?autostart=1", using=camera_browser)
    live.until("running")
    live.until_results(1)


def test_a_start_pressed_before_python_is_up_is_honoured(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser)
    live.start()
    live.until("running")
    live.until_results(1)


def test_mirrors_a_front_camera_but_never_its_labels(
    visit: Visit, camera_showing: Callable[[str], Browser]
) -> None:
    """Boxes change sides with the picture; the published ones stay in the camera's own pixels.

    In a still scene: in others boxes are drawn where they have gone since.
    """
    for mirror in ("0", "1"):
        live = visit(
            f"?mirror={mirror}&max=1&classes=person",
            using=camera_showing("still"),
            viewport={"width": 640, "height": 700},
        )
        live.until_python()
        live.start()
        live.until_results(3)
        # One evaluation, so that the box and the pixels are of the same frame.
        measured = live.page.evaluate(
            """() => new Promise((resolve) => document.addEventListener("detector:result", (event) => {
              const canvas = document.getElementById("overlay");
              const { width, height } = canvas;
              const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
              const filled = new Array(width).fill(0);
              for (let i = 3; i < data.length; i += 4) if (data[i] > 200) filled[(i >> 2) % width]++;
              const sides = filled.flatMap((count, x) => (count > height * 0.3 ? [x] : []));
              resolve({ sides: [sides[0] / width, sides.at(-1) / width], detail: event.detail });
            }, { once: true }))"""
        )
        x, _, width, _ = measured["detail"]["detections"][0]["bbox"]
        left, right = x / 640, (x + width) / 640
        expected = (left, right) if mirror == "0" else (1 - right, 1 - left)
        assert measured["sides"] == pytest.approx(expected, abs=0.02), f"mirror={mirror}"
        mirrored = live.page.evaluate("document.getElementById('video').classList.contains('mirrored')")
        assert mirrored == (mirror == "1")
        live.stop()


def test_start_and_stop_twenty_times_leaves_nothing_behind(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=COUNT_TRACKS)
    live.until_python()
    protocol = live.page.context.new_cdp_session(live.page)

    def heap() -> int:
        protocol.send("HeapProfiler.collectGarbage")
        return int(protocol.send("Runtime.getHeapUsage")["usedSize"])

    sizes = []
    for turn in range(20):
        live.page.evaluate("window.record.result = []")
        live.start()
        live.until("running")
        live.until_results(1)
        live.stop()
        assert live.page.evaluate(LIVE_TRACKS) == 0, f"a track lives on after stop {turn}"
        assert live.data.get("provider", "") == ""
        if turn in (4, 19):
            live.until_no_workers()
            sizes.append(heap())
    live.page.evaluate("window.tracks = []")
    assert sizes[1] - sizes[0] < 1_000_000, f"the heap grew from {sizes[0]} to {sizes[1]} bytes in 15 rounds"


def test_stop_while_loading_is_honoured(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=COUNT_TRACKS)
    live.until_python()
    live.start()
    live.until("loading")
    live.stop()
    live.start()
    live.until("running")
    live.until_results(1)
    live.stop()
    assert live.page.evaluate(LIVE_TRACKS) == 0


def test_a_photo_takes_over_from_the_camera(
    visit: Visit, camera_browser: Browser, photo_folder: object
) -> None:
    live = visit(using=camera_browser, init=COUNT_TRACKS)
    live.until_python()
    live.start()
    live.until_results(1)
    live.give_files(f"{photo_folder}/chelsea.png")
    live.until("ready")
    assert live.page.evaluate(LIVE_TRACKS) == 0
    assert live.results[-1]["source"] == "image" and live.labels()[0] == "cat"


def test_a_camera_that_is_pulled_out_says_so_and_starts_again(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=COUNT_TRACKS)
    live.until_python()
    live.start()
    live.until_results(1)
    live.page.evaluate("window.tracks[0].dispatchEvent(new Event('ended'))")
    live.page.wait_for_selector("#error:not([hidden])")
    assert live.published("error")[-1]["code"] == "camera-unplugged"
    live.page.click("#error-retry")
    live.until("running")


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        (failing_camera("NotAllowedError", "Permission denied"), "camera-denied", "set Camera to Allow"),
        (
            failing_camera("NotAllowedError", "Permission dismissed", "prompt"),
            "camera-dismissed",
            "choose Allow",
        ),
        (failing_camera("NotFoundError"), "no-camera", "Connect a camera"),
        (failing_camera("NotReadableError"), "camera-busy", "Close video calls"),
        (failing_camera("OverconstrainedError"), "camera-constraint", "Choose another camera"),
        (
            "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });",
            "camera-insecure",
            "https",
        ),
    ],
)
def test_each_camera_failure_has_words_that_help(visit: Visit, script: str, code: str, words: str) -> None:
    live = visit(init=script)
    live.until_python()
    live.start()
    live.page.wait_for_selector("#error:not([hidden])")
    assert live.published("error")[-1]["code"] == code
    assert words in live.error_text
    assert live.page.is_visible("#error-retry")
    live.page.locator("#error-samples img").first.click()  # a way on, whatever the camera does
    live.until("ready")
    live.stop()
    assert live.page.locator("#empty #samples img").count() > 2, "where they were"


@pytest.mark.parametrize(
    ("agent", "first", "others"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "crossed-out",
            ("Chrome:", "Safari:"),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
            "Safari/605.1.15",
            "Settings for this Website",
            ("Chrome:", "Firefox:"),
        ),
    ],
    ids=["firefox", "safari"],
)
def test_the_steps_are_those_of_the_visitors_browser(
    visit: Visit, agent: str, first: str, others: tuple[str, ...]
) -> None:
    live = visit(init=failing_camera("NotAllowedError", "Permission denied"), user_agent=agent)
    live.until_python()
    live.start()
    live.page.wait_for_selector("#error:not([hidden])")
    assert first in (live.page.text_content("#error-hint") or "")
    live.page.click("#error-others summary")
    told = live.page.inner_text("#error-steps")
    assert all(name in told for name in others)


def test_a_camera_that_comes_back_goes_on_by_itself(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=COUNT_TRACKS + UNPLUGGABLE)
    live.until_python()
    live.start()
    live.until_results(1)
    live.page.evaluate("window.unplug()")
    live.page.wait_for_selector("#error:not([hidden])")
    assert live.published("error")[-1]["code"] == "camera-unplugged"
    before = len(live.results)
    live.page.evaluate("window.plugIn()")
    live.until_results(before + 2)
    assert live.data["state"] == "running"
    assert live.page.evaluate(LIVE_TRACKS) == 1


def test_a_frame_that_may_not_have_the_camera_says_who_forbids_it(
    visit: Visit, camera_browser: Browser
) -> None:
    """The page in another, which allows it nothing."""
    live = visit("?nothing", using=camera_browser)
    live.until_python()
    framed = live.page.context.new_page()
    framed.set_default_timeout(1000 * LIMIT_S)
    framed.route("**/outer.html", lambda route: route.fulfill(body=OUTER, content_type="text/html"))
    framed.goto(live.page.url.split("?")[0] + "outer.html")
    inner = framed.frame_locator("iframe")
    inner.locator("html[data-ready]").wait_for(state="attached")
    inner.locator("#start").click()
    inner.locator("#error:not([hidden])").wait_for()
    assert "does not let it use the camera" in inner.locator("#error-title").inner_text()
    assert "Open this page by itself" in inner.locator("#error-hint").inner_text()


def test_permission_denied_by_the_browser_itself(visit: Visit, launch: Callable[..., Browser]) -> None:
    """Not a script but Chromium's own refusal."""
    refusing = launch("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    live = visit(using=refusing)
    live.until_python()
    live.start()
    live.page.wait_for_selector("#error:not([hidden])")
    assert live.published("error")[-1]["code"] in ("camera-denied", "camera-dismissed")


def test_a_screenshot_that_a_person_can_look_at(visit: Visit, camera_browser: Browser) -> None:
    live = visit("?threshold=0.4", using=camera_browser, viewport={"width": 1280, "height": 800})
    live.until_python()
    live.start()
    live.until_results(5)
    (paths.ROOT / "test-output").mkdir(exist_ok=True)
    picture = Image.open(io.BytesIO(live.page.screenshot(path=paths.ROOT / "test-output" / "camera.png")))
    assert picture.size == (1280, 800)
    assert len(picture.convert("RGB").resize((80, 50)).getcolors(4000) or []) > 200, (
        "the page is almost blank"
    )


# What the page waits for, beside the network

# The browser asks, and the visitor answers when the test does. `window.answer(true)` allows the camera.
ASKING = """
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.permissions.query = async () => ({ state: "prompt" });
navigator.mediaDevices.getUserMedia = (wanted) => new Promise((resolve, reject) => {
  window.answer = (allowed) =>
    allowed ? resolve(real(wanted)) : reject(new DOMException("Permission denied", "NotAllowedError"));
});
"""
NOTE_STOPPED = """
const { stop } = MediaStreamTrack.prototype;
window.stopped = new Promise((resolve) => {
  MediaStreamTrack.prototype.stop = function () { stop.call(this); resolve(this.readyState); };
});
"""
UNTIL_STAGE = """
(wanted) => new Promise((resolve) => {
  const look = () => window.record.progress.some(({ stage }) => stage === wanted) && resolve();
  document.addEventListener("detector:progress", look);
  look();
})
"""
# A camera that is there, and gives its first frame when the test says so.
SLOW_CAMERA = """
const { play } = HTMLMediaElement.prototype;
navigator.permissions.query = async () => ({ state: "granted" });
HTMLMediaElement.prototype.play = async function () {
  await new Promise((resolve) => { window.firstFrame = resolve; });
  return play.call(this);
};
"""


def stages(live: LivePage) -> list[str]:
    return [told["stage"] for told in live.published("progress")]


def test_while_the_browser_asks_the_page_says_that_it_waits_for_the_visitor(
    visit: Visit, camera_browser: Browser
) -> None:
    live = visit(using=camera_browser, init=ASKING, stopped_clock=True)
    live.until_python()
    live.start()
    text = live.page.locator("#progress-text")
    expect(text).to_have_text("Your browser asks whether this page may use the camera")
    assert "at the top left, below the address" in live.page.inner_text("#progress-hints")
    assert "stays on this device" in live.page.inner_text("#progress-hints")
    # The network comes meanwhile, and does not write over it.
    live.page.evaluate(UNTIL_STAGE, "Starting the network")
    assert text.inner_text() == "Your browser asks whether this page may use the camera"
    assert live.data["state"] == "loading" and text.inner_text() in stages(live)
    others = live.page.locator("#progress-others")
    expect(others).to_be_hidden()
    live.page.clock.run_for(20_000)
    expect(others).to_be_visible()
    expect(others.locator("#samples img").first).to_be_visible()
    live.page.evaluate("window.answer(true)")
    live.until_results(1)
    live.stop()
    expect(live.page.locator("#empty #samples img").first).to_be_visible()


def test_instead_of_an_answer_a_sample_may_be_looked_at(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=COUNT_TRACKS + ASKING + NOTE_STOPPED, stopped_clock=True)
    live.until_python()
    live.start()
    expect(live.page.locator("#progress-hints")).to_be_visible()
    live.page.clock.run_for(20_000)
    live.page.locator("#progress-others #samples button").first.click()
    live.until("ready")
    expect(live.page.locator("#progress")).to_be_hidden()
    live.page.evaluate("window.answer(true)")
    assert live.page.evaluate("window.stopped") == "ended", "too late: it is given back"
    assert live.page.evaluate(LIVE_TRACKS) == 0
    assert live.data["state"] == "ready" and live.published("error") == []


def test_a_refusal_after_a_long_wait_is_explained(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=ASKING, stopped_clock=True)
    live.until_python()
    live.start()
    expect(live.page.locator("#progress-hints")).to_be_visible()
    live.page.clock.run_for(20_000)
    live.page.evaluate(
        "navigator.permissions.query = async () => ({ state: 'denied' }); window.answer(false)"
    )
    live.page.locator("#error:not([hidden])").wait_for()
    assert live.published("error")[-1]["code"] == "camera-denied"
    expect(live.page.locator("#error-samples #samples img").first).to_be_visible()


def test_until_the_cameras_first_picture_the_page_says_what_is_missing(
    visit: Visit, camera_browser: Browser
) -> None:
    live = visit(using=camera_browser, init=SLOW_CAMERA, stopped_clock=True)
    live.until_python()
    live.start()
    expect(live.page.locator("#progress-text")).to_have_text("Waiting for the camera's first picture")
    expect(live.page.locator("#progress-others")).to_be_hidden()
    live.page.clock.run_for(20_000)
    expect(live.page.locator("#progress-hints")).to_contain_text("a shutter or a lid")
    expect(live.page.locator("#progress-others #samples img").first).to_be_visible()
    assert stages(live).index("Opening the camera") < stages(live).index(
        "Waiting for the camera's first picture"
    )
    live.page.evaluate("window.firstFrame()")
    live.until_results(1)


# A camera whose pictures come when the test says so: `window.picture()` gives one.
BY_HAND = """
window.opened = 0;
const canvas = document.createElement("canvas");
[canvas.width, canvas.height] = [320, 240];
const context = canvas.getContext("2d");
let number = 0;
navigator.permissions.query = async () => ({ state: "granted" });
navigator.mediaDevices.getUserMedia = async () => {
  window.opened++;
  const stream = canvas.captureStream(0);
  const [track] = stream.getVideoTracks();
  window.picture = () => {
    context.fillStyle = `hsl(${(number++ * 40) % 360} 80% 50%)`;
    context.fillRect(0, 0, 320, 240);
    track.requestFrame();
  };
  window.going = setInterval(() => window.picture(), 100);
  return stream;
};
"""


def test_a_camera_that_stops_giving_pictures_is_told_from_a_still_scene(
    visit: Visit, browser: Browser
) -> None:
    live = visit("?skip=0", using=browser, init=BY_HAND)
    live.until_python()
    live.start()
    live.until_results(3)
    notice = live.page.locator("#notice")
    expect(notice).to_be_hidden()
    live.page.evaluate("clearInterval(window.going)")
    expect(notice).to_contain_text("has stopped giving pictures")
    assert live.data["state"] == "running"
    live.page.evaluate("window.going = setInterval(() => window.picture(), 100)")
    expect(notice).to_be_hidden()
    assert live.page.evaluate("window.opened") == 1
    live.page.evaluate("clearInterval(window.going)")
    expect(notice).to_contain_text("has stopped giving pictures")
    before = len(live.results)
    live.until_results(before + 3)  # it was opened again
    assert live.page.evaluate("window.opened") == 2
    expect(notice).to_be_hidden()


def test_a_muted_camera_is_said_and_goes_on(visit: Visit, browser: Browser) -> None:
    muted = (
        "Object.defineProperty(MediaStreamTrack.prototype, 'muted', { get: () => Boolean(window.muted) });"
    )
    live = visit("?skip=0", using=browser, init=BY_HAND + muted)
    live.until_python()
    live.start()
    live.until_results(1)
    live.page.evaluate("window.muted = true; clearInterval(window.going)")
    notice = live.page.locator("#notice")
    expect(notice).to_contain_text("a shutter or a lid is closed")
    live.page.evaluate("window.muted = false; window.going = setInterval(() => window.picture(), 100)")
    expect(notice).to_be_hidden()
    live.until_results(len(live.results) + 1)
    assert live.page.evaluate("window.opened") == 1
    live.stop()


# The next camera that is opened gives no picture before the test lets it: its play() waits for one.
HESITATES = """
const give = navigator.mediaDevices.getUserMedia;
navigator.mediaDevices.getUserMedia = async (wanted) => {
  if (!window.hesitates) return give(wanted);
  window.opened++;
  window.hesitates = false;
  window.asked();
  return new MediaStream([new MediaStreamTrackGenerator({ kind: "video" })]);
};
"""


def test_a_camera_that_another_took_the_place_of_while_it_was_opened_again_is_watched_too(
    visit: Visit, browser: Browser
) -> None:
    live = visit("?skip=0", using=browser, init=BY_HAND + HESITATES)
    live.until_python()
    live.start()
    live.until_results(1)
    live.page.click("#more")
    notice = live.page.locator("#notice")
    # It stops, is opened again, and while that waits for a picture, the visitor asks for another.
    live.page.evaluate(
        """() => new Promise((resolve) => {
          window.asked = resolve;
          window.hesitates = true;
          clearInterval(window.going);
        })"""
    )
    live.page.evaluate(
        """() => new Promise((resolve) => {
          const video = document.getElementById("video");
          const look = () => (video.srcObject && !video.videoWidth ? resolve() : requestAnimationFrame(look));
          look();
        })"""
    )
    before = len(live.results)
    live.page.select_option("#set-facing", "environment")
    live.until_results(before + 2)
    assert live.page.evaluate("window.opened") == 3
    expect(notice).to_be_hidden()
    live.page.evaluate("clearInterval(window.going)")
    expect(notice).to_contain_text("has stopped giving pictures")
    before = len(live.results)
    live.until_results(before + 2)
    assert live.page.evaluate("window.opened") == 4


def test_time_in_which_the_machine_slept_is_no_silence_of_the_camera(visit: Visit, browser: Browser) -> None:
    live = visit("?skip=0", using=browser, init=BY_HAND, stopped_clock=True)
    live.until_python()
    live.start()
    live.until_results(1)
    clock = live.page.clock
    clock.run_for(3000)
    live.page.evaluate("clearInterval(window.going)")
    notice = live.page.locator("#notice")
    clock.run_for(2000)  # all that it has given is counted
    clock.fast_forward(60_000)
    clock.run_for(3000)
    expect(notice).to_contain_text("has stopped giving pictures")
    assert live.page.evaluate("window.opened") == 1
    clock.run_for(8000)
    live.until_results(len(live.results) + 1)
    assert live.page.evaluate("window.opened") == 2
