"""The page in other languages: what visitors read, and what programs go on reading in English."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from detector.labels import COCO_LABELS
from detector.language import LANGUAGES, Words
from tests.browser.live_page import LivePage
from tools.check import translations

Visit = Callable[..., LivePage]

# What the overlay writes on its canvas.
WRITTEN = """
window.written = [];
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  window.written.push([text, this.textAlign, this.direction]);
  return fillText.call(this, text, ...rest);
};
"""
LANGUAGE_FILES = "**/web/languages/*.json"


def translated(language: str) -> tuple[dict[str, str], dict[str, str]]:
    tables = translations.read(language)
    return tables["words"], tables["labels"]


def language_files(live: LivePage) -> list[str]:
    return [url.rpartition("/")[2] for url in live.requested if "/languages/" in url]


def until_early_language(live: LivePage, tag: str) -> None:
    """Until what stands in the page is said in a language: that is before Python is up."""
    live.page.locator(f'html[lang="{tag}"]').wait_for(state="attached")


UNTIL_SPOKEN = """
import asyncio
from detector.browser.platform import language
while language.full_tag(language.speaker().language) != {!r}:
    await asyncio.sleep(0.01)
answer(None)
"""


SPEAK = """
from detector.browser.platform import language
told = []
await language.speak({!r}, told.append)
answer(told)
"""


def until_language(live: LivePage, tag: str) -> None:
    """Until the page's Python speaks it, too."""
    until_early_language(live, tag)
    live.until_python()
    live.python(UNTIL_SPOKEN.format(tag))


def look(live: LivePage, photo: Path) -> None:
    live.until_python()
    live.page.click("#more")
    live.give_files(photo)
    live.until("ready")


def test_german_is_shown_and_english_is_published(visit: Visit, photo_folder: Path) -> None:
    said, labels = translated("de")
    live = visit("?lang=de", init=WRITTEN)
    until_language(live, "de")
    assert live.page.inner_text("#empty .title") == said["What do you see?"]
    assert live.page.inner_text("#start") == said["Start"]
    assert live.page.get_attribute("#stage", "aria-label") == said["Picture"]
    assert live.page.get_attribute("#snapshot", "title") == said["Save the picture with its boxes"]
    sample = live.page.locator("#samples img").first
    sample.wait_for()
    title = said["Coffee on a wooden table"]
    assert sample.get_attribute("alt") == said["Sample: {title}"].format(title=title)
    assert str(live.page.locator("#samples button").first.get_attribute("title")).startswith(f"{title} (")
    look(live, photo_folder / "chelsea.png")
    assert live.labels() == ["cat"], "what programs read is English"
    assert live.page.inner_text("#found") == labels["cat"] == "Katze"
    assert live.page.inner_text("#announce") == "Katze 1"
    assert live.page.inner_text("#stop") == said["Close"]
    (caption, *_) = live.page.evaluate("window.written.at(-1)")
    assert caption.startswith("Katze ") and caption.endswith("%")
    assert said["Run the network"] in live.page.inner_text("#timings")
    progress = [told["stage"] for told in live.published("progress")]
    assert "Loading the model" in progress and said["Loading the model"] not in progress
    assert language_files(live) == ["de.json"]


def test_several_things_of_a_kind_in_spanish(visit: Visit, photo_folder: Path) -> None:
    _, labels = translated("es")
    live = visit("?lang=es&threshold=0.2")
    until_language(live, "es")
    look(live, photo_folder / "coffee.png")
    found = live.labels()
    assert len(found) > 1
    for name in set(found):
        times = f"{found.count(name)} × " if found.count(name) > 1 else ""
        assert times + labels[name] in live.page.inner_text("#found").split("\n")


@pytest.mark.parametrize("width", [360, 1280])
def test_arabic_runs_from_right_to_left(visit: Visit, photo_folder: Path, width: int) -> None:
    said, labels = translated("ar")
    live = visit("?lang=ar", init=WRITTEN, viewport={"width": width, "height": 740})
    until_language(live, "ar")
    assert live.page.evaluate("document.documentElement.dir") == "rtl"
    assert live.page.inner_text("#empty .title") == said["What do you see?"]
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert live.page.evaluate(overflow) == 0
    look(live, photo_folder / "chelsea.png")
    assert live.page.evaluate(overflow) == 0
    assert live.labels() == ["cat"]
    text, align, direction = live.page.evaluate("window.written.at(-1)")
    assert text.startswith(labels["cat"]) and (align, direction) == ("left", "rtl")
    panel, stage = (live.page.locator(name).bounding_box() for name in ("#panel", "#stage"))
    assert panel and stage
    if width > 860:
        assert panel["x"] < stage["x"], "the panel is on the other side"
    start, more = (live.page.locator(name).bounding_box() for name in ("#stop", "#more"))
    assert start and more and start["x"] > more["x"], "the bar begins at the right"


@pytest.mark.parametrize(
    ("locale", "tag", "start"),
    [
        ("fr-CH", "fr", "Démarrer"),
        ("pt-PT", "pt", "Iniciar"),
        ("zh-CN", "zh-Hans", "开始"),
        ("zh-TW", "en", "Start"),
        ("sv-SE", "en", "Start"),
    ],
)
def test_the_browser_says_which_language(visit: Visit, locale: str, tag: str, start: str) -> None:
    live = visit(locale=locale)
    live.until_python()
    until_language(live, tag)
    assert live.page.inner_text("#start") == start
    assert live.page.evaluate("document.documentElement.dir") in ("ltr", "")


def test_the_address_is_stronger_than_the_browser(visit: Visit) -> None:
    live = visit("?lang=ja", locale="fr-FR")
    until_language(live, "ja")
    assert language_files(live) == ["ja.json"]


def test_english_fetches_no_language(visit: Visit, photo_folder: Path) -> None:
    for live in (visit("?lang=en", locale="fr-FR"), visit("?lang=en-GB"), visit()):
        look(live, photo_folder / "chelsea.png")
        assert live.page.get_attribute("html", "lang") == "en"
        assert live.page.inner_text("#found") == "cat"
        assert language_files(live) == []


def test_a_language_that_there_is_not_is_said_and_the_browser_decides(visit: Visit) -> None:
    live = visit("?lang=sv", locale="de-DE")
    until_language(live, "de")
    live.page.click("#more")
    said, _ = translated("de")
    problem = said['lang: there is no translation for "{wanted}".'].format(wanted="sv")
    assert live.page.inner_text("#notes") == problem


@pytest.mark.parametrize(
    ("answer", "why"),
    [({"status": 404}, "status 404"), ({"body": "<!doctype html>"}, "JSON"), ({"body": "{}"}, "words")],
    ids=["missing", "a page", "no words"],
)
def test_a_language_that_does_not_arrive_leaves_english(
    visit: Visit, photo_folder: Path, answer: dict[str, object], why: str
) -> None:
    def answered(route: Route) -> None:
        route.fulfill(**answer)  # type: ignore[arg-type]

    live = visit("?lang=de", route=(LANGUAGE_FILES, answered))
    live.expected_errors = ("404",)
    look(live, photo_folder / "chelsea.png")
    live.page.locator("#notes li").wait_for()
    told = live.page.inner_text("#notes")
    assert told.startswith("The words of this language did not arrive (") and why in told
    assert live.page.get_attribute("html", "lang") == "en"
    assert live.page.inner_text("#found") == "cat" and live.labels() == ["cat"]
    assert live.published("error") == []


def test_a_text_without_a_translation_stays_english(visit: Visit) -> None:
    tables = translations.read("de")
    del tables["words"]["Start"]

    def answered(route: Route) -> None:
        route.fulfill(body=json.dumps(tables))

    live = visit("?lang=de", route=(LANGUAGE_FILES, answered))
    until_language(live, "de")
    assert live.page.inner_text("#start") == "Start"
    assert live.page.inner_text("#more") == tables["words"]["Details"]


def test_what_could_not_be_read_is_explained_in_french(
    visit: Visit, tmp_path: Path, photo_folder: Path
) -> None:
    said, labels = translated("fr")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    live = visit("?lang=fr&threshold=2")
    until_language(live, "fr")
    live.page.click("#more")
    live.give_files(broken)
    live.page.locator("#error").wait_for()
    assert live.error_text.startswith(said["{name} cannot be read as a picture."].format(name="broken.png"))
    assert said["Try a JPEG, PNG or WebP photo."] in live.error_text
    assert live.published("error")[-1]["message"] == "broken.png cannot be read as a picture."
    live.give_files(broken, photo_folder / "chelsea.png")
    live.until_results(1)
    live.page.locator("#notes li").nth(1).wait_for()
    setting, file = live.page.inner_text("#notes").split("\n")
    problem = said['{name}="{text}" is not valid. Give {valid}.']
    assert setting == problem.format(name="threshold", text="2", valid=said["a number from 0 to 1"])
    assert file.endswith(said["Try a JPEG, PNG or WebP photo."])
    assert live.page.inner_text("#found") == labels["cat"]


def test_the_language_can_be_changed_while_the_page_is_open(visit: Visit, photo_folder: Path) -> None:
    live = visit("?lang=de")
    until_language(live, "de")
    look(live, photo_folder / "chelsea.png")
    page = live.page
    for tag in ("ar", "fr", "en"):
        assert live.python(SPEAK.format(tag)) == []
        said, labels = ({}, {}) if tag == "en" else translated(tag)
        assert page.get_attribute("html", "lang") == tag
        assert page.get_attribute("html", "dir") == ("rtl" if tag == "ar" else "ltr")
        assert page.inner_text("#found") == labels.get("cat", "cat")
        for name, text in (
            ("#stop", "Close"),
            ("#empty .title", "What do you see?"),
            ("#full-size", "Save at full size"),
        ):
            assert page.text_content(name) == said.get(text, text)
        assert page.get_attribute("#stage", "data-drop") == said.get(
            "Drop to look at it", "Drop to look at it"
        )


# With a language in which every letter is an ø: what is read in other letters was not translated.
NOT_TRANSLATED = r"""
() => {
  const names = /WebAssembly|WebGPU|WebGL|MicroPython|Onlooker|JSON|CSV|COCO|PNG|JPEG|WebP|"colour"|\b(ms|MB)\b/g;
  const chromiums = /Cannot read .*'installing'/g;
  const found = [];
  const look = (text) => /[a-z]/i.test(text.replaceAll(chromiums, "").replaceAll(names, "")) && found.push(text.trim());
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (!node.parentNode.matches("script, noscript, style, pre, mpy-config, py-config, option[lang]")) look(node.data);
  for (const name of ["title", "aria-label", "placeholder", "alt", "data-drop"])
    for (const element of document.body.querySelectorAll(`[${name}]:not(#samples button)`))
      look(element.getAttribute(name));
  return found;
}
"""


def in_no_letters(text: str) -> str:
    return re.sub(r"(\{\w*\})|[A-Za-z]", lambda found: found[1] or "ø", text)


def test_nothing_is_shown_that_has_no_translation(visit: Visit, photo_folder: Path) -> None:
    strange = {
        "words": {text: in_no_letters(text) for text in translations.texts()},
        "labels": {name: in_no_letters(name) for name in COCO_LABELS.names()},
    }

    def answered(route: Route) -> None:
        route.fulfill(body=json.dumps(strange))

    live = visit("?lang=de&provider=webgpu&colour=red", route=(LANGUAGE_FILES, answered))
    until_language(live, "de")
    live.page.locator("#samples img").first.wait_for()
    assert live.page.evaluate(NOT_TRANSLATED) == []
    look(live, photo_folder / "chelsea.png")
    assert live.page.inner_text("#found") == "øøø"
    assert live.page.inner_text("#notes") and live.page.locator("#reasons li").count() == 2
    assert live.page.evaluate(NOT_TRANSLATED) == []
    live.page.click("#stop")
    live.until("idle")
    assert live.page.evaluate(NOT_TRANSLATED) == []


# Of the network: Python never starts, so what is said is said before it.
NO_PYTHON = ("**/micropython.mjs", lambda route: None)
MISSING_PYTHON = ("**/micropython.mjs", lambda route: route.fulfill(status=404))


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_before_python_is_up_the_page_speaks_already(visit: Visit, language: str) -> None:
    said, _ = translated(language)
    live = visit(locale=language, route=NO_PYTHON)
    until_early_language(live, "zh-Hans" if language == "zh" else language)
    page = live.page
    expect(page.locator("#empty .title")).to_have_text(said["What do you see?"])
    assert page.get_attribute("#stage", "aria-label") == said["Picture"]
    assert page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
    page.click("#start")
    expect(page.locator("#progress-text")).to_have_text(said["Starting Python"])
    counted = said["{received} of {total} MB"].replace("{received}", r"[\d.]+").replace("{total}", r"[\d.]+")
    expect(page.locator("#progress-bytes")).to_have_text(re.compile(f"{said['Model']} .*{counted}"))
    assert language_files(live) == [f"{language}.json"]


def test_a_python_that_cannot_start_is_explained_in_spanish(visit: Visit) -> None:
    said, _ = translated("es")
    live = visit("?lang=es", route=MISSING_PYTHON)
    live.expected_errors = ("404", "Failed to fetch", "error loading")
    live.page.locator("#error").wait_for()
    until_early_language(live, "es")
    expect(live.page.locator("#error-title")).to_have_text(said["The page could not start its Python."])
    hint = "Check the connection and try again. If it stays, a file of this page is missing on its server."
    expect(live.page.locator("#error-hint")).to_have_text(said[hint])
    assert live.published("error")[0]["message"] == "The page could not start its Python."


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name != "en"])
def test_what_was_said_early_is_not_said_otherwise_later(language: str) -> None:
    spoken = Words(**translations.read(language))
    for text in translations.texts():
        if "{" not in text:
            once = spoken.told(text)
            assert spoken.told(once) == once, "web/words.js has translated it, and Python does it again"


def test_english_reads_nothing_of_other_languages(visit: Visit) -> None:
    live = visit()
    live.until_python()
    assert not [url for url in live.requested if "words.js" in url or "languages" in url or "unserved" in url]


def test_the_language_is_chosen_in_the_panel_while_the_camera_runs(
    visit: Visit, camera_browser: Browser
) -> None:
    live = visit("?classes=person", using=camera_browser, init=WRITTEN)
    live.until_python()
    live.page.click("#more")
    live.start()
    live.until_results(2)
    choice = live.page.locator("#set-lang")
    for tag in ("ar", "de"):
        said, labels = translated(tag)
        choice.select_option(tag)
        until_language(live, tag)
        assert f"lang={tag}" in live.page.url
        expect(live.page.locator("#stop")).to_have_text(said["Stop"])
        expect(live.page.locator("#found")).to_have_text(labels["person"])
        only = live.page.locator("#class-list li", has_text=labels["hot dog"]).locator("button").first
        expect(only).to_have_text(said["Only"])
        assert only.get_attribute("aria-label") == f"{said['Only']} {labels['hot dog']}"
        before = len(live.page.evaluate("window.written"))
        live.until_results(len(live.results) + 2)
        assert live.page.evaluate("window.written")[before:][-1][0].startswith(labels["person"])
    names = live.page.locator("#class-list li span").all_text_contents()
    assert names == sorted(names) and names[0] == "Ampel"
    assert [event["state"] for event in live.published("state")] == ["loading", "running"], (
        "the stream goes on"
    )
    live.open("")  # the next visit
    until_language(live, "de")
    live.page.click("#more")
    expect(choice).to_have_value("de")
    live.page.click("#reset")
    until_language(live, "en")
    expect(live.page.locator("#found")).to_have_text("Nothing yet")


@pytest.mark.parametrize("width", [360, 1280])
def test_no_language_is_too_long_for_the_page(visit: Visit, photo_folder: Path, width: int) -> None:
    live = visit(viewport={"width": width, "height": 740})
    look(live, photo_folder / "chelsea.png")
    for language in (name for name in LANGUAGES if name != "en"):
        assert live.python(SPEAK.format(language)) == []
        assert live.page.evaluate("document.documentElement.scrollWidth") == width, language
        for name in ("#start", "#stop", "#choose", "#snapshot", "#more"):
            button = live.page.locator(name)
            box = button.bounding_box()
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= width, (
                f"{name}: {language} is cut off"
            )
            assert button.evaluate("(it) => it.scrollWidth <= it.clientWidth"), f"{name}: {language} is long"
        assert live.page.inner_text("#more") == translated(language)[0]["Details"]
