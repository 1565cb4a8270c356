"""What is said of a changing picture: what stays, what flickers, and how often."""

from detector.tracking.announcing import Announcer, in_words


def said(*results: tuple) -> list:
    """What is said at each (time, counts)."""
    announcer = Announcer(steady=2, rest_ms=1000.0)
    return [in_words(*announcer.update(counts, time)) for time, counts in results]


def test_what_appears_and_stays_is_said_once() -> None:
    person = {"person": 1}
    assert said((0, person), (100, person), (200, person), (5000, person)) == [
        "",
        "Appeared: person.",
        "",
        "",
    ]


def test_what_flickers_is_not_said() -> None:
    assert said((0, {"dog": 1}), (2000, {}), (4000, {"dog": 1}), (6000, {})) == ["", "", "", ""]


def test_what_leaves_is_said_and_how_many() -> None:
    three, one = {"cup": 3, "cat": 1}, {"cup": 1}
    told = said((0, three), (100, three), (2000, one), (2100, one), (9000, {}), (9100, {}))
    assert told == ["", "Appeared: cat, cup 3.", "", "Left: cat, cup 2.", "", "Left: cup."]


def test_changes_wait_for_their_turn_and_are_said_together() -> None:
    told = said(
        (0, {"cup": 1}),
        (100, {"cup": 1}),
        (300, {"dog": 1}),
        (600, {"dog": 1}),
        (900, {"dog": 1}),
        (1200, {"dog": 1}),
    )
    assert told == ["", "Appeared: cup.", "", "", "", "Appeared: dog. Left: cup."]


def test_what_came_and_went_meanwhile_is_not_said() -> None:
    told = said((0, {"cup": 1}), (1, {"cup": 1}), (2, {}), (3, {}), (4, {"cup": 1}), (2000, {"cup": 1}))
    assert told == ["", "Appeared: cup.", "", "", "", ""]


def test_another_picture_begins_anew() -> None:
    announcer = Announcer(steady=1)
    assert announcer.update({"cup": 1}, 0.0) == ([("cup", 1)], [])
    announcer.forget()
    assert announcer.update({"cup": 1}, 1.0) == ([("cup", 1)], [])
