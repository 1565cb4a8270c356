"""On a phone, upright and on its side: the picture is seen, everything that is pressed is in reach and large enough."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from detector.language import LANGUAGES
from tests.browser.live_page import LivePage
from tests.browser.page.test_languages import until_language

Visit = Callable[..., LivePage]

UPRIGHT = [(320, 568), (360, 640), (390, 844)]
SIDEWAYS = [(667, 375), (844, 390), (568, 320)]
IDS = [f"{width}x{height}" for width, height in UPRIGHT + SIDEWAYS]
LEAST = 44  # CSS pixels, of what a thumb hits; WCAG's 2.5.5

# What can be pressed and is smaller, cut off by its own box, or, without `scrolled`, outside of the window.
AWKWARD = """
([least, scrolled]) => {
  const found = [];
  for (const one of document.querySelectorAll("button, select, input, summary")) {
    if (!one.checkVisibility() || one.type === "file") continue;
    // A label is hit together with what it names.
    const hit = one.type === "checkbox" ? one.closest("label") : one;
    const box = hit.getBoundingClientRect();
    const name = one.id || one.textContent || one.title;
    if (box.height < least - 0.5 || box.width < least - 0.5) found.push(`${name} is ${box.width} x ${box.height}`);
    if (one.localName === "button" && one.scrollWidth > one.clientWidth) found.push(`${name} is cut off`);
    if (one.closest("#panel, #strip-list, #error")) continue; // these scroll
    if (box.left < -0.5 || box.right > innerWidth + 0.5 || box.top < -0.5 || box.bottom > innerHeight + 0.5)
      found.push(`${name} is outside: ${[box.left, box.top, box.right, box.bottom]}`);
  }
  const page = document.documentElement;
  if (page.scrollWidth > innerWidth || page.scrollHeight > innerHeight) found.push("the page scrolls");
  return found;
}
"""
# Texts of the bar that lie over each other.
OVERLAPS = """
() => {
  const parts = "#bar button, #bar .slider span, #bar .slider input, #bar .slider output";
  const boxes = [...document.querySelectorAll(parts)]
    .filter((one) => one.checkVisibility())
    .map((one) => [one.id || one.textContent, one.getBoundingClientRect()]);
  const found = [];
  boxes.forEach(([name, a], place) => boxes.slice(place + 1).forEach(([other, b]) => {
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
      found.push(`${name} over ${other}`);
  }));
  return found;
}
"""
SMALL_TEXT = """
() => [...document.querySelectorAll("input:not([type=range], [type=checkbox], [type=file]), select, textarea")]
  .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 16).map((one) => one.id)
"""


def awkward(live: LivePage) -> list[str]:
    live.page.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished))")
    return list(live.page.evaluate(AWKWARD, [LEAST, False])) + list(live.page.evaluate(OVERLAPS))


def shown_share(live: LivePage, selector: str = "#stage") -> float:
    """The share of the window that it has."""
    box = live.page.locator(selector).bounding_box()
    window = live.page.viewport_size
    assert box and window
    return box["width"] * box["height"] / (window["width"] * window["height"])


@pytest.mark.parametrize(("width", "height"), UPRIGHT + SIDEWAYS, ids=IDS)
def test_everything_is_seen_and_in_reach(
    visit: Visit, camera_browser: Browser, photo_folder: Path, width: int, height: int
) -> None:
    live = visit(using=camera_browser, viewport={"width": width, "height": height}, has_touch=True)
    live.until_python()
    live.page.wait_for_selector("#samples img")
    assert awkward(live) == []
    live.start()
    live.until_results(2)
    assert awkward(live) == []
    assert shown_share(live) > 0.5
    stop = live.page.locator("#stop").bounding_box()
    assert stop
    if width < height:
        assert stop["y"] > height * 0.75, "in the lower part, where the thumb is"
    else:
        assert stop["x"] > width * 0.7, "at the edge, where the thumb is"
    live.page.click("#more")
    live.page.wait_for_selector("#class-list li", state="attached")
    assert awkward(live) == []
    assert shown_share(live) > 0.18, "the picture is seen beside the panel"
    assert live.page.evaluate(SMALL_TEXT) == [], "iOS would zoom in"
    live.page.click("#more")
    live.stop()
    live.give_files(photo_folder / "coffee.png", photo_folder / "chelsea.png")
    live.until_results(len(live.results) + 2)
    live.until("ready")
    expect(live.page.locator("#strip-list button")).to_have_count(2)
    assert awkward(live) == []
    assert shown_share(live) > 0.25


@pytest.mark.parametrize(("width", "height"), [(360, 640), (667, 375)])
def test_an_error_is_read_and_answered(visit: Visit, width: int, height: int) -> None:
    live = visit(viewport={"width": width, "height": height})
    live.until_python()
    live.start()
    live.page.wait_for_selector("#error:not([hidden])")
    assert awkward(live) == []
    for name in ("#error-title", "#error-retry", "#error-dismiss"):
        expect(live.page.locator(name)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_languages_words_are_cut_off_or_lie_over_each_other(
    visit: Visit, photo_folder: Path, language: str
) -> None:
    live = visit(f"?lang={language}", viewport={"width": 360, "height": 640})
    until_language(live, "zh-Hans" if language == "zh" else language)
    live.until_python()
    assert awkward(live) == []
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert awkward(live) == []
    tops = [live.page.locator(name).bounding_box() for name in ("#start", "#stop", "#choose", "#snapshot")]
    assert len({box["y"] for box in tops if box}) == 1, "the bar has one row of buttons"
    live.page.click("#more")
    live.page.wait_for_selector("#class-list li", state="attached")
    assert awkward(live) == []


def test_fingers_can_zoom_and_the_screens_edges_are_left_free(visit: Visit) -> None:
    live = visit(viewport={"width": 390, "height": 844})
    said = live.page.get_attribute("meta[name=viewport]", "content") or ""
    assert "viewport-fit=cover" in said
    assert "user-scalable" not in said and "maximum-scale" not in said
    rules = live.page.evaluate(
        "() => [...document.styleSheets[0].cssRules].find((rule) => rule.selectorText === 'body').style.padding"
    )
    for edge in ("top", "right", "bottom", "left"):
        assert f"env(safe-area-inset-{edge})" in rules
    live.until_python()
    assert (
        live.page.evaluate("getComputedStyle(document.getElementById('start')).touchAction") == "manipulation"
    )
