"""Everyone can use it: axe-core finds nothing in any state, the keyboard is enough, and changes are said."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.clips import write_clip
from tests.browser.live_page import LivePage
from tools.common import paths

Visit = Callable[..., LivePage]

AXE = (paths.NODE_MODULES / "axe-core/axe.min.js").read_text("utf-8")
LOOKS = [
    {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    {"viewport": {"width": 360, "height": 780}, "color_scheme": "dark"},
]


def assert_accessible(page: Page, state: str) -> None:
    # Through the debugger, not as a script of the page: the page's policy lets in no script but its own.
    page.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished))")
    page.evaluate(f"() => {{ {AXE} }}")
    found = page.evaluate("() => axe.run(document)")
    told = [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found["violations"]]
    assert told == [], f"{state}: {json.dumps(told, indent=1)}"


@pytest.mark.parametrize("look", LOOKS, ids=["desktop-light", "phone-dark"])
def test_axe_finds_nothing_in_any_state(
    visit: Visit, camera_browser: Browser, photo_folder: Path, tmp_path: Path, look: dict[str, object]
) -> None:
    live = visit(using=camera_browser, **look)
    live.until_python()
    live.page.wait_for_selector("#samples img")
    assert_accessible(live.page, "idle")
    live.page.click("#more")
    live.page.wait_for_selector("#class-list li", state="attached")
    assert_accessible(live.page, "idle, with the panel")
    live.start()
    live.until_results(2)
    assert_accessible(live.page, "running, with the panel")
    live.page.click("#heat")
    expect(live.page.locator("#full-size-cancel")).to_be_visible()
    assert_accessible(live.page, "drawing a heat map")
    expect(live.page.locator("#heat-picture")).to_be_visible()
    assert_accessible(live.page, "with a heat map")
    live.page.click("#more")
    assert_accessible(live.page, "running")
    live.stop()
    live.give_files(photo_folder / "coffee.png", photo_folder / "chelsea.png")
    live.until("ready")
    expect(live.page.locator("#strip-sheet")).to_be_enabled()
    assert_accessible(live.page, "ready, with the strip")
    live.page.click("#strip-sheet")
    assert_accessible(live.page, "making a contact sheet")
    live.page.click("#more")
    live.give_files(write_clip(live.page, tmp_path / "clip.webm", range(0, 9000, 100), 9000))
    live.until_results(len(live.results) + 2)
    assert_accessible(live.page, "a video, with the panel")
    live.page.click("#clip-every")
    expect(live.page.locator("#clip-count")).to_contain_text("Frame 2")
    assert_accessible(live.page, "every frame of a video")


@pytest.mark.parametrize("look", LOOKS, ids=["desktop-light", "phone-dark"])
def test_axe_finds_nothing_while_it_loads_and_when_it_fails(
    visit: Visit, photo_folder: Path, look: dict[str, object]
) -> None:
    held: list[Route] = []
    let_go: list[bool] = []

    def hold(route: Route) -> None:
        if let_go:
            route.abort()
        else:
            held.append(route)

    live = visit(route=("**/coco-ssd-lite.onnx", hold), **look)
    live.expected_errors = ("ERR_FAILED",)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    expect(live.page.locator("#progress-text")).to_have_text("Loading the model")
    assert_accessible(live.page, "loading")
    live.until_held(held)
    let_go.append(True)
    for route in held:
        route.abort()
    live.page.wait_for_selector("#error:not([hidden])")
    assert_accessible(live.page, "error")


@pytest.mark.parametrize("look", LOOKS, ids=["desktop-light", "phone-dark"])
def test_axe_finds_nothing_before_python_runs(visit: Visit, look: dict[str, object]) -> None:
    held: list[Route] = []
    live = visit(route=("**/detector.json", lambda route: held.append(route)), **look)
    live.expected_errors = ("ERR_FAILED",)
    assert_accessible(live.page, "painted")
    live.page.click("#empty [data-does=start]")
    expect(live.page.locator("#progress-text")).to_have_text("Starting Python")
    assert_accessible(live.page, "starting Python")
    live.until_held(held)
    assert "python" not in live.data
    held[0].abort()


def test_the_keyboard_alone_is_enough(visit: Visit, camera_browser: Browser) -> None:
    """From opening the page to a saved picture: Tab, Enter, Space and arrows; what has the focus can be seen."""
    live = visit(using=camera_browser)
    live.until_python()
    keyboard = live.page.keyboard

    def tab_to(selector: str) -> None:
        for _ in range(60):
            keyboard.press("Tab")
            focused = live.page.locator(":focus")
            if focused.count() and focused.evaluate("(one, wanted) => one.matches(wanted)", selector):
                outline = focused.evaluate("one => getComputedStyle(one).outlineStyle")
                assert outline != "none", f"{selector} does not show that it has the focus"
                return
        raise AssertionError(f"{selector} cannot be reached")

    tab_to("[data-does=start]")
    keyboard.press("Enter")
    live.until_results(2)
    tab_to("#threshold")
    keyboard.press("ArrowRight")
    expect(live.page.locator("#threshold-value")).to_have_text("55%")
    tab_to("#more")
    keyboard.press("Space")
    tab_to("#set-boxes")
    keyboard.press("ArrowDown")
    expect(live.page.locator("#set-boxes")).to_have_value("outline")
    tab_to("#class-search")
    keyboard.type("toothbrush")  # the others of the 80 kinds are out of the way
    tab_to("#full-size-format")
    keyboard.press("ArrowDown")
    expect(live.page.locator("#full-size-format")).to_have_value("image/png")
    tab_to("#heat-class")
    tab_to("#heat")
    keyboard.press("Enter")
    expect(live.page.locator("#heat-picture")).to_be_visible()
    expect(live.page.locator("#heat")).to_be_focused()
    tab_to("#heat-save")
    with live.page.expect_download() as download:
        keyboard.press("Enter")
    assert download.value.suggested_filename == "onlooker-heat.png"
    with live.page.expect_download() as download:
        live.page.keyboard.press("Shift+Tab")
        while not live.page.locator("#snapshot:focus").count():
            keyboard.press("Shift+Tab")
        keyboard.press("Enter")
    assert download.value.suggested_filename == "onlooker.png"
    while not live.page.locator("#stop:focus").count():
        keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    live.until("idle")


def test_what_appears_is_said_unless_it_is_switched_off(visit: Visit, camera_browser: Browser) -> None:
    live = visit("?classes=person", using=camera_browser)
    live.until_python()
    said = live.page.locator("#announce")
    expect(said).to_have_attribute("aria-live", "polite")
    live.start()
    expect(said).to_have_text("Appeared: person.")
    live.stop()
    live.page.click("#more")
    live.page.uncheck("#set-announce")
    live.start()
    live.until_results(len(live.results) + 6)
    expect(said).to_have_text("")


def test_motion_is_reduced_where_that_is_wished(visit: Visit) -> None:
    live = visit(reduced_motion="reduce")
    live.until_python()
    assert (
        live.page.evaluate("() => getComputedStyle(document.getElementById('empty')).animationName") == "none"
    )
