"""Settings: every name, every kind of value, good and bad; nothing bad is fatal in parse()."""

from detector.errors import SettingError
from detector.labels import Labels
from detector.settings import NAMES, Settings, parse
from tests.core.support import raises

# name, text as in an address, the value it gives
GOOD = (
    ("provider", "webgpu", "webgpu"),
    ("provider", "wasm", "wasm"),
    ("model", "other-net", "other-net"),
    ("threshold", "0.75", 0.75),
    ("threshold", "0", 0.0),
    ("threshold", "1", 1.0),
    ("threshold", ".3", 0.3),
    ("iou", "0.45", 0.45),
    ("max", "1", 1),
    ("max", "200", 200),
    ("classes", "person", "person"),
    ("classes", " Dog , CAT ", "dog,cat"),
    ("classes", "", ""),
    ("facing", "environment", "environment"),
    ("camera", "HD Webcam (0c45:6366)", "HD Webcam (0c45:6366)"),
    ("camera", "", ""),
    ("resolution", "640x480", "640x480"),
    ("resolution", "auto", "auto"),
    ("mirror", "0", "0"),
    ("mirror", "auto", "auto"),
    ("boxes", "corners", "corners"),
    ("skip", "3", 3),
    ("skip", "0", 0),
    ("skip", "auto", "auto"),
    ("announce", "0", False),
    ("autostart", "1", True),
    ("autostart", "0", False),
    ("lang", "pt-BR", "pt-BR"),
    ("lang", "", ""),
    ("python", "pyodide", "pyodide"),
)

BAD = (
    ("provider", "cuda"),
    ("provider", ""),
    ("model", " "),
    ("threshold", "1.5"),
    ("threshold", "-0.1"),
    ("threshold", "nan"),
    ("threshold", "inf"),
    ("threshold", "half"),
    ("threshold", ""),
    ("iou", "2"),
    ("max", "0"),
    ("max", "201"),
    ("max", "2.5"),
    ("max", "-3"),
    ("max", "99999999999999999999999"),
    ("facing", "left"),
    ("camera", "x" * 201),
    ("resolution", "640"),
    ("resolution", "1x1"),
    ("mirror", "true"),
    ("boxes", "dots"),
    ("skip", "-1"),
    ("skip", "often"),
    ("skip", "1001"),
    ("autostart", "yes"),
    ("lang", "<b>"),
    ("python", "cpython"),
)


def test_defaults() -> None:
    settings, problems = parse([])
    assert problems == []
    assert (settings.provider, settings.model, settings.python) == ("auto", "coco-ssd-lite", "micropython")
    assert (settings.threshold, settings.iou, settings.max) == (0.5, 0.6, 20)
    assert (settings.classes, settings.allow, settings.deny) == ("", None, frozenset())
    assert (settings.facing, settings.mirror, settings.skip) == ("user", "auto", "auto")
    assert (settings.autostart, settings.lang) == (False, "")


def test_good_values_are_taken() -> None:
    for name, text, value in GOOD:
        settings, problems = parse([(name, text)])
        assert problems == [] and getattr(settings, name) == value, (name, text)
        assert type(getattr(settings, name)) is type(value), (name, text)


def test_bad_values_are_told_and_ignored() -> None:
    for name, text in BAD:
        settings, problems = parse([(name, text)])
        assert len(problems) == 1 and name in problems[0] and "Give " in problems[0], (name, text)
        assert getattr(settings, name) == getattr(Settings(), name), (name, text)


def test_one_bad_value_does_not_spoil_the_others() -> None:
    settings, problems = parse([("threshold", "0.7"), ("max", "many"), ("iou", "0.4")])
    assert (settings.threshold, settings.iou, settings.max, len(problems)) == (0.7, 0.4, 20, 1)


def test_unknown_names_are_told_and_ignored() -> None:
    for name in ("colour", "", "changed", "__init__", "allow", "_set"):
        settings, problems = parse([(name, "1")])
        assert problems == [f'There is no setting named "{name}".'] and settings.as_query() == []


def test_the_last_of_several_counts_and_names_may_be_in_capitals() -> None:
    assert parse([("threshold", "0.2"), ("Threshold", "0.3")])[0].threshold == 0.3


def test_classes_allow_and_hide() -> None:
    settings, problems = parse([("classes", "person, -cat, !dog, cell phone, person")])
    assert problems == [] and settings.classes == "person,cell phone,-cat,-dog"
    assert settings.allow == frozenset(["person", "cell phone"]) and settings.deny == frozenset(
        ["cat", "dog"]
    )
    settings, _ = parse([("classes", "-cat")])
    assert settings.allow is None and settings.deny == frozenset(["cat"])


def test_unknown_classes_are_told_and_ignored() -> None:
    settings, problems = parse([("classes", "dog,dragon,-unicorn,,")])
    assert problems == ['classes: there is no class "dragon".', 'classes: there is no class "unicorn".']
    assert settings.allow == frozenset(["dog"]) and settings.deny == frozenset()
    settings, problems = parse([("classes", "dragon")])
    assert settings.allow is None and len(problems) == 1  # rather than a page that never shows anything


def test_classes_are_those_of_the_model() -> None:
    labels = Labels([(1, "Dragon")])
    settings, problems = parse([("classes", "dragon,person")], labels)
    assert settings.allow == frozenset(["Dragon"]) and len(problems) == 1


def test_changed_gives_a_new_one() -> None:
    before = Settings()
    after = before.changed("threshold", 0.7).changed("classes", "dog").changed("autostart", True)
    assert (before.threshold, before.allow, before.autostart) == (0.5, None, False)
    assert (after.threshold, after.allow, after.autostart) == (0.7, frozenset(["dog"]), True)
    assert after.changed("classes", "").allow is None
    assert after.changed("skip", 2).skip == 2


def test_changed_refuses_what_is_bad() -> None:
    settings = Settings()
    assert "from 0 to 1" in str(raises(SettingError, settings.changed, "threshold", 7))
    assert "There is no setting" in str(raises(SettingError, settings.changed, "colour", "red"))
    assert "dragon" in str(raises(SettingError, settings.changed, "classes", "dog,dragon"))
    raises(SettingError, settings.changed, "threshold", None)
    raises(SettingError, settings.changed, "max", 2.5)


def test_as_query_gives_only_what_is_not_the_default_and_leads_back() -> None:
    pairs = [
        ("provider", "wasm"),
        ("threshold", "0.75"),
        ("max", "5"),
        ("classes", "dog,-cat"),
        ("mirror", "0"),
        ("skip", "2"),
        ("autostart", "1"),
        ("lang", "de"),
    ]
    settings, problems = parse(pairs + [("iou", "0.6")])
    assert problems == [] and settings.as_query() == pairs
    again, _ = parse(settings.as_query())
    for name in NAMES:
        assert getattr(again, name) == getattr(settings, name), name
    assert Settings().as_query() == []


def test_too_much_of_anything_is_ignored() -> None:
    """Anybody can make a link: none may fill the page with words, or keep it busy."""
    settings, problems = parse([("max", "7")] + [("colour", "red")] * 5000 + [("max", "9")])
    assert settings.max == 7 and len(problems) == 21
    assert problems[-1] == "And 4981 more were ignored."
    _, problems = parse([("classes", "dragon," * 400)])
    assert len(problems) == 21 and problems[-1] == "And 380 more were ignored."
    for name in NAMES + ("x" * 70_000,):
        settings, problems = parse([(name, "9" * 70_000)])
        assert len(problems) == 1 and len(problems[0]) < 400, name
        assert settings.as_query() == [], name
    _, problems = parse([("classes", "person," * 1000)])
    assert len(problems) == 1 and "commas" in problems[0]


def test_numbers_are_of_plain_digits() -> None:
    for text in ("²", "١٢", "1_0", "+5", "0x5", "5.0", " 5 5", "५"):
        settings, problems = parse([("max", text), ("skip", text)])
        assert len(problems) == 2 and settings.as_query() == [], text
