"""Bad input through the page's entry points: bombs, drawings, names that are markup, and thousands of bad inputs."""

import base64
import json
import struct
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from detector.settings import NAMES
from tests import hostile
from tests.browser import clips
from tests.browser.embedding.test_embed import Embedder, inner, served
from tests.browser.live_page import LIMIT_S, LivePage
from tools.common import paths

Visit = Callable[..., LivePage]

# How many bitmaps were made and not yet closed. A worker's are its own.
COUNT_BITMAPS = """
window.bitmaps = 0;
const create = window.createImageBitmap;
window.createImageBitmap = (...args) => create(...args).then((bitmap) => (window.bitmaps++, bitmap));
const { close } = ImageBitmap.prototype;
ImageBitmap.prototype.close = function () { if (this.width) window.bitmaps--; close.call(this); };
"""
# The largest frame of a video that was drawn, in pixels.
NOTE_DRAWN = """
window.largestDrawn = 0;
const { drawImage } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.drawImage = function (source, ...rest) {
  if (source instanceof HTMLVideoElement)
    window.largestDrawn = Math.max(window.largestDrawn, source.videoWidth * source.videoHeight);
  drawImage.call(this, source, ...rest);
};
"""
# For every way in: files made of [name, type, base64].
FILES = """
(all) => all.map(([name, type, text]) =>
  new File([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], name, { type }))
"""
GIVE = {
    "file input": "(files) => { const data = new DataTransfer(); for (const one of files) data.items.add(one);"
    " const input = document.getElementById('files'); input.files = data.files;"
    " input.dispatchEvent(new Event('change')); }",
    "drop": "(files) => { const dataTransfer = new DataTransfer();"
    " for (const one of files) dataTransfer.items.add(one);"
    " document.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true })); }",
    "paste": "(files) => { const clipboardData = new DataTransfer();"
    " for (const one of files) clipboardData.items.add(one);"
    " document.dispatchEvent(new ClipboardEvent('paste', { clipboardData })); }",
}
TYPES = {"jpg": "image/jpeg", "svg": "image/svg+xml"}


def as_files(content: dict[str, bytes], type: str | None = None) -> list[list[str]]:
    def kind(name: str) -> str:
        ending = name.rpartition(".")[2]
        return TYPES.get(ending, f"image/{ending}") if type is None else type

    return [[name, kind(name), base64.b64encode(data).decode()] for name, data in content.items()]


def give(live: LivePage, content: dict[str, bytes], way: str = "file input", type: str | None = None) -> None:
    live.page.evaluate(f"(all) => ({GIVE[way]})(({FILES})(all))", as_files(content, type))


def refusal(
    live: LivePage, content: dict[str, bytes], way: str = "file input", type: str | None = None
) -> dict[str, Any]:
    """The error that a file ends in; the page is idle again after it."""
    before = len(live.published("error"))
    give(live, content, way, type)
    live.page.locator("#error:not([hidden])").wait_for()
    assert len(live.published("error")) == before + 1
    live.page.click("#error-dismiss")
    live.until("idle")
    return live.published("error")[-1]


@pytest.fixture(scope="module")
def live(visit_for_module: Visit) -> LivePage:
    """One page for all: what one test does to it, the next has to bear."""
    opened = visit_for_module("?python=micropython", init=COUNT_BITMAPS + NOTE_DRAWN)
    opened.expected_errors = ("ERR_REQUEST_RANGE_NOT_SATISFIABLE",)  # Chromium's word for an empty video
    opened.until_python()
    return opened


def still_sees(live: LivePage, photo_folder: Path) -> None:
    """The page detects as ever, and holds one bitmap: the picture that it shows."""
    before = len(live.results)
    live.give_files(photo_folder / "coffee.png")
    live.until_results(before + 1)
    live.until("ready")
    assert "cup" in live.labels()
    assert live.page.evaluate("window.bitmaps") == 1
    assert live.page.evaluate("window.pwned") is None
    live.stop()
    assert live.page.evaluate("window.bitmaps") == 0


@pytest.mark.parametrize("way", GIVE)
def test_bombs_are_refused_by_every_way_in(live: LivePage, photo_folder: Path, way: str) -> None:
    bombs = hostile.bombs()
    for name in bombs if way == "file input" else ("bomb.png", "bomb.jpg"):
        error = refusal(live, {name: bombs[name]}, way)
        assert error["code"] == "media", name
        assert (
            f"{name} is too large to be opened here" in error["message"] and "134 megapixels" in error["hint"]
        )
    assert live.page.evaluate("window.bitmaps") == 0, "the browser was not asked"
    still_sees(live, photo_folder)


def test_bombs_are_refused_on_pyodide_too(visit: Visit) -> None:
    live = visit("?python=pyodide")
    live.until_python()
    for name in ("bomb.png", "bomb.jpg"):
        error = refusal(live, {name: hostile.bombs()[name]})
        assert error["code"] == "media" and f"{name} is too large" in error["message"]


def test_a_bomb_under_another_type_or_name_is_one(live: LivePage) -> None:
    bomb = hostile.bombs()["bomb.png"]
    for name, type in (
        ("photo.jpg", "image/jpeg"),
        ("photo", ""),
        ("photo.svg", "image/svg+xml"),
        ("x.bin", "text/html"),
    ):
        assert "too large" in refusal(live, {name: bomb}, type=type)["message"]
    assert "cannot be played" in refusal(live, {"bomb.mp4": bomb}, type="video/mp4")["message"]


def test_what_is_no_picture_is_said_and_fetches_nothing(live: LivePage, photo_folder: Path) -> None:
    asked = len(live.requested)
    for name, content in hostile.odd().items():
        error = refusal(live, {name: content})
        assert error["code"] == "media" and name in error["message"], name
        assert ("is an SVG drawing" in error["message"]) == name.endswith(".svg")
    assert not [url for url in live.requested[asked:] if ":9/" in url]
    assert live.foreign == []
    still_sees(live, photo_folder)


def test_a_picture_with_a_full_margin_is_read_or_refused(live: LivePage, photo_folder: Path) -> None:
    for name, content in hostile.stuffed().items():
        results, errors = len(live.results), len(live.published("error"))
        give(live, {name: content})
        live.page.locator("html[data-state=ready], html[data-state=error]").wait_for(state="attached")
        assert len(live.results) + len(live.published("error")) == results + errors + 1
        live.page.evaluate("document.getElementById('error-dismiss').click()")
        live.page.evaluate("document.getElementById('stop').click()")
        live.until("idle")
    still_sees(live, photo_folder)


def test_hostile_videos_are_refused(live: LivePage, photo_folder: Path) -> None:
    box = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2"
    for name, content in {
        "empty.mp4": b"",
        "head.mp4": box,
        "deep.mp4": box
        + b"".join((8 * (4000 - depth)).to_bytes(4, "big") + b"moov" for depth in range(4000)),
        "endless.webm": b"\x1aE\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff" + bytes(2000),
        "page.mp4": hostile.SCRIPT.encode() * 50,
    }.items():
        error = refusal(live, {name: content}, type="")
        assert error["code"] == "media", name
    still_sees(live, photo_folder)


HUGE = (6016, 6016)  # more than 36 megapixels


def huge_videos(page: Page) -> dict[str, bytes]:
    """By file name: WebM whose frames are too large, or said to be."""
    small = clips.encoded(page, range(0, 600, 33))
    huge = clips.encoded(page, [0, 100], HUGE)
    (_, key, data), (_, _, other) = huge
    later = [(700, key, data), (20_700, False, other)]  # long enough for any machine to show it
    return {
        "header.webm": clips.webm(small, 633, (16384, 16384)),
        "whole.webm": clips.webm(huge, 200, HUGE),
        "behind.webm": clips.webm(huge, 200),
        "grows.webm": clips.webm(small + later, 25_000),
    }


def refused(live: LivePage, content: dict[str, bytes]) -> dict[str, Any] | None:
    """The error that a clip ends in, or None where it is seen to its end. The page is idle again after it."""
    give(live, content, type="")
    live.page.locator("html:is([data-state=error], [data-state=ready])").wait_for(state="attached")
    if live.data["state"] == "ready":
        live.stop()
        return None
    live.page.click("#error-dismiss")
    live.until("idle")
    return live.published("error")[-1]


@pytest.mark.parametrize("video", ["play", "every"])
def test_videos_of_huge_frames_are_refused_and_not_drawn(
    visit: Visit, photo_folder: Path, video: str
) -> None:
    live = visit(f"?video={video}", init=COUNT_BITMAPS + NOTE_DRAWN)
    live.until_python()
    for name, content in huge_videos(live.page).items():
        error = refused(live, {name: content})
        if error is None:
            # A busy browser may show the first frame, which is small, before it tells of the header's size.
            assert name == "header.webm", name
            continue
        assert error["code"] == "media", name
        size = "16384 × 16384" if name == "header.webm" else "6016 × 6016"
        assert f"{name} is too large to be opened here ({size})" in error["message"]
        assert "36 megapixels" in error["hint"]
        assert live.page.evaluate("document.getElementById('video').videoWidth") == 0, "it is freed"
    assert live.page.evaluate("window.largestDrawn") == clips.SIZE[0] * clips.SIZE[1], "only the small ones"
    before = len(live.results)
    give(live, {"fits.webm": clips.webm(clips.encoded(live.page, [0, 100]), 200, (6000, 6000))}, type="")
    live.until_results(before + 1)
    live.until("ready")
    live.stop()
    still_sees(live, photo_folder)


# The next look finds another size than whoever decided to look.
GROW_ONCE = """
import js
from detector.browser.sources.frame_grabber import Grabber

draw = Grabber.draw

async def grown(self, *of):
    Grabber.draw = draw
    js.window.grow()
    return await draw(self, *of)

Grabber.draw = grown
answer(None)
"""
GROW = """
window.grown = new Promise((resolve) => {
  window.grow = () => {
    const video = document.getElementById("video");
    for (const side of ["videoWidth", "videoHeight"])
      Object.defineProperty(video, side, { configurable: true, get: () => 6016 });
    resolve(video);
  };
});
"""
SHRINK = "window.grown.then((video) => delete video.videoWidth && delete video.videoHeight)"


def test_a_frame_that_has_grown_since_somebody_decided_to_look_is_not_drawn(visit: Visit) -> None:
    live = visit("?skip=0", init=NOTE_DRAWN + GROW)
    live.until_python()
    give(live, {"clip.webm": clips.webm(clips.encoded(live.page, range(0, 60_000, 250)), 60_000)}, type="")
    live.until_results(1)
    live.python(GROW_ONCE)
    assert live.page.evaluate(SHRINK)
    live.until_results(len(live.results) + 1)
    assert live.page.evaluate("window.largestDrawn") == clips.SIZE[0] * clips.SIZE[1]
    assert live.published("error") == []


def test_sizes_that_the_browser_refuses_are_the_browsers_word(live: LivePage, photo_folder: Path) -> None:
    small = clips.encoded(live.page, [0, 100])
    time, key, data = small[0]
    assert data[3:6] == b"\x9d\x01\x2a", "after it come width and height (RFC 6386, 9.1)"
    huge = [(time, key, data[:6] + struct.pack("<HH", 16383, 16383) + data[10:])]
    for name, content in {
        "header.webm": clips.webm(small, 200, (65535, 65535)),
        "more.webm": clips.webm(small, 200, (2**31 - 1, 2**31 - 1)),
        "frame.webm": clips.webm(huge, 200, (16383, 16383)),
        "behind.webm": clips.webm(huge, 200),
        "none.webm": clips.webm([], 200),
    }.items():
        error = refusal(live, {name: content}, type="")
        assert error["code"] == "media", name
    still_sees(live, photo_folder)


def test_a_picture_that_takes_too_long_is_given_up_and_freed(live: LivePage) -> None:
    content = hostile.white(8000, 8000)
    told = live.page.evaluate(
        f"""async (all) => {{
          const [file] = ({FILES})(all);
          const {{ decode }} = await import("./web/picture.js");
          const before = window.bitmaps;
          const name = await decode(file, 1).then((bitmap) => (bitmap.close(), "in time"), ({{ name }}) => name);
          await createImageBitmap(file).then((bitmap) => bitmap.close()); // after it in the same queue
          await new Promise((resolve) => setTimeout(resolve));
          return [name, window.bitmaps - before];
        }}""",
        as_files({"slow.png": content}),
    )
    assert told == ["TimeoutError", 0]


def test_an_animation_is_its_first_frame(live: LivePage) -> None:
    for kind, how in hostile.KINDS:
        if how.get("save_all"):
            brightest = live.page.evaluate(
                f"""async (all) => {{
                  const {{ decode }} = await import("./web/picture.js");
                  const bitmap = await decode(({FILES})(all)[0]);
                  const context = new OffscreenCanvas(24, 16).getContext("2d");
                  context.drawImage(bitmap, 0, 0);
                  bitmap.close();
                  return Math.max(...context.getImageData(0, 0, 24, 16).data.filter((_, index) => index % 4 < 3));
                }}""",
                as_files({f"film.{kind.lower()}": hostile.saved(kind, **how)}),
            )
            assert brightest > 50, "the second is black"


# Text is never markup

MARKUP = "<img src=x onerror=window.pwned=1>"


def nothing_was_made_of(page: Page | Frame) -> None:
    assert page.evaluate(
        "[window.pwned ?? null, document.querySelectorAll('[onerror], img[src=x], svg[onload]').length]"
    ) == [
        None,
        0,
    ]


def test_file_names_are_never_markup(live: LivePage, photo_folder: Path) -> None:
    photo = (photo_folder / "coffee.png").read_bytes()
    assert MARKUP in refusal(live, {f"{MARKUP}.png": b"nothing"})["message"]
    nothing_was_made_of(live.page)
    before = len(live.results)
    give(live, {f"{MARKUP}.png": photo, f"{MARKUP}2.png": photo, f"{MARKUP}3.png": b"nothing"})
    live.until("ready")
    live.until_results(before + 2)
    expect(live.page.locator("#strip-list")).to_contain_text(f"{MARKUP}.png")
    expect(live.page.locator("#notes")).to_contain_text(f"{MARKUP}3.png")
    nothing_was_made_of(live.page)
    live.stop()


def test_settings_in_the_address_are_never_markup(visit: Visit) -> None:
    live = visit("?" + urlencode([(name, MARKUP) for name in (*NAMES, MARKUP)]))
    live.until_python()
    live.page.click("#more")
    notes = live.page.locator("#notes")
    expect(notes).to_contain_text(f'There is no setting named "{MARKUP}"')
    expect(notes).to_contain_text(f'threshold="{MARKUP}" is not valid')
    expect(notes).to_contain_text(f'there is no class "{MARKUP}"')
    nothing_was_made_of(live.page)
    live.start()
    live.page.locator("#error:not([hidden])").wait_for()
    nothing_was_made_of(live.page)


def test_labels_of_a_manifest_are_never_markup(visit: Visit, photo_folder: Path) -> None:
    manifest = json.loads((paths.MODELS / "manifest.json").read_text("utf-8"))
    label = manifest["labels"]["47"] = MARKUP
    live = visit(
        "?threshold=0.3", route=("**/models/manifest.json", lambda route: route.fulfill(json=manifest))
    )
    live.until_python()
    live.page.click("#more")
    live.give_files(photo_folder / "coffee.png")
    live.until("ready")
    assert label in live.labels()
    expect(live.page.locator("#found")).to_contain_text(MARKUP)
    nothing_was_made_of(live.page)


# Thousands of them

DECODE_ALL = """
import js
from detector.browser.platform.interop import is_none
from detector.browser.sources.picture_decoder import decode
from detector.errors import MediaError

outcome = {"read": 0, "media": 0}
for place in range(js.window.hostile.length):
    try:
        (await decode(js.window.hostile[place], "A picture")).close()
        outcome["read"] += 1
    except MediaError:
        outcome["media"] += 1
answer(outcome)
"""
OPEN_ALL = """
import js, json
from detector.browser.page.address import page_settings
from detector.errors import ModelFormatError
from detector.model import Manifest

outcome = {"settings": 0, "problems": 0, "format": 0, "read": 0}
for place in range(js.window.queries.length):
    js.history.replaceState(None, "", "?" + js.window.queries[place])
    settings, problems = await page_settings()
    outcome["settings"] += 1
    outcome["problems"] += 1 if problems else 0
for place in range(js.window.manifests.length):
    try:
        table = json.loads(str(js.window.manifests[place]))
    except (ValueError, RuntimeError, MemoryError):
        outcome["format"] += 1
        continue
    try:
        Manifest.from_dict(table)
        outcome["read"] += 1
    except ModelFormatError:
        outcome["format"] += 1
js.history.replaceState(None, "", "./")
answer(outcome)
"""


def heap(live: LivePage) -> float:
    """JavaScript's, in bytes, after a collection."""
    session = live.page.context.new_cdp_session(live.page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"])


def test_thousands_of_bad_pictures_addresses_and_manifests_in_one_page(
    live: LivePage, photo_folder: Path
) -> None:
    still_sees(live, photo_folder)
    before = heap(live)
    pictures = [base64.b64encode(content).decode() for content in hostile.images(1200)]
    live.page.evaluate(f"(all) => (window.hostile = ({FILES})(all.map((text) => ['x', '', text])))", pictures)
    outcome = live.python(DECODE_ALL)
    assert sum(outcome.values()) == 1200 and outcome["media"] > 500 and outcome["read"] > 100, outcome
    assert live.page.evaluate("window.bitmaps") == 0

    live.page.evaluate(
        "([queries, manifests]) => Object.assign(window, { queries, manifests })",
        [[urlencode(pairs) for pairs in hostile.queries(300)], hostile.manifests(300)],
    )
    outcome = live.python(OPEN_ALL)
    assert outcome["settings"] == 300 and outcome["problems"] > 200, outcome
    assert outcome["format"] + outcome["read"] == 300 and outcome["format"] > 150, outcome

    live.page.evaluate("window.hostile = window.queries = window.manifests = null")
    still_sees(live, photo_folder)
    assert heap(live) < before + 4_000_000


@pytest.fixture
def embedder(tmp_path: Path) -> Iterator[Embedder]:
    site = Embedder(tmp_path)
    yield site
    site.close()


# The frame's window, and a port to it, as a page of somebody's would get them.
SHAKE_HANDS = """
() => new Promise((resolve) => {
  window.addEventListener("message", ({ source, data }) => {
    if (data?.onlooker !== "here") return;
    const { port1, port2 } = new MessageChannel();
    window.answers = [];
    port1.onmessage = ({ data }) => (data.welcome ? resolve() : "id" in data && answers.push(data));
    Object.assign(window, { frame: source, port: port1 });
    source.postMessage({ onlooker: "hello", version: 1 }, "*", [port2]);
  });
  document.body.append(Object.assign(document.createElement("iframe"), { src: window.detector, allow: "camera" }));
})
"""
# Three of four over the port, one to the window. Now and then an answer is waited for, so that not all come at once.
POST_ALL = """
async ([messages, pictures, names]) => {
  let last = 1e9;
  const asked = (call) => new Promise((resolve) => {
    const id = ++last;
    const listen = ({ data }) => {
      if (data.id !== id) return;
      port.removeEventListener("message", listen);
      resolve(data);
    };
    port.addEventListener("message", listen);
    port.postMessage({ id, ...call });
  });
  let place = 0;
  for (const message of messages) {
    if (place++ % 4) port.postMessage(message);
    else frame.postMessage(message, "*");
    if (place % 50 === 0) await asked({ call: "set", name: "max", value: "20" });
  }
  for (const name of names) await asked({ call: "set", name, value: null });
  const found = [];
  for (const text of pictures) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const { error, value } = await asked({ call: "detect", frame: new Blob([bytes], { type: "image/png" }) });
    found.push(error ? [error.code] : value.map((one) => one.class));
  }
  return [answers.filter(({ id }) => id <= 1e9 || id > last).map(({ error }) => error?.code ?? ""), found];
}
"""


def test_thousands_of_bad_messages_from_the_page_around_it(
    browser: Browser, embedder: Embedder, photo_folder: Path
) -> None:
    with ExitStack() as stack:
        server = served(stack, embedder)
        context = browser.new_context()
        context.set_default_timeout(1000 * LIMIT_S)
        stack.callback(context.close)
        context.add_init_script(COUNT_BITMAPS)
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        (embedder.folder / "index.html").write_text('<!doctype html><link rel="icon" href="data:,"><body>')
        page.goto(embedder.origin)
        page.evaluate("(address) => (window.detector = address)", server.address)
        page.evaluate(SHAKE_HANDS)
        messages = hostile.messages(3000)
        bombs = list(hostile.bombs().values())
        pictures = [base64.b64encode(content).decode() for content in [*bombs, *hostile.images(100)]]
        coffee = base64.b64encode((photo_folder / "coffee.png").read_bytes()).decode()
        codes, found = page.evaluate(POST_ALL, [messages, [coffee, *pictures, coffee], NAMES])
        assert "cup" in found[0] and "cup" in found[-1], (found[0], found[-1])
        assert found[1 : 1 + len(bombs)] == [["media"]] * len(bombs)
        assert 20 < found[1 + len(bombs) :].count(["media"]) < 100
        assert {code for code in codes if code} == {"bad-setting"} and codes.count("bad-setting") > 100
        frame = inner(page, server)
        ignored = int(frame.evaluate("document.documentElement.dataset.ignoredMessages"))
        assert ignored + len(codes) == len(messages)
        assert frame.evaluate("window.bitmaps") == 0
        assert frame.evaluate("document.documentElement.dataset.state") == "idle"
        nothing_was_made_of(frame)
        assert errors == []
