"""Lines and zones as text: what is meant, what is none, and that it comes back."""

from detector.tracking.lines import Line
from detector.tracking.shapes import (
    LONGEST_NAME,
    MOST,
    clean_name,
    free_name,
    lines_of,
    lines_text,
    zones_of,
    zones_text,
)
from detector.tracking.zones import Zone


def test_a_line_and_a_zone() -> None:
    assert lines_of("door:0.5,0,0.5,1") == ([Line("door", 0.5, 0.0, 0.5, 1.0)], [])
    assert zones_of("till:0,0,1,0,0.5,1") == ([Zone("till", [(0.0, 0.0), (1.0, 0.0), (0.5, 1.0)])], [])
    assert lines_of("") == ([], []) and zones_of(" ; ") == ([], [])


def test_it_comes_back_as_text() -> None:
    for text in ("door:0.5,0,0.5,1", "a:0,0,1,1;b:0.123,0.5,1,0.25", ""):
        assert lines_text(lines_of(text)[0]) == text
    for text in ("till:0,0,1,0,0.5,1", "a:0,0,1,0,1,1,0,1;b:0,0,0.5,0,0.5,0.001"):
        assert zones_text(zones_of(text)[0]) == text
    assert lines_text(lines_of("x:0.12345,-0.0,1.0,0.10")[0]) == "x:0.123,0,1,0.1"


def test_what_is_none_is_said_and_the_others_stay() -> None:
    for bad in (
        "door",
        "0.5,0",
        "a:0,0,1",
        "a:0,0,1,2",
        "a:0,0,nan,1",
        "a:0.5,0.5,0.5,0.5",
        "a:0,0,1,1,0,1",
        "a:,,,",
    ):
        lines, problems = lines_of(bad + ";ok:0,0,1,1")
        assert [line.name for line in lines] == ["ok"], bad
        assert len(problems) == 1 and bad[:20] in problems[0] and "door:0.5,0,0.5,1" in problems[0]
    for bad in ("a:0,0,1,1", "a:0,0,1,1,0,0", "a:" + ",".join([f"0.{x},0.5" for x in range(10, 23)])):
        zones, problems = zones_of(bad)
        assert zones == [] and len(problems) == 1, bad
    assert lines_of("x" * 5000) == ([], ["lines: that is too long."])


def test_names() -> None:
    assert [line.name for line in lines_of("0,0,1,1;:0,1,1,1;2:0,0,1,0")[0]] == ["1", "2", "2 2"]
    assert lines_of("a:b:0,0,1,1")[0][0].name == "a b"
    assert clean_name(" front : door; ") == "front door" and len(clean_name("x" * 99)) == LONGEST_NAME
    assert free_name("door", ["door", "door 2"]) == "door 3" and free_name("gate", ["door"]) == "gate"


def test_no_more_than_some() -> None:
    lines, problems = lines_of(";".join(["a:0,0,1,1"] * 20))
    assert len(lines) == MOST and problems == [f"lines: no more than {MOST}."]
