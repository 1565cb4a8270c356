"""Which language is picked, and how texts are said in it."""

from detector.language import LANGUAGES, Words, best, direction, full_tag, normal

GERMAN = Words(
    {
        "Stop": "Stopp",
        "still scene": "ruhiges Bild",
        "{count} a second": "{count} pro Sekunde",
        "{some} of {all} MB": "von {all} MB {some}",
        "Not {provider}: {reason}": "Ohne {provider}: {reason}",
        "{reason}, measured on an earlier visit": "{reason}, früher gemessen",
        "{reason}, too little to change for": "{reason}, zu wenig",
        "{time} ms against {other}": "{time} ms gegen {other}",
    },
    {"person": "Person", "cat": "Katze"},
)


def test_the_best_of_several_languages() -> None:
    assert best(["de"]) == "de"
    assert best(["pt-BR", "de"]) == "pt" == best(["PT_br"])
    assert best(["sv", "fr-CA", "de"]) == "fr"
    assert best(["en-GB", "de"]) == "en"
    assert best([]) == "" == best(["sv", "x-klingon", ""])


def test_chinese_in_traditional_characters_is_another_matter() -> None:
    for tag in ("zh", "zh-CN", "zh-SG", "zh-Hans", "zh-Hans-HK"):
        assert best([tag, "fr"]) == "zh"
    for tag in ("zh-TW", "zh-HK", "zh-Hant", "zh-Hant-CN"):
        assert best([tag]) == ""
        assert best([tag, "fr"]) == "fr"
        assert best([tag, "zh-CN"]) == "zh"


def test_tags_and_directions() -> None:
    assert [full_tag(language) for language in ("en", "pt", "zh")] == ["en", "pt", "zh-Hans"]
    assert [name for name in LANGUAGES if direction(name) == "rtl"] == ["ar"]
    assert direction("de") == "ltr"


def test_words_with_fields() -> None:
    assert GERMAN.word("Stop") == "Stopp"
    assert GERMAN.word("{count} a second", count=12) == "12 pro Sekunde"
    assert GERMAN.word("{some} of {all} MB", some=1, all=2) == "von 2 MB 1"


def test_what_has_no_translation_stays_english() -> None:
    assert GERMAN.word("Start") == "Start" == GERMAN.told("Start")
    assert GERMAN.word("{count} boxes", count=3) == "3 boxes"
    assert GERMAN.label("cat") == "Katze" and GERMAN.label("dragon") == "dragon"
    english = Words()
    assert english.word("{count} a second", count=12) == "12 a second"
    assert english.told("12 a second") == "12 a second" and english.label("cat") == "cat"


def test_a_finished_text_is_told_with_what_is_in_it() -> None:
    assert GERMAN.told("Stop") == "Stopp" and GERMAN.told("cat") == "Katze"
    assert GERMAN.told("12 a second") == "12 pro Sekunde"
    assert GERMAN.told("1.5 of 2.0 MB") == "von 2.0 MB 1.5"
    assert GERMAN.told("Not WebGPU: 9 ms against 12 ms, too little to change for") == (
        "Ohne WebGPU: 9 ms gegen 12 ms, zu wenig"
    )


def test_a_field_may_have_any_name() -> None:
    words = Words({"{text} of {self}: {fields}": "{self}, {text}, {fields}"})
    assert words.told("a of b: c") == "b, a, c"


def test_what_only_resembles_a_text_is_left_alone() -> None:
    for text in (" a second", "a second", "12 a second time", "Not WebGPU", "of  MB", "", "{", "}{"):
        assert GERMAN.told(text) == text


def test_the_way_back_to_english() -> None:
    back = GERMAN.inverse()
    for text in ("Stop", "person", "12 a second", "1.5 of 2.0 MB", "Not WebGPU: still scene"):
        said = GERMAN.told(text)
        assert said != text and back.told(said) == text


def test_what_is_filled_in_keeps_its_direction() -> None:
    """Else a Latin name and a number after it would change places in an Arabic line."""
    arabic = Words({"{name}, {size} MB": "{name}، {size} م"}, {}, "ar")
    said = arabic.told("a.png, 2.5 MB")
    assert said == "\u2068a.png\u2069، \u20682.5\u2069 م"
    assert arabic.inverse().told(said) == "a.png, 2.5 MB"
    assert arabic.listed(["a", "b"]) == "\u2068a\u2069، \u2068b\u2069"


def test_lists_have_the_commas_of_their_language() -> None:
    assert Words().listed(["a", "b", "c"]) == "a, b, c"
    assert Words({}, {}, "ja").listed(["a", "b"]) == "a、b"
    assert Words().listed([]) == ""


def test_texts_are_compared_without_the_layout_of_their_source() -> None:
    assert normal("\n   Full speed\n\tall the same ") == "Full speed all the same"
    assert normal("9\u00a0MB") == "9\u00a0MB"
    assert normal(" \n") == ""
