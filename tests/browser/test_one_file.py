"""dist/onlooker.html, opened by file:// from a folder with spaces and umlauts: in Chromium and Firefox; and in WebKit.

Nothing is ever asked for but the document itself, no policy is broken, and the consoles stay empty.
"""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from detector.vision.boxes import iou
from tests.browser.clips import write_clip
from tests.browser.engines import Engine
from tests.browser.engines.firefox import Firefox
from tests.browser.engines.visit import Visit, labels
from tests.browser.engines.webkit import WebKit
from tests.browser.live_page import LivePage
from tests.browser.page.test_accessibility import LOOKS, assert_accessible
from tests.browser.plain_server import listening
from tools.check import translations
from tools.common import paths
from tools.release import one_file
from tools.release.one_file import contents
from tools.setup import engines

Open = Callable[..., LivePage]

FOLDER = "für den Stick (1)"
DROP = """
([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (char) => char.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, { type: "image/png" }));
  document.getElementById("stage").dispatchEvent(
    new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}
"""
UNTIL_SAMPLES = """
() => new Promise((resolve) => {
  const samples = document.getElementById("samples");
  const look = () => samples.querySelector("img[src^=blob]") && resolve();
  new MutationObserver(look).observe(samples, { childList: true, subtree: true, attributes: true });
  look();
})
"""
# A setting is kept a moment after it was chosen.
UNTIL_KEPT = """
(setting) => new Promise((resolve) => {
  const look = () => {
    if ((localStorage.getItem("onlooker:settings") ?? "").includes(setting)) resolve();
    else requestAnimationFrame(look);
  };
  look();
})
"""
UNTIL_BEGUN = """
() => new Promise((resolve) => {
  const look = () => document.querySelector("script[data-file='models/coco-ssd-lite.onnx']") && resolve();
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
  look();
})
"""
ASK_EARLY = """
() => {
  document.body.append(document.createElement("py-config"));  // as PyScript does
  window.early = fetch("models/coco-ssd-lite.onnx").then((response) => response.arrayBuffer());
}
"""
NO_CAMERA = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });"
OLD_BROWSER = "delete globalThis.DecompressionStream;"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return one_file.build(tmp_path_factory.mktemp("dist") / FOLDER)


@pytest.fixture
def opened(file: Path, browser: Browser) -> Iterator[Open]:
    """`opened("?lang=de", using=..., init=...)` opens the file, or another; each must ask for nothing."""
    pages: list[LivePage] = []
    with ExitStack() as stack:

        def open_file(
            query: str = "", *, of: Path = file, using: Browser | None = None, init: str = "", **context: Any
        ) -> LivePage:
            made = (using or browser).new_context(**context)
            stack.callback(made.close)
            live = LivePage(made.new_page(), of.as_uri(), init)
            pages.append(live)
            live.open(query)
            return live

        yield open_file
        for live in pages:
            live.assert_clean()
            assert [url for url in live.requested if not is_the_documents(url, live.address)] == []


def is_the_documents(url: str, address: str) -> bool:
    """Whether an address is the document's own, or of what is in it."""
    return url.split("?")[0] == address or url.startswith(("blob:", "data:"))


def drop(photo: Path) -> list[str]:
    """What DROP takes."""
    return [photo.name, base64.b64encode(photo.read_bytes()).decode()]


def corners(found: dict[str, Any]) -> tuple[float, float, float, float]:
    x, y, width, height = found["bbox"]
    return x, y, x + width, y + height


def assert_same(ours: dict[str, Any], served: dict[str, Any]) -> None:
    """One thread adds in another order than two."""
    assert labels(ours) == labels(served) != []
    for one, other in zip(ours["detections"], served["detections"], strict=True):
        assert one["score"] == pytest.approx(other["score"], abs=1e-3)
        assert iou(corners(one), corners(other)) > 0.999


# Chromium


def test_a_sample_gives_the_boxes_of_the_served_page(opened: Open, visit: Callable[..., LivePage]) -> None:
    results = []
    for live in (opened(), visit()):
        live.until_python()
        live.page.locator("#samples img").first.click()
        live.until("ready")
        results.append(live.results[-1])
    assert_same(*results)


def test_a_dropped_photo_in_one_thread_off_the_page(opened: Open, photo_folder: Path) -> None:
    live = opened()
    live.until_python()
    live.page.evaluate(DROP, drop(photo_folder / "chelsea.png"))
    live.until("ready")
    assert live.labels()[0] == "cat"
    data = live.data
    assert (data["provider"], data["python"], data["model"]) == ("wasm", "micropython", contents.MODEL)
    assert not live.page.evaluate("crossOriginIsolated")
    assert len(live.page.workers) == 1
    with live.page.expect_download() as download:
        live.page.click("#snapshot")
    assert download.value.suggested_filename == "onlooker.png"


def test_photos_a_reload_and_settings_that_are_kept(opened: Open, photo_folder: Path) -> None:
    live = opened("?threshold=0.4")
    live.until_python()
    live.give_files(photo_folder / "coffee.png", photo_folder / "chelsea.png")
    live.until_results(2)
    assert live.page.is_visible("#strip-save") and not live.page.is_visible("#strip-sheet")
    live.page.click("#more")
    live.page.select_option("#set-boxes", "outline")
    assert "boxes=outline" in live.page.url
    live.page.evaluate(UNTIL_KEPT, "outline")
    live.page.goto(live.address)
    live.until_python()
    assert live.python("answer(app.settings.now.boxes)") == "outline"
    live.page.reload()
    live.until_python()
    live.give_files(photo_folder / "coffee.png")
    live.until("ready")
    assert "cup" in live.labels()


def test_a_video_plays_and_is_looked_at_frame_by_frame(opened: Open, tmp_path: Path) -> None:
    live = opened()
    live.until_python()
    live.give_files(write_clip(live.page, tmp_path / "clip.webm", range(0, 3000, 100), 3000))
    live.until_results(2)
    assert {result["source"] for result in live.results} == {"video"}
    live.page.click("#clip-every")
    expect(live.page.locator("#clip-text")).to_have_text("Every frame was looked at: 30.")


def test_the_camera(opened: Open, camera_browser: Browser) -> None:
    live = opened(using=camera_browser)
    live.until_python()
    live.start()
    live.until_results(3)
    assert live.results[-1]["source"] == "camera" and "person" in live.labels()
    live.stop()


def test_a_broken_photo_is_said(opened: Open, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    live = opened()
    live.until_python()
    live.give_files(broken)
    live.page.wait_for_selector("#error:not([hidden])")
    assert "broken.jpg cannot be read as a picture." in live.error_text
    assert live.published("error")[0]["code"] == "media"


@pytest.mark.parametrize("language", ["ar", "de"])
def test_its_languages_and_what_it_says_of_itself(opened: Open, language: str) -> None:
    """In the visitor's own at once, and in another that is chosen; never a word that stays English."""
    said = translations.read(language)["words"]
    about = {
        "#wasm-alone": "This file brings WebAssembly alone.",
        "#no-studio": "This file has no studio: it comes with the page on a server.",
        "#offline-text": "All of this page is in one file: it needs no network.",
        "#licences summary": "Whose works are in this file",
    }
    live = opened(locale=language)
    live.until_python()
    live.page.click("#more")
    for selector, text in about.items():
        expect(live.page.locator(selector)).to_have_text(said[text])
    live.page.select_option("#set-lang", "en")
    for selector, text in about.items():
        expect(live.page.locator(selector)).to_have_text(text)


def test_the_panel_offers_what_there_is(opened: Open, photo_folder: Path) -> None:
    live = opened()
    live.until_python()
    live.page.click("#more")
    expect(live.page.locator("#set-model option")).to_have_text(["Standard"])
    options = live.page.locator("#set-provider option").evaluate_all("all => all.map((one) => one.value)")
    assert options == ["auto", "wasm"]
    for hidden in ("#share", "#studio-tools", "#offline-toggle", "#offline-studio"):
        assert not live.page.is_visible(hidden), hidden
    live.give_files(photo_folder / "coffee.png")
    live.until("ready")
    with live.page.expect_download() as download:
        live.page.click("#save-json")
    assert download.value.suggested_filename == "onlooker.json"
    live.page.click("#more")
    live.page.click("#more")
    expect(live.page.locator("#kept li")).to_have_text(
        ["That the network computes a known picture right here"]
    )
    live.page.click("#clear-kept")
    expect(live.page.locator("#kept-text")).to_contain_text("All of it is cleared")
    expect(live.page.locator("#kept li")).to_have_text(["Nothing is kept."])


def test_the_licences_unfold(opened: Open) -> None:
    live = opened()
    live.until_python()
    live.page.click("#more")
    live.page.click("#licences summary")
    shown = live.page.locator("#licences pre")
    for words in ("Apache License", "Microsoft Corporation", "Damien P. George", "The TensorFlow Authors"):
        expect(shown).to_contain_text(words)


def test_what_it_has_not_is_said_where_it_is_asked_for(opened: Open, photo_folder: Path) -> None:
    live = opened("?provider=webgpu&python=pyodide")
    live.until_python()
    assert live.data["python"] == "micropython"
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.data["provider"] == "wasm" and live.labels()[0] == "cat"
    live.page.click("#more")
    expect(live.page.locator("#reasons")).to_contain_text("This file brings WebAssembly alone.")
    expect(live.page.locator("#notes")).to_contain_text("this file brings MicroPython alone.")


def test_a_browser_that_gives_a_file_no_camera(opened: Open) -> None:
    live = opened(init=NO_CAMERA)
    live.until_python()
    live.start()
    live.page.wait_for_selector("#error:not([hidden])")
    assert live.published("error")[-1]["code"] == "camera-file"
    assert "opened as a file" in live.error_text and "Chrome, Edge or Firefox" in live.error_text
    live.page.locator("#error-samples img").first.click()
    live.until("ready")


@pytest.mark.parametrize(("locale", "words"), [("en", "This file is not whole."), ("fr", "pas complet")])
def test_a_file_that_was_cut_off_says_so(
    opened: Open, file: Path, tmp_path: Path, locale: str, words: str
) -> None:
    """Where the languages are still in it, in the visitor's."""
    cut = tmp_path / one_file.NAME
    cut.write_bytes(file.read_bytes()[: 9 * file.stat().st_size // 10])
    live = opened(of=cut, locale=locale)
    live.expected_errors = ("is not in this file",)  # what had begun already
    expect(live.page.locator("#error-title")).to_contain_text(words)
    assert live.published("error")[0]["code"] == "boot"
    assert "python" not in live.data


def test_a_browser_that_cannot_unpack_it_says_so(opened: Open) -> None:
    live = opened(init=OLD_BROWSER)
    expect(live.page.locator("#error")).to_contain_text("This browser is too old for this file")
    expect(live.page.locator("#error")).to_contain_text("DecompressionStream")


def test_without_what_set_up_has_opened_the_network_is_opened_as_any_other(
    opened: Open, tmp_path: Path, photo_folder: Path
) -> None:
    """As after an update of onnxruntime-web that our changes do not fit, or where the worker failed."""
    found = contents.everything()
    del found["vendor/ort/snapshots.json"]
    other = tmp_path / one_file.NAME
    other.write_text(one_file.document((paths.ROOT / "index.html").read_text("utf-8"), found), "utf-8")
    live = opened(of=other)
    live.expected_errors = ("snapshots.json is not in this file",)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.labels()[0] == "cat" and len(live.page.workers) == 1


@pytest.mark.parametrize("look", LOOKS, ids=["desktop-light", "phone-dark"])
def test_axe_finds_nothing(opened: Open, photo_folder: Path, look: dict[str, object]) -> None:
    live = opened(**look)
    live.until_python()
    live.page.wait_for_selector("#samples img[src^=blob]")
    assert_accessible(live.page, "idle")
    live.page.click("#more")
    live.page.wait_for_selector("#class-list li", state="attached")
    live.page.click("#licences summary")
    expect(live.page.locator("#licences pre")).to_contain_text("Apache License")
    assert_accessible(live.page, "with the panel and the licences")
    live.give_files(photo_folder / "coffee.png", photo_folder / "chelsea.png")
    live.until_results(2)
    assert_accessible(live.page, "with photos")


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """(address, paths that were asked for) of a folder's server."""
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *values: object) -> None:
            asked.append(self.path)

    with listening(partial(Handler, directory=str(folder))) as address:
        yield address, asked


def test_on_a_server_it_asks_for_nothing_more(file: Path, browser: Browser, photo_folder: Path) -> None:
    context = browser.new_context()
    with served(file.parent) as (address, asked):
        live = LivePage(context.new_page(), address)
        live.open(one_file.NAME)
        live.until_python()
        live.give_files(photo_folder / "chelsea.png")
        live.until("ready")
        assert live.labels()[0] == "cat"
        assert live.python("answer(app.offline.possible)") is False  # which begins some seconds later
        live.assert_clean()
        context.close()
    assert asked == [f"/{one_file.NAME}"]


def test_what_is_still_arriving_is_waited_for(file: Path, browser: Browser, photo_folder: Path) -> None:
    """The model is asked for when only its first bytes are here, and another element follows them."""
    document = file.read_bytes()
    begun = document.index(b'data-file="models/coco-ssd-lite.onnx"') + 200
    go_on = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(document)))
            self.end_headers()
            self.wfile.write(document[:begun])
            go_on.wait()
            self.wfile.write(document[begun:])

        def log_message(self, format: str, *values: object) -> None: ...

    context = browser.new_context()
    try:
        with listening(Handler) as address:
            live = LivePage(context.new_page(), address)
            live.page.goto(address, wait_until="commit")
            live.page.evaluate(UNTIL_BEGUN)
            live.page.evaluate(ASK_EARLY)
            go_on.set()
            model = paths.ROOT / "models/coco-ssd-lite.onnx"
            assert live.page.evaluate("async () => (await window.early).byteLength") == model.stat().st_size
            live.until_python()
            live.give_files(photo_folder / "chelsea.png")
            live.until("ready")
            assert live.labels()[0] == "cat"
            live.assert_clean()
    finally:
        go_on.set()
        context.close()


# Others


@pytest.fixture(scope="module", params=[name for name in engines.chosen() if name == "firefox"])
def firefox() -> Iterator[Firefox]:
    found = engines.ensure()
    assert found.firefox
    started = Firefox(found.firefox)
    started.watch_requests()
    yield started
    started.close()


@pytest.fixture
def in_firefox(firefox: Firefox, file: Path) -> Iterator[Visit]:
    firefox.forget_messages()
    firefox.requests.clear()
    page = Visit(firefox, file.as_uri())
    page.until_python()
    yield page
    assert page.violations == []
    assert firefox.messages == []
    assert [url for url in firefox.requests if not is_the_documents(url, file.as_uri())] == []


def test_in_firefox_photos_give_the_boxes_of_the_served_page(
    in_firefox: Visit, visit: Callable[..., LivePage], photo_folder: Path
) -> None:
    (ours,) = in_firefox.look_at(photo_folder / "motorcycle.png")
    live = visit()
    live.until_python()
    live.give_files(photo_folder / "motorcycle.png")
    live.until("ready")
    assert_same(ours, live.results[0])
    in_firefox.reload()
    in_firefox.until_python()
    assert_same(*in_firefox.look_at(photo_folder / "motorcycle.png"), live.results[0])


def test_in_firefox_a_sample_a_dropped_photo_and_a_broken_one(
    in_firefox: Visit, photo_folder: Path, tmp_path: Path
) -> None:
    in_firefox.engine.evaluate(UNTIL_SAMPLES)
    in_firefox.engine.click("#samples button")
    in_firefox.until_results(1)
    assert "cup" in labels(in_firefox.results[0])
    in_firefox.engine.evaluate(DROP, drop(photo_folder / "chelsea.png"))
    in_firefox.until_results(2)
    assert labels(in_firefox.results[1]) == ["cat"]
    in_firefox.engine.click("#snapshot")
    in_firefox.engine.downloaded("onlooker.png", ends=b"IEND\xaeB`\x82")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    in_firefox.give_files(broken)
    assert "cannot be read as a picture" in in_firefox.until_error()


def test_in_firefox_a_video(in_firefox: Visit, opened: Open, tmp_path: Path) -> None:
    recorder = opened()
    clip = write_clip(recorder.page, tmp_path / "clip.webm", range(0, 3000, 100), 3000)
    in_firefox.give_files(clip)
    in_firefox.until_results(2)
    assert {result["source"] for result in in_firefox.results} == {"video"}
    in_firefox.until("ready")


def test_in_firefox_the_camera_and_the_panel(in_firefox: Visit) -> None:
    in_firefox.engine.click("#more")
    assert in_firefox.text("#offline-text") == "All of this page is in one file: it needs no network."
    in_firefox.start()
    in_firefox.until_results(3)
    assert in_firefox.results[-1]["source"] == "camera"
    in_firefox.stop()
    assert in_firefox.live_tracks == 0


@pytest.mark.parametrize("engine_name", [name for name in engines.chosen() if name == "webkit"])
def test_webkit_says_where_it_runs(engine_name: str, file: Path, photo_folder: Path) -> None:
    """Its worker can read nothing there."""
    found = engines.ensure()
    assert found.webkit_driver and found.mini_browser and found.xvfb
    engine: Engine = WebKit(found.webkit_driver, found.mini_browser, found.xvfb)
    try:
        page = Visit(engine, file.as_uri())
        page.until_python()
        page.give_files(photo_folder / "chelsea.png")
        assert "Open this file in Chrome, Edge or Firefox." in page.until_error()
        assert page.violations == []
    finally:
        engine.close()
