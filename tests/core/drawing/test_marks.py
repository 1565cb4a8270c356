"""Lines and zones on the picture: where they lie, in a mirror too, and that their words stay inside."""

from detector.drawing.commands import Fill, Line, Text
from detector.drawing.draw import draw
from detector.drawing.marks import COLOR, Mark, marks_of
from detector.language import Words
from detector.tracking.counting import Counting


def drawn(marks: list, mirror: bool = False) -> list:
    return draw([], 640, 480, measure=lambda text, size: 0.6 * size * len(text), mirror=mirror, marks=marks)


def light(commands: list) -> list:
    return [
        (one.x0, one.y0, one.x1, one.y1) for one in commands if isinstance(one, Line) and one.color == COLOR
    ]


def test_a_line_and_its_arrow_to_the_side_that_is_in() -> None:
    marks = [Mark([(0.5, 0.0), (0.5, 1.0)], "door")]
    assert light(drawn(marks)) == [(320.0, 0.0, 320.0, 480.0), (320.0, 240.0, 334.0, 240.0)]
    marks = [Mark([(0.25, 0.5), (0.75, 0.5)], "door")]
    assert light(drawn(marks)) == [(160.0, 240.0, 480.0, 240.0), (320.0, 240.0, 320.0, 226.0)]


def test_in_a_mirror_it_lies_on_the_other_side() -> None:
    marks = [Mark([(0.25, 0.0), (0.25, 1.0)], "door")]
    assert light(drawn(marks, mirror=True)) == [(480.0, 0.0, 480.0, 480.0), (480.0, 240.0, 466.0, 240.0)]


def test_a_zone_is_closed() -> None:
    marks = [Mark([(0.0, 0.0), (0.5, 0.0), (0.5, 0.5)], "till")]
    assert light(drawn(marks)) == [(0, 0, 320, 0), (320, 0, 320, 240), (320, 240, 0, 0)]


def test_words_stay_inside_of_the_picture() -> None:
    for points in (
        [(0.0, 0.0), (0.0, 1.0)],
        [(1.0, 0.9), (0.9, 1.0)],
        [(0.9, 0.99), (1.0, 0.99), (1.0, 1.0)],
    ):
        commands = drawn([Mark(points, "a name that is as long as one may be")])
        (ground,) = [one for one in commands if isinstance(one, Fill)]
        assert ground.x >= 0 and ground.y >= 0
        assert ground.x + ground.width <= 640 and ground.y + ground.height <= 480
        (text,) = [one for one in commands if isinstance(one, Text)]
        assert ground.x < text.x and ground.y < text.y < ground.y + ground.height


def test_what_is_said_of_them() -> None:
    counting = Counting()
    counting.choose("door:0.5,0,0.5,1", "till:0,0,1,0,1,1")
    counting.lines[0].counts["in"] = {"person": 5, "dog": 2}
    assert [mark.text for mark in marks_of(counting)] == ["door: 7 in, 0 out", "till: 0 inside"]
    german = Words({"{name}: {in} in, {out} out": "{name}: {in} hinein, {out} hinaus"}, {}, "de")
    assert marks_of(counting, german)[0].text == "door: 7 hinein, 0 hinaus"
