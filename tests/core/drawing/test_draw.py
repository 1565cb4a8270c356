"""Draw commands: inside the picture, crisp, readable, the best on top."""

from detector.detection import Box, Detection
from detector.drawing.commands import Fill, Line, Stroke, Text
from detector.drawing.draw import draw
from detector.drawing.palette import color_of, ink_for
from detector.drawing.styles.full import caption
from detector.tracking.tracker import Tracker
from detector.vision.regions import regions
from tests.core.support import Dice, close


def measure(text: str, size: float) -> float:
    """A typewriter's widths."""
    return 0.6 * size * len(text)


def person(x: float, y: float, width: float, height: float, score: float = 0.87) -> Detection:
    return Detection("person", 1, score, Box(x, y, width, height))


def drawn(*detections: Detection, width: float = 640, height: float = 480, **options: object) -> list:
    return draw(list(detections), width, height, measure=measure, **options)


def kinds(commands: list) -> list:
    return [type(command) for command in commands]


def test_a_box_its_plate_and_its_words() -> None:
    stroke, fill, text = drawn(person(100, 100, 50, 80))
    assert stroke == Stroke(101, 101, 48, 78, color_of(1), 2)
    assert fill == Fill(100, 80, 92, 20, color_of(1))  # 10 letters of 8.4 px and 2 times 4 px, rounded up
    assert text == Text(104, 90, "person 87%", ink_for(color_of(1)), 14)


def test_caption_rounds_to_the_nearest_percent() -> None:
    for score, text in ((0.874, "87%"), (0.875, "88%"), (0.999, "100%"), (0.5, "50%"), (1.0, "100%")):
        assert caption(person(0, 0, 9, 9, score)) == "person " + text


def test_what_is_followed_has_its_number() -> None:
    assert caption(person(0, 0, 9, 9).tracked(3)) == "person 3 87%"


def test_a_trail_fades_and_ends_where_its_box_stands() -> None:
    tracker = Tracker()
    for look in range(8):
        found = tracker.update([person(100 + 20 * look, 100, 50, 80)], 100.0 * look)
    lines = [one for one in drawn(*found, tracks=tracker.tracks) if isinstance(one, Line)]
    assert len(lines) >= 6 and (lines[-1].x1, lines[-1].y1) == (found[0].box.x + 25, 180)
    widths = [line.line_width for line in lines]
    assert widths == sorted(widths) and widths[0] < widths[-1]
    assert all(close(a.x1, b.x0) and a.x0 < a.x1 for a, b in zip(lines, lines[1:]))
    mirrored = [one for one in drawn(*found, tracks=tracker.tracks, mirror=True) if isinstance(one, Line)]
    assert close(mirrored[-1].x1, 640 - lines[-1].x1)
    assert not [one for one in drawn(*found) if isinstance(one, Line)]
    assert not [one for one in drawn(tracks=tracker.tracks) if isinstance(one, Line)], (
        "nor of what isn't seen"
    )


def test_nothing_to_draw() -> None:
    assert drawn() == []
    assert drawn(person(0, 0, 10, 10), width=0) == [] and drawn(person(0, 0, 10, 10), scale=0.0) == []


def test_the_plate_goes_inside_where_there_is_no_room_above() -> None:
    _, fill, _ = drawn(person(100, 19, 50, 80))
    assert (fill.x, fill.y) == (100, 19)
    _, fill, _ = drawn(person(100, 20, 50, 80))
    assert (fill.x, fill.y) == (100, 0)


def test_the_plate_stays_inside_at_the_right_edge() -> None:
    _, fill, text = drawn(person(620, 100, 20, 80))
    assert fill.x + fill.width == 640 and text.x == fill.x + 4


def test_scale_makes_lines_and_text_as_large_on_the_screen() -> None:
    stroke, fill, text = drawn(person(400, 400, 200, 320), width=2560, height=1920, scale=4.0)
    assert stroke.line_width == 8 and fill.height == 80 and text.size == 56
    stroke, fill, text = drawn(person(10, 10, 20, 20), width=64, height=48, scale=0.1)
    assert close(stroke.line_width, 0.2) and close(text.size, 1.4)


def test_mirroring_moves_boxes_and_leaves_text() -> None:
    stroke, fill, text = drawn(person(100, 100, 50, 80), mirror=True)
    assert stroke.x == 491 and fill.x == 490 and text.text == "person 87%" and text.x == 494
    twice = drawn(person(640 - 100 - 50, 100, 50, 80), mirror=True)
    assert twice == drawn(person(100, 100, 50, 80))


def test_the_best_is_drawn_last_and_all_words_after_all_boxes() -> None:
    commands = drawn(person(100, 100, 50, 80, 0.9), person(200, 100, 50, 80, 0.6))
    assert kinds(commands) == [Stroke, Stroke, Fill, Text, Fill, Text]
    assert [command.text for command in commands if type(command) is Text] == ["person 60%", "person 90%"]
    assert commands[1].x == 101


def test_words_that_do_not_fit_are_shortened() -> None:
    for width, expected in ((92, "person 87%"), (91, "person"), (58, "perso"), (20, "p")):
        text = drawn(person(0, 40, width, 20), width=width)[2]
        assert text.text == expected, width
    assert kinds(drawn(person(0, 40, 10, 20), width=10)) == [Stroke]
    assert kinds(drawn(person(0, 0, 100, 19), height=19)) == [Stroke]


def test_edges_fall_on_whole_screen_pixels() -> None:
    stroke, fill, _ = drawn(person(100.4, 99.6, 50.3, 80.2))
    assert stroke == Stroke(101, 101, 49, 78, color_of(1), 2) and (fill.x, fill.y) == (100, 80)
    stroke = drawn(person(101, 101, 50, 50), width=1280, height=960, scale=2.0)[0]
    assert (stroke.x - 2) % 2 == 0 and (stroke.width + 4) % 2 == 0


def test_the_smallest_box_is_still_drawn() -> None:
    stroke = drawn(person(100.1, 100.1, 0.2, 0.2))[0]
    assert stroke.line_width == 1 and stroke.width == 0 and stroke.height == 0
    stroke = drawn(person(639.9, 479.9, 0.1, 0.1))[0]
    assert inside(stroke, 640, 480)


def inside(command: object, width: float, height: float) -> bool:
    """Whether all that a Stroke or Fill covers is in the picture."""
    around = command.line_width / 2 if type(command) is Stroke else 0.0
    slack = 1e-6
    return (
        command.x - around >= -slack
        and command.y - around >= -slack
        and command.x + command.width + around <= width + slack
        and command.y + command.height + around <= height + slack
        and command.width >= 0
        and command.height >= 0
    )


def test_everything_stays_inside_the_picture() -> None:
    dice = Dice()
    for _ in range(300):
        width, height = dice.between(1, 2000), dice.between(1, 2000)
        scale = dice.choice([0.25, 0.5, 1.0, 1.5, 3.0])
        x, y = dice.between(0, width), dice.between(0, height)
        box = (x, y, dice.between(0, width - x), dice.between(0, height - y))
        mirror = dice.number() < 0.5
        for command in drawn(person(*box), width=width, height=height, scale=scale, mirror=mirror):
            if type(command) is Text:
                right = command.x + measure(command.text, command.size)
                assert command.x >= 0 and right <= width and 0 < command.y < height
            else:
                assert inside(command, width, height), (command, width, height, scale)


def test_outlines_have_no_labels() -> None:
    pair = (person(10, 20, 100, 50), person(200, 20, 40, 50))
    full, outline = drawn(*pair), drawn(*pair, style="outline")
    assert outline == [command for command in full if isinstance(command, Stroke)]
    assert len(outline) == 2


def test_corners_are_two_arms_in_each_and_stay_inside_the_box() -> None:
    commands = drawn(person(10, 20, 100, 48), style="corners")
    assert len(commands) == 8 and all(isinstance(command, Fill) for command in commands)
    for x in (10, 110):
        for y in (20, 68):
            touching = [
                one
                for one in commands
                if x in (one.x, one.x + one.width) and y in (one.y, one.y + one.height)
            ]
            assert len(touching) == 2, (x, y)
    for one in commands:
        assert one.x >= 10 and one.x + one.width <= 110 and one.y >= 20 and one.y + one.height <= 68
    tiny = drawn(person(3, 3, 1, 1), style="corners")
    assert all(one.width <= 1 and one.height <= 1 for one in tiny)


def test_the_parts_that_were_looked_at_and_which_has_found_what() -> None:
    small = Detection("cup", 47, 0.87, Box(400, 300, 40, 40), None, 4)
    parts = regions("closer", 640, 480)
    for mirror in (False, True):
        commands = drawn(small, style="parts", regions=parts, mirror=mirror)
        lines = [command for command in commands if isinstance(command, Stroke)]
        assert len(lines) == 5 + 1
        for line in lines:
            assert line.x >= 0 and line.x + line.width <= 640 and line.y >= 0 and line.y + line.height <= 480
        assert lines[1].x == (640 - parts[1].x1 * 640 if mirror else 0) + 3, "inside of the whole's"
        assert [command.text for command in commands if isinstance(command, Text)] == ["4: cup 87%"]
    assert len(drawn(small, style="full", regions=parts)) == 3
    assert drawn(style="parts", regions=parts, width=4, height=4)[:1] == [Stroke(1, 1, 2, 2, color_of(0), 2)]
    tiny = drawn(small, style="parts", width=30, height=30)
    assert not any(isinstance(command, Text) for command in tiny), "no room for words"
