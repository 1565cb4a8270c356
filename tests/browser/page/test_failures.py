"""What can go wrong while the page starts and loads: each says what happened and what to do, and loses nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.live_page import LIMIT_S, LivePage
from tools.common import paths
from tools.runtime import fits
from tools.runtime.kernels import gemm
from tools.runtime.kernels.module import bodies, replaced
from tools.runtime.trim import shorten
from tools.runtime.trim.observe import code_of

Visit = Callable[..., LivePage]

NO_WEBASSEMBLY = "delete globalThis.WebAssembly;"
NO_MEMORY = """
const { port1, port2 } = new MessageChannel();
const RealWorker = window.Worker;
window.Worker = class extends RealWorker {
  postMessage(message, ...rest) {
    if (message?.type !== "create") return super.postMessage(message, ...rest);
    port1.onmessage = () => this.onmessage({ data: { type: "create", err: "RangeError: Out of memory" } });
    port2.postMessage("");
  }
};
"""


# The network is not as set-up has opened it (test_opened.py), but opened in the page.
OPENED_ANEW = ("**/snapshots.json", lambda route: route.fulfill(status=404))


def wait_for_error(live: LivePage) -> str:
    live.page.wait_for_selector("#error:not([hidden])")
    return live.error_text


def test_opened_as_a_file_it_says_how_to_serve_it(browser: Browser) -> None:
    page = browser.new_page()
    page.set_default_timeout(1000 * LIMIT_S)
    page.goto((paths.ROOT / "index.html").as_uri())
    page.wait_for_selector("#error:not([hidden])")
    text = page.inner_text("#error")
    assert "opened as a file" in text
    assert "make serve" in text and "open onlooker.html" in text
    assert page.get_attribute("html", "data-state") == "error"
    page.close()


@pytest.mark.parametrize(
    ("locale", "said", "direction"),
    [("de-AT", "als Datei", "ltr"), ("ar", "كملف", "rtl"), ("sv", "as a file", None)],
)
def test_opened_as_a_file_it_says_so_in_the_visitors_language(
    browser: Browser, locale: str, said: str, direction: str | None
) -> None:
    page = browser.new_page(locale=locale)
    page.set_default_timeout(1000 * LIMIT_S)
    page.goto((paths.ROOT / "index.html").as_uri())
    expect(page.locator("#error-title")).to_contain_text(said)
    expect(page.locator("#error-hint")).to_contain_text("python3 -m tools serve")
    expect(page.locator("#error-hint")).to_contain_text("onlooker.html")
    assert page.get_attribute("html", "dir") == direction
    page.close()


def test_without_webassembly_it_says_so(visit: Visit) -> None:
    live = visit(init=NO_WEBASSEMBLY)
    assert "no WebAssembly" in wait_for_error(live)
    assert live.published("error")[0]["code"] == "unsupported"


def test_a_missing_file_of_the_page_is_not_a_blank_page(visit: Visit) -> None:
    """Neither all modules in one file, nor one of them by itself."""

    def missing(route: Route) -> None:
        if route.request.url.endswith(("detector.json", "non_maximum_suppression.py")):
            route.fulfill(status=404)
        else:
            route.continue_()

    live = visit("?nothing", route=("**/*", missing))
    live.expected_errors = ("404", "non_maximum_suppression.py")
    assert "could not start its Python" in wait_for_error(live)
    assert live.page.is_visible("#error-retry")


def test_without_the_file_of_all_modules_they_come_one_by_one(visit: Visit, photo_folder: Path) -> None:
    """A server that only has the files of the repository."""
    live = visit("?nothing", route=("**/detector.json", lambda route: route.fulfill(status=404)))
    live.expected_errors = ("404",)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.labels()[0] == "cat"


def test_a_network_that_goes_away_while_python_starts_is_said_once(visit: Visit) -> None:
    live = visit("?nothing", route=("**/micropython.mjs", lambda route: route.abort()))
    live.expected_errors = ("ERR_FAILED", "Failed to fetch")
    assert "Check the connection" in wait_for_error(live)
    # Asking for the type of a file that cannot be had must not be an error of its own: that would go on for ever.
    live.page.evaluate("fetch('./vendor/micropython/micropython.mjs').catch(() => fetch('./main.py'))")
    assert len(live.published("error")) == 1


def test_samples_that_do_not_come_end_nothing(visit: Visit, photo_folder: Path) -> None:
    held: list[Route] = []
    live = visit(route=("**/samples.json", lambda route: held.append(route)))
    live.expected_errors = ("ERR_FAILED",)
    live.until_python()
    live.give_files(photo_folder / "coffee.png")
    live.until("ready")
    live.until_held(held)
    with live.page.expect_console_message(lambda said: "There are no samples" in said.text):
        held[0].abort()
    assert live.data["state"] == "ready" and "cup" in live.labels()


def test_a_boot_that_hangs_says_so_after_thirty_seconds(visit: Visit) -> None:
    held: list[Route] = []
    live = visit(
        "?nothing", route=("**/micropython.wasm", lambda route: held.append(route)), stopped_clock=True
    )
    live.expected_errors = (
        "ERR_FAILED",
        "Failed to fetch",
        "falling back",
    )  # when the test lets go of the file
    live.page.wait_for_load_state("domcontentloaded")
    live.page.clock.run_for(29_000)
    assert live.data["state"] == "idle"
    live.page.clock.run_for(2_000)
    assert "after 30 seconds" in wait_for_error(live)
    for route in held:
        route.abort()


def test_a_python_that_was_given_up_may_come_all_the_same(visit: Visit, photo_folder: Path) -> None:
    live = visit(route=("**/micropython.mjs", lambda route: None), stopped_clock=True)
    live.page.clock.run_for(30_000)
    assert "after 30 seconds" in wait_for_error(live)
    live.page.unroute("**/micropython.mjs")  # what is held goes on
    live.until_python()
    expect(live.page.locator("#error")).to_be_hidden()
    assert live.data["state"] == "idle"
    live.give_files(photo_folder / "coffee.png")
    live.until_results(1)
    assert "cup" in live.labels()
    assert live.page.evaluate("document.getElementById('error-retry').onclick()") == "micropython", (
        "no reload"
    )


def test_a_model_that_does_not_load_can_be_tried_again(visit: Visit, photo_folder: Path) -> None:
    tries = []

    def fail_once(route: Route) -> None:
        tries.append(route)
        if len(tries) <= 2:  # once while Python starts, and once by itself
            route.abort()
        else:
            route.continue_()

    live = visit("?nothing", route=("**/coco-ssd-lite.onnx", fail_once))
    live.expected_errors = ("ERR_FAILED",)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    text = wait_for_error(live)
    assert "coco-ssd-lite.onnx could not be fetched" in text
    assert live.published("error")[-1]["code"] == "model-load"
    live.page.click("#error-retry")
    live.until("ready")
    assert live.labels()[0] == "cat"


def test_a_model_with_other_bytes_is_refused_by_both_hashes(visit: Visit, photo_folder: Path) -> None:
    model = (paths.MODELS / "coco-ssd-lite.onnx").read_bytes()
    spoiled = bytearray(model)
    spoiled[len(spoiled) // 2] ^= 1
    live = visit(
        "?nothing", route=("**/coco-ssd-lite.onnx", lambda route: route.fulfill(body=bytes(spoiled)))
    )
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    text = wait_for_error(live)
    manifest = (paths.MODELS / "manifest.toml").read_text("utf-8")
    named = [word.strip(".,") for word in text.split() if len(word.strip(".,")) == 64]
    assert len(named) == 2 and named[0] != named[1]
    assert sum(word in manifest for word in named) == 1
    assert live.published("error")[-1]["code"] == "model-hash"


@pytest.mark.parametrize("address", ["", "?model=coco-ssd-tiny"])
def test_a_page_without_https_checks_the_model_all_the_same(
    visit: Visit, photo_folder: Path, address: str
) -> None:
    """Browsers hide their own SHA-256 there, from the page and from its workers."""
    bridge = (paths.ROOT / "web/bridge.js").read_text("utf-8").replace("crypto.subtle", "crypto.hidden")
    live = visit(
        address,
        init="Object.defineProperty(crypto, 'subtle', { value: undefined });",
        route=("**/web/bridge.js", lambda route: route.fulfill(body=bridge, content_type="text/javascript")),
    )
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert any("noble-hashes" in url for url in live.requested)


def test_out_of_memory_is_said_in_words(visit: Visit, photo_folder: Path) -> None:
    live = visit(init=NO_MEMORY, route=OPENED_ANEW)
    live.expected_errors = ("404",)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    assert "not enough memory" in wait_for_error(live)


@pytest.mark.parametrize(
    "missing",
    [
        "delete HTMLVideoElement.prototype.requestVideoFrameCallback;",
        "delete Navigator.prototype.gpu;",
        "delete Navigator.prototype.permissions;",
        "delete Navigator.prototype.hardwareConcurrency;",
    ],
)
def test_browser_features_that_are_missing_break_nothing(
    visit: Visit, camera_browser: Browser, missing: str
) -> None:
    live = visit(using=camera_browser, init=missing)
    live.until_python()
    live.start()
    live.until("running")
    live.until_results(2)


def test_an_error_in_a_handler_is_not_silent(visit: Visit) -> None:
    live = visit()
    live.expected_errors = ("on purpose",)
    live.until_python()
    live.page.evaluate("Promise.reject(new Error('on purpose')); null")
    assert "on purpose" in wait_for_error(live)


def test_what_is_rejected_without_a_message_is_named_all_the_same(visit: Visit) -> None:
    live = visit()
    live.expected_errors = ("uncaught: Event",)
    live.until_python()
    live.page.evaluate("Promise.reject(new Event('oops')); null")
    assert "[object Event]" in wait_for_error(live)


# As PyScript does with the database that it opens, and does not use, where the browser refuses one.
REFUSED_DATABASE = """
const request = indexedDB.open("refused");
request.addEventListener("refused", (event) => Promise.reject(event));
request.dispatchEvent(new Event("refused"));
window.addEventListener("unhandledrejection", () => (window.wasHeard = true));
"""


def test_a_database_that_is_refused_late_is_no_error(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    live.until_python()
    live.page.evaluate(f"() => {{ {REFUSED_DATABASE} }}")
    live.give_files(photo_folder / "coffee.png")
    live.until("ready")
    assert live.published("error") == []
    assert live.page.evaluate("window.wasHeard") is None


def lacking() -> bytes:
    """The page's build without one function more: the matrix product, which every run needs and no start."""
    module = (paths.VENDOR / "ort" / shorten.TRIMMED).read_bytes()
    product = bodies(code_of(module)).index(gemm.kernel(zero=True))
    return replaced(module, {product: shorten.EMPTY})


@pytest.mark.piece(fits.TRIM)
@pytest.mark.piece(fits.GEMM)
def test_a_function_that_the_smaller_build_lacks_is_in_the_whole_one(
    visit: Visit, photo_folder: Path
) -> None:
    """As if the functions to keep had been listed wrong: what a visitor's machine needs was never seen to run."""
    module = lacking()

    def answer(route: Route) -> None:
        if route.request.url.endswith(shorten.TRIMMED):
            route.fulfill(body=module, content_type="application/wasm")
        elif route.request.url.endswith("snapshots.json"):
            route.fulfill(status=404)
        else:
            route.continue_()

    live = visit("?nothing", route=("**/vendor/ort/*", answer))
    live.expected_errors = ("unreachable", "404")
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.labels()[0] == "cat" and live.data["provider"] == "wasm"
    assert [url for url in live.requested if url.endswith(shorten.WHOLE)], "where everything is"
    assert live.published("error") == []
