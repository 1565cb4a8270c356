"""Settings that change while something runs: who acts, who shows, in which order."""

from detector.errors import SettingError
from detector.live_settings import LiveSettings
from detector.settings import Settings
from tests.core.support import raises


def listening() -> "tuple[LiveSettings, list[str]]":
    settings = LiveSettings(Settings())
    heard: list[str] = []
    settings.on_shown(lambda name: heard.append("shown " + name))
    settings.on_change(("skip", "boxes"), lambda name: heard.append("acted on " + name))
    settings.on_change((), lambda name: heard.append("any " + name))
    return settings, heard


def test_those_who_act_come_before_those_who_show() -> None:
    settings, heard = listening()
    settings.change("skip", "3")
    assert settings.now.skip == 3
    assert heard == ["acted on skip", "any skip", "shown skip"]


def test_only_those_who_declared_interest_are_told() -> None:
    settings, heard = listening()
    settings.change("max", 5)
    assert heard == ["any max", "shown max"]


def test_the_same_value_again_is_no_change() -> None:
    settings, heard = listening()
    settings.change("max", settings.now.max)
    assert heard == []


def test_a_bad_value_changes_nothing_and_tells_nobody() -> None:
    settings, heard = listening()
    raises(SettingError, settings.change, "skip", "often")
    assert settings.now.skip == "auto"
    assert heard == []


def test_what_is_put_back_is_shown_and_not_acted_on() -> None:
    settings, heard = listening()
    settings.put_back("boxes", "corners")
    assert settings.now.boxes == "corners"
    assert heard == ["shown boxes"]


def test_whoever_acts_sees_the_new_value() -> None:
    settings = LiveSettings(Settings())
    seen = []
    settings.on_change(("max",), lambda name: seen.append(settings.now.max))
    settings.change("max", "7")
    assert seen == [7]
