"""The page as an app: what Chromium makes of the manifest, and whether the icons are the drawing."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import Browser, Playwright

from tests.browser.conftest import QUIET
from tests.browser.live_page import LIMIT_S, LivePage
from tools.common import paths
from tools.serve.onlooker.server import Server
from tools.setup import chromium, icons

Visit = Callable[..., LivePage]


def test_chromium_finds_the_manifest_and_would_install_the_page(
    playwright: Playwright, server: Server, tmp_path: Path
) -> None:
    # Not in a context of its own: those are private windows, where nothing can be installed.
    context = playwright.chromium.launch_persistent_context(
        tmp_path, executable_path=str(chromium.ensure()), args=list(QUIET)
    )
    try:
        page = context.new_page()
        page.set_default_timeout(1000 * LIMIT_S)
        page.goto(server.address)
        session = context.new_cdp_session(page)
        found = session.send("Page.getAppManifest")
        assert found["url"] == server.address + "web/app.webmanifest"
        assert found["errors"] == []
        assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
        manifest = found["manifest"]
        assert manifest["startUrl"] == manifest["scope"] == server.address
    finally:
        context.close()


def test_every_icon_of_the_manifest_is_there_in_its_size(visit: Visit) -> None:
    live = visit()
    manifest = json.loads((paths.ROOT / "web/app.webmanifest").read_text("utf-8"))
    for icon in manifest["icons"]:
        response = live.page.request.get(live.address + "web/" + icon["src"])
        assert (response.status, response.headers["content-type"]) == (200, icon["type"])
        if icon["sizes"] != "any":
            with Image.open(io.BytesIO(response.body())) as picture:
                assert f"{picture.width}x{picture.height}" == icon["sizes"]
    touch = live.page.get_attribute("link[rel=apple-touch-icon]", "href") or ""
    assert live.page.request.get(live.address + touch).status == 200


@pytest.mark.parametrize(("scheme", "colour"), [("light", "rgb(244, 245, 247)"), ("dark", "rgb(19, 20, 24)")])
def test_the_window_has_the_colour_of_the_page(visit: Visit, scheme: str, colour: str) -> None:
    live = visit(color_scheme=scheme)
    theme, page = live.page.evaluate(
        """() => {
          const colours = [...document.querySelectorAll("meta[name=theme-color]")];
          const chosen = colours.find((meta) => matchMedia(meta.media).matches);
          const probe = Object.assign(document.createElement("i"), { hidden: true });
          probe.style.color = chosen.content;
          document.body.append(probe);
          return [getComputedStyle(probe).color, getComputedStyle(document.body).backgroundColor];
        }"""
    )
    assert theme == page == colour


@pytest.mark.parametrize("pixels", [192, 512])
def test_the_icons_are_the_drawing(browser: Browser, pixels: int) -> None:
    svg = (paths.ROOT / "web/icon.svg").read_text("utf-8")
    page = browser.new_page(viewport={"width": pixels, "height": pixels})
    page.set_default_timeout(1000 * LIMIT_S)
    page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block; width: {pixels}px }}</style>{svg}")
    expected = Image.open(io.BytesIO(page.screenshot(omit_background=True))).convert("RGBA")
    page.close()
    with Image.open(icons.FOLDER / f"icon-{pixels}.png") as opened:
        drawn = opened.convert("RGBA")
    on_grey = [
        Image.alpha_composite(Image.new("RGBA", drawn.size, "grey"), picture) for picture in (drawn, expected)
    ]
    # Edges are smoothed in two ways: up to 0.26. Corners of another radius, 12 for 14: 1.3.
    assert max(ImageStat.Stat(ImageChops.difference(*on_grey)).mean) < 0.5


def test_what_matters_on_a_maskable_icon_is_inside_the_safe_zone() -> None:
    with Image.open(icons.FOLDER / "maskable-512.png") as picture:
        assert picture.mode == "RGB"
        blue = picture.getpixel((0, 0))
        middle, safe = picture.width / 2, 0.4 * picture.width
        outside = {
            picture.getpixel((x, y))
            for x in range(picture.width)
            for y in range(picture.height)
            if (x + 0.5 - middle) ** 2 + (y + 0.5 - middle) ** 2 > safe**2
        }
    assert outside == {blue}
