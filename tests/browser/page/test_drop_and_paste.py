"""Folders, addresses and pieces of web pages, dropped or pasted: pictures are taken, and what is none is said."""

import base64
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.live_page import LivePage

Visit = Callable[..., LivePage]

ELSEWHERE = "https://elsewhere.example/cat.png"
NOT_FETCHED = (
    "This leads to another site, and this page fetches nothing from there. "
    "Save the picture and drop its file here, or copy the picture itself and paste it."
)
NO_PICTURE = "The clipboard holds no picture. Copy a picture, or save it and drop its file here."
CLIPBOARD = ["clipboard-read", "clipboard-write"]

# Everything that a page may ask a server for on its own, even where the policy or the browser stops it.
COUNT_REQUESTS = """
window.asked = [];
const { fetch: real } = window;
window.fetch = (what, ...rest) => { window.asked.push(String(what?.url ?? what)); return real(what, ...rest); };
"""

# Text by its type, as a drag from elsewhere, or a copy of it, brings it.
GIVE_TEXT = """
([way, texts, target]) => {
  const data = new DataTransfer();
  for (const [type, text] of Object.entries(texts)) data.setData(type, text);
  const options = { bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data };
  const event = way === "drop" ? new DragEvent("drop", options) : new ClipboardEvent("paste", options);
  document.querySelector(target).dispatchEvent(event);
  return event.defaultPrevented;
}
"""
# The clipboard's content by its type; a picture as what is at an address.
COPY = """
async (kinds) => {
  const items = {};
  for (const [type, content] of Object.entries(kinds))
    items[type] = type.startsWith("image/")
      ? await (await fetch(content)).blob()
      : new Blob([content], { type });
  await navigator.clipboard.write([new ClipboardItem(items)]);
}
"""

# What is handed on to be looked at, by name: 200 photographs would take their time.
NOTE_FILES = """
given = []
app.look_at_files = lambda files: given.extend([file.name for file in files])
answer(None)
"""


def drop_at(live: LivePage, selector: str, **data: Any) -> None:
    """Drop it there as a system's file manager, or another window, does."""
    box = live.page.locator(selector).bounding_box()
    assert box is not None
    devtools = live.page.context.new_cdp_session(live.page)
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send(
            "Input.dispatchDragEvent",
            {
                "type": kind,
                "x": box["x"] + box["width"] / 2,
                "y": box["y"] + box["height"] / 2,
                "data": {"items": [], "dragOperationsMask": 1, **data},
            },
        )
    devtools.detach()


def drop_files(live: LivePage, *paths: Path, at: str = "#stage") -> None:
    drop_at(live, at, files=[str(path) for path in paths])


def give_text(live: LivePage, way: str, target: str = "body", **texts: str) -> bool:
    """Texts by their types, "html" for text/html and so on. Gives whether the browser was kept from its own way."""
    kinds = {"html": "text/html", "plain": "text/plain", "uri": "text/uri-list", "moz": "text/x-moz-url"}
    told = {kinds[name]: text for name, text in texts.items()}
    return bool(live.page.evaluate(GIVE_TEXT, [way, told, target]))


def says(live: LivePage, text: str) -> None:
    """What the page says meanwhile; the picture and the state stay as they are."""
    expect(live.page.locator("#toast")).to_have_text(text)
    assert live.published("error") == []


def saw(live: LivePage, *labels: str) -> None:
    """These pictures were looked at, in this order, and no others."""
    live.until_results(len(labels))
    live.until("ready")
    found = [[one["class"] for one in result["detections"]] for result in live.results]
    assert len(found) == len(labels) and all(
        label in some for label, some in zip(labels, found, strict=True)
    ), found


def data_address(photo: Path) -> str:
    return f"data:image/{photo.suffix[1:]};base64,{base64.b64encode(photo.read_bytes()).decode()}"


@pytest.fixture
def live(visit: Visit) -> LivePage:
    opened = visit(init=COUNT_REQUESTS)
    opened.until_python()
    return opened


@pytest.fixture
def album(photo_folder: Path, tmp_path: Path) -> Path:
    """A folder with two photos, one of them in a subfolder, and what is none."""
    folder = tmp_path / "album"
    (folder / "more" / ".hidden").mkdir(parents=True)
    (folder / "empty").mkdir()
    shutil.copy(photo_folder / "chelsea.png", folder / "10.png")
    shutil.copy(photo_folder / "coffee.png", folder / "more" / "1.PNG")
    shutil.copy(photo_folder / "coffee.png", folder / ".thumbnail.png")
    shutil.copy(photo_folder / "coffee.png", folder / "more" / ".hidden" / "2.png")
    (folder / "notes.txt").write_text("no picture")
    return folder


# Folders


def test_the_pictures_of_a_folder_are_looked_at(live: LivePage, album: Path) -> None:
    drop_files(live, album)
    saw(live, "cat", "cup")
    assert live.page.locator("#strip-list li").count() == 2
    assert live.page.inner_text("#toast") == ""
    assert live.page.locator("#notes li").count() == 0, (
        "what is no picture is left out, and not complained of"
    )


def test_files_and_folders_that_are_dropped_together(live: LivePage, album: Path, photo_folder: Path) -> None:
    drop_files(live, photo_folder / "coffee.png", album, at="#bar")
    saw(live, "cup", "cat", "cup")


def test_of_a_folder_without_pictures_that_is_said(
    live: LivePage, tmp_path: Path, photo_folder: Path
) -> None:
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    folder = tmp_path / "papers"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "notes.txt").write_text("no picture")
    drop_files(live, folder)
    says(live, "There is no photo or video in this folder. Drop another one, or the photos themselves.")
    assert live.data["state"] == "ready" and len(live.results) == 1, "what is shown stays"


def test_of_a_large_folder_the_first_200_are_looked_at(live: LivePage, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    for part in range(3):  # more than a browser tells at once
        (folder / str(part)).mkdir(parents=True)
        for number in range(101):
            (folder / str(part) / f"{number}.png").write_bytes(b"")
    (folder / "2" / "beyond.png").write_bytes(b"")
    live.python(NOTE_FILES)
    drop_files(live, folder)
    says(live, "There is more in this folder: its first 200 photos and videos are looked at.")
    names = live.python("answer(given)")
    assert names == [f"{number}.png" for number in [*range(101), *range(99)]]


def test_a_folder_is_kept_that_is_dropped_before_python_is_up(visit: Visit, album: Path) -> None:
    held: list[Route] = []
    through: list[bool] = []
    live = visit(
        route=(
            "**/micropython.wasm",
            lambda route: route.continue_() if through else held.append(route),
        )
    )
    live.until_held(held)
    drop_files(live, album)
    through.append(True)
    for route in held:
        route.continue_()
    saw(live, "cat", "cup")


def test_a_file_is_looked_at_wherever_on_the_page_it_falls(live: LivePage, photo_folder: Path) -> None:
    address = live.page.url
    for number, place in enumerate(("#bar", "#status", "#stage"), 1):
        drop_files(live, photo_folder / "chelsea.png", at=place)
        live.until_results(number)
        live.until("ready")
    assert live.page.url == address


# Addresses


def test_an_address_elsewhere_is_not_fetched_and_leads_nowhere(live: LivePage) -> None:
    before = live.page.url
    for place in ("#stage", "#bar"):
        items = [
            {"mimeType": "text/uri-list", "data": ELSEWHERE},
            {"mimeType": "text/plain", "data": ELSEWHERE},
        ]
        drop_at(live, place, items=items)
        says(live, NOT_FETCHED)
        live.page.keyboard.press("Escape")
        expect(live.page.locator("#toast")).to_be_empty()
    assert live.page.url == before
    assert not [url for url in live.requested + live.page.evaluate("window.asked") if "elsewhere" in url]


@pytest.mark.parametrize("way", ["drop", "paste"])
@pytest.mark.parametrize(
    "texts",
    [
        {"uri": f"# a comment\r\n{ELSEWHERE}\r\n"},
        {"moz": f"{ELSEWHERE}\nA cat"},
        {"plain": f" {ELSEWHERE}\n"},
        {
            "html": f"<style>p {{ top: 0 }}</style><p style='top: 0'><img src={ELSEWHERE}><script>pwned = 1</script>"
        },
        {"html": '<a href="/"><img src="//elsewhere.example/cat.png" onerror="window.pwned = 1"></a>'},
    ],
)
def test_whatever_form_an_address_has(live: LivePage, way: str, texts: dict[str, str]) -> None:
    give_text(live, way, **texts)
    says(live, NOT_FETCHED)
    assert not [url for url in live.requested + live.page.evaluate("window.asked") if "elsewhere" in url]
    assert live.page.evaluate("window.pwned") is None


@pytest.mark.parametrize("kind", ["uri", "moz", "plain", "html"])
def test_a_picture_of_this_origin_is_fetched(live: LivePage, kind: str) -> None:
    address = live.address + "photos/chelsea.png?size=1#top"
    give_text(
        live,
        "drop",
        **{kind: f'<a href="{ELSEWHERE}"><img src="{address}"></a>' if kind == "html" else address},
    )
    saw(live, "cat")


def test_what_lies_at_an_address_of_this_origin_may_be_no_picture(live: LivePage) -> None:
    give_text(live, "drop", uri=live.address + "index.html")
    says(live, "There is no picture at this address. Drop the picture itself, or its file.")
    live.expected_errors = ("404",)
    missing = live.address + "photos/none.png"
    give_text(live, "drop", uri=missing)
    says(live, f"{missing} is missing on the server (status 404). Try another picture.")


def test_a_picture_in_its_address_is_taken(live: LivePage, photo_folder: Path) -> None:
    give_text(live, "drop", uri=data_address(photo_folder / "chelsea.png"))
    saw(live, "cat")


@pytest.mark.parametrize(
    "address", ["data:image/png;base64,%%", "data:text/html,<p>none</p>", "file:///a.png", "a cat"]
)
def test_what_is_no_picture_is_said(live: LivePage, address: str) -> None:
    give_text(live, "drop", plain=address)
    says(live, "There is no picture in what was dropped. Drop a photo, a video or a folder of them.")


def test_a_sample_that_is_dragged_onto_the_picture(live: LivePage) -> None:
    sample = live.page.locator("#samples img").nth(1)
    sample.wait_for()
    sample.drag_to(live.page.locator("#status"))
    saw(live, "cat")


# Paste


def paste(live: LivePage, **kinds: str) -> None:
    """Copy it, and press Control and V."""
    named = {
        {"png": "image/png", "html": "text/html", "plain": "text/plain"}[name]: kinds[name] for name in kinds
    }
    live.page.evaluate(COPY, named)
    live.page.keyboard.press("Control+V")


@pytest.fixture
def pasting(visit: Visit) -> LivePage:
    opened = visit(init=COUNT_REQUESTS, permissions=CLIPBOARD)
    opened.until_python()
    return opened


def test_a_picture_beside_its_web_page_is_taken_once(pasting: LivePage) -> None:
    paste(pasting, png="/photos/chelsea.png", html=f'<img src="{ELSEWHERE}">', plain=ELSEWHERE)
    saw(pasting, "cat")
    assert not [url for url in pasting.requested if "elsewhere" in url]


def test_pictures_within_a_web_page_are_taken(live: LivePage, photo_folder: Path) -> None:
    cat, cup = data_address(photo_folder / "chelsea.png"), data_address(photo_folder / "coffee.png")
    dot = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
    give_text(
        live,
        "paste",
        html=f'<p>A <img src="{dot}"><img src="{ELSEWHERE}"><img src="{cat}"><img src="{cat}"><img src="{cup}">',
    )
    saw(live, "cat", "cup")
    assert not [url for url in live.requested if "elsewhere" in url]


def test_a_web_page_with_pictures_elsewhere(pasting: LivePage) -> None:
    paste(pasting, html=f'<p>A cat: <img src="{ELSEWHERE}"></p>', plain="A cat:")
    says(pasting, NOT_FETCHED)
    assert not [url for url in pasting.requested if "elsewhere" in url]


def test_a_paste_without_a_picture_says_so_but_not_to_who_types(pasting: LivePage) -> None:
    paste(pasting, plain="a cat")
    says(pasting, NO_PICTURE)
    pasting.page.click("#more")
    expect(pasting.page.locator("#toast")).to_be_empty()
    pasting.page.focus("#class-search")
    paste(pasting, plain="cat")
    assert pasting.page.input_value("#class-search") == "cat"
    expect(pasting.page.locator("#toast")).to_be_empty()
    pasting.page.focus("#threshold")  # which takes no text
    paste(pasting, plain="a cat")
    says(pasting, NO_PICTURE)
    pasting.page.focus("#class-search")
    paste(pasting, png="/photos/chelsea.png")
    saw(pasting, "cat")


# The message


def test_the_message_goes_by_itself_and_disturbs_no_camera(visit: Visit, camera_browser: Browser) -> None:
    live = visit(
        using=camera_browser,
        permissions=["camera"],
        init="""
const { setTimeout: real } = window;
window.setTimeout = (what, ms, ...rest) => {
  (window.timers ??= {})[ms] = what;
  return real(what, ms, ...rest);
};
""",
    )
    live.until_python()
    live.start()
    live.until("running")
    live.until_results(2)
    give_text(live, "drop", uri=ELSEWHERE)
    says(live, NOT_FETCHED)
    count = len(live.results)
    live.until_results(count + 2)
    assert live.data["state"] == "running"
    live.page.hover("#toast p")
    expire = f"window.timers[{5000 + 80 * len(NOT_FETCHED + ' ')}]()"
    live.page.evaluate(expire)
    says(live, NOT_FETCHED)  # somebody is reading it
    live.page.mouse.move(1, 1)
    live.page.evaluate(expire)
    expect(live.page.locator("#toast")).to_be_empty()
    assert live.data["state"] == "running"


def test_the_message_is_told_to_screen_readers_and_speaks_the_pages_language(visit: Visit) -> None:
    live = visit("?lang=de")
    live.until_python()
    live.page.locator("html[lang=de]").wait_for(state="attached")
    place = live.page.locator("#toast")
    assert place.get_attribute("role") == "status" and place.is_enabled()
    assert live.page.evaluate("getComputedStyle(document.getElementById('toast')).display") != "none"
    give_text(live, "paste", plain="Katze")
    says(
        live,
        "In der Zwischenablage ist kein Bild. Kopiere ein Bild, oder speichere es und zieh seine Datei hierher.",
    )
    live.python("""
app.settings.change("lang", "en")
answer(None)
""")
    live.page.locator("html[lang=en]").wait_for(state="attached")
    says(live, NO_PICTURE)
