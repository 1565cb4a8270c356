"""Lines and zones made by hand: with a mouse, a finger and the keyboard, named, turned, removed, counted and saved."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.live_page import LivePage
from tests.test_command_video import DOOR
from tests.video_clips import crossing, write_clip

Visit = Callable[..., LivePage]


def watched(visit: Visit, camera: Browser, address: str = "", mirror: int = 0, **context: object) -> LivePage:
    """With the camera running, and the panel open."""
    live = visit(f"?mirror={mirror}&classes=person{address}", using=camera, **context)
    live.until_python()
    live.page.click("#more")
    live.start()
    live.until_results(3)
    return live


def setting(live: LivePage, name: str) -> str:
    return str(live.page.evaluate("(name) => new URL(location.href).searchParams.get(name) ?? ''", name))


def drag(live: LivePage, number: int, across: float, down: float) -> None:
    """Move a handle so many CSS pixels."""
    box = live.page.locator(".handle").nth(number).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    live.page.mouse.move(x, y)
    live.page.mouse.down()
    live.page.mouse.move(x + across / 2, y + down / 2)
    live.page.mouse.move(x + across, y + down)
    live.page.mouse.up()


def test_a_line_is_made_moved_named_turned_and_removed(visit: Visit, camera_browser: Browser) -> None:
    live = watched(visit, camera_browser)
    page = live.page
    assert page.locator(".handle").count() == 0 and page.is_hidden("#counted")
    page.click("#add-line")
    assert setting(live, "lines") == "Line:0.5,0.1,0.5,0.9"
    assert page.locator(".handle").count() == 2
    drag(live, 0, 60, 20)
    before = [float(part) for part in setting(live, "lines").split(":")[1].split(",")]
    assert before[0] > 0.52 and before[1] > 0.11 and before[2:] == [0.5, 0.9]
    page.locator(".handle").nth(1).focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    assert setting(live, "lines").endswith(",0.49,0.85")
    assert page.evaluate("document.activeElement.className") == "handle", "the focus stays"
    assert "point 2: 49% across, 85% down" in str(page.locator(".handle").nth(1).get_attribute("aria-label"))
    page.fill("#shapes input", "front: door")
    page.locator("#shapes input").press("Enter")
    assert setting(live, "lines").startswith("front door:")
    page.click("#shapes [data-does=turn]")
    assert setting(live, "lines").startswith("front door:0.49,0.85,")
    page.click("#shapes [data-does=remove]")
    assert setting(live, "lines") == "" and page.locator(".handle").count() == 0
    live.assert_clean()


def test_on_a_phone_a_finger_moves_a_point_and_scrolls_nothing(visit: Visit, camera_browser: Browser) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    live = watched(visit, camera_browser, **phone)
    page = live.page
    page.tap("#add-line")
    handle = page.locator(".handle").nth(0)
    handle.scroll_into_view_if_needed()
    scrolled = page.evaluate("[scrollY, document.getElementById('panel').scrollTop]")
    box = handle.bounding_box()
    assert box is not None and min(box["width"], box["height"]) >= 24, "large enough for a finger"
    finger = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, places in (
        ("touchStart", [(x, y)]),
        ("touchMove", [(x + 20, y + 30)]),
        ("touchMove", [(x + 40, y + 60)]),
        ("touchEnd", []),
    ):
        points = [{"x": at[0], "y": at[1]} for at in places]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    after = handle.bounding_box()
    assert after is not None and abs(after["x"] - box["x"] - 40) < 1 and abs(after["y"] - box["y"] - 60) < 1
    moved = [float(part) for part in setting(live, "lines").split(":")[1].split(",")]
    assert moved[0] > 0.55 and moved[1] > 0.15 and moved[2:] == [0.5, 0.9]
    assert page.evaluate("[scrollY, document.getElementById('panel').scrollTop]") == scrolled
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    live.assert_clean()


def test_points_are_there_while_they_can_be_moved(
    visit: Visit, camera_browser: Browser, photo_folder: Path
) -> None:
    live = watched(visit, camera_browser, f"&lines={DOOR}")
    page = live.page
    handle = page.locator(".handle").nth(0)
    handle.click(position={"x": 4, "y": 30})
    assert setting(live, "lines") == DOOR, "a click at a handle's edge moves nothing"
    page.click("#more")
    assert not handle.is_visible(), "the panel is closed"
    page.click("#more")
    assert handle.is_visible()
    live.stop()
    assert not handle.is_visible()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert not handle.is_visible(), "a photo has no lines"
    live.assert_clean()


def test_a_zone_gets_more_corners_and_fewer(visit: Visit, camera_browser: Browser) -> None:
    live = watched(visit, camera_browser)
    page = live.page
    page.click("#add-zone")
    assert setting(live, "zones") == "Zone:0.3,0.3,0.7,0.3,0.7,0.7,0.3,0.7"
    page.click("#shapes [data-does=corner]")
    assert setting(live, "zones").endswith(",0.3,0.7,0.3,0.5") and page.locator(".handle").count() == 5
    for left in (4, 3, 3):
        page.locator(".handle").nth(0).focus()
        page.keyboard.press("Delete")
        assert page.locator(".handle").count() == left
    page.click("#add-zone")
    assert [part.split(":")[0] for part in setting(live, "zones").split(";")] == ["Zone", "Zone 2"]
    live.assert_clean()


def test_in_a_mirror_a_point_goes_where_the_finger_is(visit: Visit, camera_browser: Browser) -> None:
    live = watched(visit, camera_browser, f"&lines={DOOR}", mirror=1)
    drag(live, 0, 60, 0)
    assert float(setting(live, "lines").split(":")[1].split(",")[0]) < 0.48
    live.page.locator(".handle").nth(0).focus()
    before = float(setting(live, "lines").split(":")[1].split(",")[0])
    live.page.keyboard.press("ArrowRight")
    assert float(setting(live, "lines").split(":")[1].split(",")[0]) < before


def test_counts_are_shown_saved_and_begun_anew(visit: Visit, tmp_path: Path) -> None:
    pictures = crossing("iio")
    clip = write_clip(tmp_path / "door.webm", pictures, [100 * number for number in range(len(pictures))])
    live = visit(f"?video=every&classes=person&look=once&lines={DOOR}&zones=all:0,0,1,0,1,1,0,1")
    live.until_python()
    page = live.page
    page.click("#more")
    page.check("#say-crossings")
    page.evaluate(
        """() => {
          window.said = [];
          const live = document.querySelector("#announce");
          new MutationObserver(() => said.push(live.textContent)).observe(live, { childList: true });
        }"""
    )
    live.give_files(clip)
    live.until("ready")
    rows = page.locator("#shapes li p").all_inner_texts()
    assert rows[0] == "In: person 2 · Out: person 1"
    assert ("Came: person 3" in rows[1] and "Longest stay: 0." in rows[1]) or "Longest stay: 1." in rows[1]
    said = page.evaluate("said")
    assert any("door: person in" in text for text in said) and any(
        "door: person out" in text for text in said
    )
    assert "door: 3" in str(page.get_attribute("#crossings-chart", "aria-label"))
    with page.expect_download() as download:
        page.click("#count-csv")
    table = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8"))))
    assert [row["direction"] for row in table if row["kind"] == "cross"] == ["in", "in", "out"]
    assert float(table[0]["time"]) < 6
    with page.expect_download() as download:
        page.click("#count-json")
    told = json.loads(download.value.path().read_text("utf-8"))
    assert told["lines"] == [{"name": "door", "in": {"person": 2}, "out": {"person": 1}}]
    page.click("#count-reset")
    assert page.locator("#shapes li p").nth(0).inner_text() == "In: 0 · Out: 0"
    assert "anew" in page.inner_text("#counting-text")
    live.assert_clean()
