"""Every text that the page may show is there in every language, and nothing else is."""

import json
from pathlib import Path

import pytest

from detector.labels import COCO_LABELS
from detector.language import LANGUAGES, RIGHT_TO_LEFT, Words, normal
from tools.check import translations
from tools.common import paths
from tools.serve import content, generated

TRANSLATED = [language for language in LANGUAGES if language != "en"]
TEXTS = translations.texts()


def test_there_is_a_file_for_each_language_and_for_no_other() -> None:
    assert sorted(path.name for path in translations.LANGUAGES.iterdir()) == [
        f"{language}.json" for language in sorted(TRANSLATED)
    ]
    assert set(RIGHT_TO_LEFT) <= set(TRANSLATED)


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_text_is_missing_and_none_is_unused(language: str) -> None:
    said = translations.read(language)["words"]
    assert [f"{text!r} of {TEXTS[text]}" for text in TEXTS if text not in said] == []
    assert [text for text in said if text not in TEXTS] == [], "these are said nowhere any more"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_class_has_a_name_of_its_own(language: str) -> None:
    labels = translations.read(language)["labels"]
    assert sorted(labels) == sorted(COCO_LABELS.names())
    assert len(set(labels.values())) == len(labels)


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_are_texts_with_the_fields_of_the_original(language: str) -> None:
    for text, said in [pair for table in translations.read(language).values() for pair in table.items()]:
        assert isinstance(said, str) and said == normal(said) != "", f"{text!r}: {said!r}"
        assert translations.fields(said) == translations.fields(text), f"{text!r}: {said!r}"
        assert said.count("{") == said.count("}") == len(translations.fields(said)), f"{text!r}: {said!r}"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_page_that_changes_its_language_finds_the_way_back(language: str) -> None:
    spoken = Words(**translations.read(language))
    back = spoken.inverse()
    for text in TEXTS:
        if "{" not in text:
            assert back.told(spoken.told(text)) == text, (
                f"{spoken.told(text)!r} is said for another text, too"
            )


def test_each_language_writes_in_its_own_script() -> None:
    """A file under the wrong name, or left in English, has other letters."""
    letters = {"ar": ("\u0621", "\u064a"), "hi": ("\u0905", "\u0939"), "ja": ("ぁ", "ヺ"), "zh": ("一", "鿿")}
    for language in TRANSLATED:
        said = "".join(translations.read(language)["words"].values())
        for other, (first, last) in letters.items():
            if other != language and (language, other) != ("ja", "zh"):
                assert not any(first <= letter <= last for letter in said), (
                    f"{language} has letters of {other}"
                )
        if language in letters:
            first, last = letters[language]
            assert sum(first <= letter <= last for letter in said) > 500
    tables = {language: translations.read(language)["words"] for language in TRANSLATED}
    for language, table in tables.items():
        same = [text for text, said in table.items() if said == text and not translations.fields(text)]
        assert len(same) < 8, f"{language} leaves in English: {same}"


def test_what_is_told_from_afar_is_in_its_file() -> None:
    for name, texts in translations.SAID.items():
        source = (paths.ROOT / name).read_text("utf-8")
        for text in texts:
            for sentence in [one for piece in translations.pieces(text) for one in piece.split(". ")]:
                assert sentence in source, f"{name} no longer says {sentence!r} of {text!r}"


def test_no_two_texts_differ_in_the_names_of_their_fields_alone() -> None:
    shapes = ["\0".join(translations.pieces(text)) for text in TEXTS]
    assert [text for text, shape in zip(TEXTS, shapes, strict=True) if shapes.count(shape) > 1] == []


def test_texts_are_read_from_a_page(tmp_path: Path) -> None:
    browser = tmp_path / "detector/browser"
    browser.mkdir(parents=True)
    (tmp_path / "index.html").write_text(
        '<head><title>Head</title></head><body><p title="A title">Some\n  text <b>in bold</b>, 50%</p>'
        "<script>let code;</script><noscript>Never</noscript><p>50%</p><img alt='Of a picture'><p>After it</p>",
        "utf-8",
    )
    (tmp_path / "detector/errors.py").write_text(
        'class OneError:\n    default_message = "It failed."\n    default_hint = ""\n    code = "one"\n'
    )
    (browser / "page.py").write_text(
        "word('{count} boxes', count=1)\n"
        "page.enter('idle')\n"
        "progress.enter('Loading')\n"
        "raise SomeError('No ' + str(response.status) + f', {name}: {self.name}', hint)\n"
        "show(word('Yes') if yes else word('No'), 'unseen by anybody')\n"
        "tell('One' if one else 'Several')\n"
    )
    found = translations.texts(tmp_path)
    from_page = [text for text, name in found.items() if name.startswith("detector/browser/page")]
    assert [text for text, name in found.items() if name == "index.html"] == [
        "A title",
        "Some text",
        "in bold",
        "Of a picture",
        "After it",
    ]
    assert "It failed." in found and "one" not in found
    assert sorted(from_page) == sorted(
        ["{count} boxes", "Loading", "No {status}, {name}: {name2}", "Yes", "No", "One", "Several"]
    )


def test_languages_are_served_and_kept_offline_only_once_they_were_used() -> None:
    served = content.listing(paths.ROOT)
    worker = generated.service_worker(paths.ROOT).decode()
    about = json.loads(worker[worker.index("{") : worker.rindex("}") + 1])
    for language in TRANSLATED:
        name = f"web/languages/{language}.json"
        assert name in served and name in about["files"] and name not in about["first"]
    assert "web/style.css" in about["first"]
