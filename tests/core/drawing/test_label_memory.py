"""Labels of pictures that follow each other: none jumps without need, and each goes with its box."""

from detector.detection import Box, Detection
from detector.drawing.draw import draw
from detector.drawing.label_memory import LabelMemory
from detector.drawing.label_placement import place
from detector.drawing.label_spots import ABOVE, INSIDE, Tag
from tests.core.support import Dice

WIDTH, HEIGHT = 640, 480


def tag(
    x: float, y: float, width: float, height: float, score: float = 0.87, track_id: int | None = None
) -> Tag:
    box = Box(x, y, width, height)
    return Tag(Detection("person", 1, score, box, track_id), box, 92, 20)


def moved(one: Tag, x: float, y: float, score: float | None = None) -> Tag:
    box = Box(one.box.x + x, one.box.y + y, one.box.width, one.box.height)
    detection = one.detection
    score = detection.score if score is None else score
    return Tag(Detection(detection.label, detection.class_id, score, box), box, one.width, one.height)


def places(memory: LabelMemory, *tags: Tag, held: bool = False) -> list:
    return [spot.place for spot in memory.place(list(tags), WIDTH, HEIGHT, held)]


def test_the_first_picture_is_as_a_photo() -> None:
    tags = [tag(200, 200, 300, 200, 0.6), tag(200, 200, 150, 100, 0.9), tag(20, 5, 50, 50)]
    assert LabelMemory().place(tags, WIDTH, HEIGHT) == place(tags, WIDTH, HEIGHT)


def test_scores_that_change_change_no_place() -> None:
    memory = LabelMemory()
    first, second = tag(200, 200, 300, 200, 0.9), tag(200, 200, 150, 100, 0.6)
    assert places(memory, first, second) == [ABOVE, INSIDE]
    assert places(memory, moved(second, 0, 0, 0.95), moved(first, 0, 0, 0.7)) == [INSIDE, ABOVE]


def test_a_label_at_the_pictures_upper_edge_does_not_jump_in_and_out() -> None:
    memory = LabelMemory()
    box = tag(100, 21, 50, 80)
    seen = [places(memory, moved(box, 0, (index % 3) * 2 - 3))[0] for index in range(20)]
    assert seen == [INSIDE] * 20
    assert places(memory, moved(box, 0, 3)) == [INSIDE], "24 pixels are hardly more than 20"
    assert places(memory, moved(box, 0, 5)) == [ABOVE]
    seen = [places(memory, moved(box, 0, -(index % 6)))[0] for index in range(20)]
    assert seen == [ABOVE] * 20
    (spot,) = memory.place([moved(box, 0, -5)], WIDTH, HEIGHT)
    assert (spot.place, spot.y) == (ABOVE, 0), "it is pushed down a little"
    assert places(memory, moved(box, 0, -7)) == [INSIDE]


def test_a_label_gives_way_when_another_is_clearly_in_its_way_and_returns_when_that_has_clearly_gone() -> (
    None
):
    memory = LabelMemory()
    standing, coming = tag(100, 100, 40, 80, 0.7), tag(400, 100, 40, 80, 0.6)
    assert places(memory, standing, coming) == [ABOVE, ABOVE]
    # Whoever has stood longer stays, of those that came together the surer one.
    seen = [(x, places(memory, standing, moved(coming, -x, 0))[1]) for x in range(0, 270, 2)]
    first = min([x for x, number in seen if number != ABOVE])
    assert 208 + 5 < first <= 208 + 5 + 2, "92 pixels beside it, and five on it"
    assert {number for x, number in seen if x >= first} == {INSIDE}
    back = [(x, places(memory, standing, moved(coming, -x, 0))[1]) for x in range(268, 0, -2)]
    again = max([x for x, number in back if number == ABOVE])
    assert 208 - 5 - 2 <= again < 208 - 5, "five pixels to spare"


def test_who_comes_later_goes_round_those_that_are_there() -> None:
    memory = LabelMemory()
    there = tag(200, 200, 150, 100, 0.5)
    assert places(memory, there) == [ABOVE]
    assert places(memory, tag(200, 200, 300, 220, 0.99), there) == [INSIDE, ABOVE]


def test_who_is_lost_for_some_looks_comes_back_to_its_place_and_nobody_moves() -> None:
    memory = LabelMemory()
    first, second = tag(200, 200, 300, 200, 0.9), tag(200, 200, 150, 100, 0.6)
    assert places(memory, first, second) == [ABOVE, INSIDE]
    for _ in range(4):
        assert places(memory, second) == [INSIDE], "the other may come back"
        assert places(memory, second) == [INSIDE]
        assert places(memory, first, second) == [ABOVE, INSIDE]
    seen = [places(memory, second)[0] for _ in range(7)]
    assert seen == [INSIDE] * 5 + [ABOVE] * 2, "it has gone for good"


def test_a_track_id_is_followed_wherever_it_goes() -> None:
    memory = LabelMemory()
    wide, narrow = tag(200, 200, 300, 200, 0.9, 1), tag(200, 200, 150, 100, 0.6, 2)
    assert places(memory, wide, narrow) == [ABOVE, INSIDE]
    # Not known again, the second would be new, and at its usual place, since it is the only one.
    assert places(memory, tag(10, 300, 150, 100, 0.6, 2)) == [ABOVE]


def test_between_looks_labels_go_with_their_boxes_whatever_they_meet() -> None:
    memory = LabelMemory()
    left, right = tag(100, 100, 60, 80, 0.8), tag(300, 100, 60, 80, 0.7)
    before = memory.place([left, right], WIDTH, HEIGHT)
    for step in range(0, 200, 20):
        spots = memory.place([moved(left, step, -3), right], WIDTH, HEIGHT, True)
        assert spots[0] == (ABOVE, before[0].x + step, before[0].y - 3) and spots[1] == before[1]
    # The next look finds room, and knows the box, which nobody would so far from where it was seen last.
    assert places(memory, right, moved(left, 180, -3)) == [INSIDE, ABOVE]


def test_between_looks_a_box_may_leave() -> None:
    memory = LabelMemory()
    one, two, three = tag(200, 200, 300, 200, 0.9), tag(200, 200, 150, 100, 0.6), tag(500, 10, 50, 50, 0.5)
    seen = places(memory, one, two, three)
    assert places(memory, two, three, held=True) == seen[1:]
    assert places(memory, three, held=True) == seen[2:]
    assert places(memory, held=True) == []
    assert places(memory, one, two, three, held=True) == seen
    # What was not there is looked at, not guessed.
    assert places(memory, tag(10, 300, 20, 90, 0.3), held=True) == [ABOVE]


def test_a_picture_of_another_size_begins_anew() -> None:
    memory = LabelMemory()
    there, surer = tag(200, 200, 150, 100, 0.5), tag(200, 200, 300, 220, 0.99)
    places(memory, there)
    assert places(memory, surer, there) == [INSIDE, ABOVE]
    spots = memory.place([surer, there], 320, 240)
    assert spots == place([surer, there], 320, 240)


def test_what_trembles_changes_no_place_in_50_pictures() -> None:
    dice = Dice()
    for _ in range(6):
        tags = []
        while len(tags) < 12:
            width, height = dice.between(60, 200), dice.between(60, 200)
            x, y = dice.between(0, WIDTH - width), dice.between(0, HEIGHT - height)
            tags.append(tag(x, y, width, height, dice.between(0.3, 1.0)))
        memory = LabelMemory()
        first = memory.place(tags, WIDTH, HEIGHT)
        for _ in range(50):
            shaken = [
                moved(one, dice.between(-1.2, 1.2), dice.between(-1.2, 1.2), dice.between(0.3, 1.0))
                for one in tags
            ]
            again = memory.place(shaken, WIDTH, HEIGHT)
            assert [spot.place for spot in again] == [spot.place for spot in first]


def test_without_a_memory_they_would_change() -> None:
    # So that the test above means something.
    dice = Dice()
    tags = [tag(200, 200, 300, 200, 0.9), tag(201, 201, 150, 100, 0.6)]
    seen = set()
    for _ in range(50):
        shaken = [moved(one, 0, 0, dice.between(0.3, 1.0)) for one in tags]
        seen.add(tuple([spot.place for spot in place(shaken, WIDTH, HEIGHT)]))
    assert len(seen) == 2, seen


def test_draw_asks_the_memory_and_without_one_keeps_nothing() -> None:
    def measure(text: str, size: float) -> float:
        return 0.6 * size * len(text)

    def drawn(memory: LabelMemory | None, *found: Detection, held: bool = False) -> list:
        commands = draw(list(found), WIDTH, HEIGHT, measure=measure, memory=memory, held=held)
        return [(one.x, one.y) for one in commands if type(one).__name__ == "Fill"]

    there, surer = tag(200, 200, 150, 100, 0.5).detection, tag(200, 200, 300, 220, 0.99).detection
    memory = LabelMemory()
    assert drawn(memory, there) == [(200, 180)]
    assert drawn(memory, surer, there) == [(200, 180), (200, 200)], "the surer one comes last, and goes round"
    assert drawn(None, surer, there) == [(200, 200), (200, 180)]
    further = Detection("person", 1, 0.99, Box(230, 230, 300, 220))
    assert drawn(memory, further, there, held=True) == [(200, 180), (230, 230)]
