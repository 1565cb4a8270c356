"""Browsers that lack something: each alone, and all of it together. What works without works; the rest says so."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.live_page import LivePage

Visit = Callable[..., LivePage]

LACKS = {
    "IndexedDB": """Object.defineProperty(window, "indexedDB", { value: undefined });
        for (const name of Object.getOwnPropertyNames(window)) if (name.startsWith("IDB")) delete window[name];""",
    "ResizeObserver": "delete window.ResizeObserver;",
    "permissions": "delete Navigator.prototype.permissions;",
    "OffscreenCanvas": "delete window.OffscreenCanvas;",
    "Cache": "delete window.caches; delete window.Cache; delete window.CacheStorage;",
}
LACKS["all of it"] = "\n".join(LACKS.values())


@pytest.mark.parametrize("python", ["micropython", "pyodide"])
@pytest.mark.parametrize("lacks", LACKS)
def test_the_page_does_all_that_it_can_without(
    visit: Visit, camera_browser: Browser, photo_folder: Path, tmp_path: Path, lacks: str, python: str
) -> None:
    live = visit(f"?python={python}", using=camera_browser, init=LACKS[lacks])
    # PyScript's own word, of a part that this page does not use.
    no_database = lacks in ("IndexedDB", "all of it")
    live.expected_errors = ("reading 'open'",) if no_database else ()
    if no_database and python == "pyodide":
        expect(live.page.locator("#error")).to_contain_text("This browser has no IndexedDB.")
        expect(live.page.locator("#error")).to_contain_text("without “python=pyodide”")
        return
    live.until_python()
    live.page.locator("#samples img").first.wait_for()
    live.give_files(photo_folder / "chelsea.png")
    live.until_results(1)
    assert live.labels() == ["cat"]
    live.page.click("#more")
    with live.page.expect_download() as download:
        live.page.click("#snapshot")
    download.value.save_as(tmp_path / "cat.png")
    with Image.open(tmp_path / "cat.png") as saved:
        assert saved.format == "PNG" and saved.size == (451, 300)
    live.page.set_viewport_size({"width": 500, "height": 700})
    boxes = [live.page.locator(name).bounding_box() for name in ("#overlay", "#picture")]
    assert boxes[0] == boxes[1], "the boxes stay where the picture is"
    kept = live.page.locator("#kept")
    expect(kept.locator("li").first).to_be_visible()
    live.stop()
    live.start()
    live.until_results(3)
    live.stop()
    assert live.published("error") == [] and live.data["state"] == "idle"
    expect(live.page.locator("#error")).to_be_hidden()
