"""Labels of one picture: at their boxes, inside the picture, and not on each other where there is room."""

from detector.detection import Box, Detection
from detector.drawing.label_placement import Room, place
from detector.drawing.label_spots import ABOVE, COUNT, INSIDE, Tag, spot_at
from tests.core.support import Dice

WIDTH, HEIGHT = 640, 480


def tag(x: float, y: float, width: float, height: float, score: float = 0.87, label: float = 92) -> Tag:
    box = Box(x, y, width, height)
    return Tag(Detection("person", 1, score, box), box, label, 20)


def places(*tags: Tag, width: float = WIDTH, height: float = HEIGHT) -> list:
    return [spot.place for spot in place(list(tags), width, height)]


def overlapping(tags: list, spots: list) -> list:
    """The pairs of labels that overlap by more than rounding, (the first, the second)."""
    pairs = []
    for i in range(len(tags)):
        for j in range(i):
            across = min(spots[i].x + tags[i].width, spots[j].x + tags[j].width) - max(spots[i].x, spots[j].x)
            down = min(spots[i].y + tags[i].height, spots[j].y + tags[j].height) - max(spots[i].y, spots[j].y)
            if min(across, down) > 1e-3:
                pairs.append((j, i))
    return pairs


def test_one_label_is_above_its_box_or_inside_its_upper_edge() -> None:
    (spot,) = place([tag(100, 100, 50, 80)], WIDTH, HEIGHT)
    assert (spot.place, spot.x, spot.y) == (ABOVE, 100, 80)
    (spot,) = place([tag(600, 19, 40, 80)], WIDTH, HEIGHT)
    assert (spot.place, spot.x, spot.y) == (INSIDE, 640 - 92, 19)
    (spot,) = place([tag(0, 10, 40, 20)], 100, 25)
    assert (spot.place, spot.x, spot.y) == (INSIDE, 0, 5), "in the picture, at any rate"
    assert place([], WIDTH, HEIGHT) == []


def test_where_nothing_collides_all_are_at_their_usual_places() -> None:
    far_apart = [tag(10, 100, 100, 80), tag(200, 5, 100, 80), tag(400, 300, 200, 80)]
    assert places(*far_apart) == [ABOVE, INSIDE, ABOVE]


def test_of_two_boxes_with_one_corner_the_surer_one_has_the_usual_place() -> None:
    chair, keyboard = tag(200, 200, 300, 200, 0.9), tag(200, 200, 150, 100, 0.6)
    assert places(chair, keyboard) == [ABOVE, INSIDE]
    assert places(tag(200, 200, 300, 200, 0.6), tag(200, 200, 150, 100, 0.9)) == [INSIDE, ABOVE]


def test_many_labels_of_one_box_fill_its_places_one_after_another() -> None:
    tags = [tag(200, 200, 200, 100, 0.9 - index / 100) for index in range(COUNT)]
    assert places(*tags) == list(range(COUNT))
    assert overlapping(tags, place(tags, WIDTH, HEIGHT)) == []


def test_a_place_outside_the_picture_is_none() -> None:
    lowest = tag(0, 400, 200, 80)
    inside = [number for number in range(COUNT) if spot_at(number, lowest, WIDTH, HEIGHT) is not None]
    assert inside == [0, 1, 2, 3, 6, 7, 8, 9]
    for number in range(COUNT):
        spot = spot_at(number, lowest, WIDTH, HEIGHT, 1000)
        assert 0 <= spot.x <= WIDTH - 92 and 0 <= spot.y <= HEIGHT - 20, number


def test_a_small_box_is_not_hidden_by_anothers_label() -> None:
    person, ball = tag(200, 200, 100, 250, 0.9), tag(210, 180, 30, 20, 0.6)
    assert places(person, ball) == [INSIDE, ABOVE]
    # What is large enough to be seen all the same makes no difference.
    assert places(person, tag(210, 150, 30, 45, 0.6)) == [ABOVE, ABOVE]


def test_with_no_room_at_all_a_label_goes_where_least_is_covered() -> None:
    # 100 x 40 pixels have room for two.
    tags = [tag(0, 0, 100, 40, score, label=100) for score in (0.9, 0.8, 0.7)]
    assert places(*tags, width=100, height=40) == [INSIDE, 6, INSIDE], "it is nowhere less"
    # At the right edge the third covers 92 of the first's pixels, elsewhere all 100.
    tags[2] = tag(0, 0, 100, 40, 0.7, label=92)
    (spot,) = place(tags, 100, 40)[2:]
    assert (spot.place, spot.x) == (INSIDE, 0), "92 are 92, left or right"
    tags[0], tags[1] = tag(0, 0, 60, 40, 0.9, label=60), tag(0, 0, 60, 40, 0.8, label=60)
    (spot,) = place(tags, 100, 40)[2:]
    assert (spot.place, spot.x) == (3, 8), "52 are less than 60"


def test_in_which_order_they_are_given_makes_no_difference() -> None:
    dice = Dice()
    for _ in range(20):
        tags = crowd(dice, int(dice.between(2, 30)))
        expected = place(tags, WIDTH, HEIGHT)
        turned = [(index * 7 + 3) % len(tags) for index in range(len(tags))]
        if len(set(turned)) < len(tags):
            turned = list(range(len(tags) - 1, -1, -1))
        again = place([tags[index] for index in turned], WIDTH, HEIGHT)
        assert again == [expected[index] for index in turned]


def crowd(dice: Dice, count: int) -> list:
    tags = []
    for _ in range(count):
        width, height = dice.between(10, 150), dice.between(20, 250)
        x, y = dice.between(0, WIDTH - width), dice.between(0, HEIGHT - height)
        # Few scores, so that many are the same.
        tags.append(tag(x, y, width, height, int(dice.between(3, 10)) / 10, dice.choice([62, 78, 92])))
    return tags


def test_labels_are_inside_and_overlap_only_where_no_place_was_free() -> None:
    dice = Dice()
    for _ in range(40):
        tags = crowd(dice, int(dice.between(1, 20)))
        spots = place(tags, WIDTH, HEIGHT)
        for one, spot in zip(tags, spots):
            assert 0 <= spot.x <= WIDTH - one.width and 0 <= spot.y <= HEIGHT - one.height
        for first, second in overlapping(tags, spots):
            assert not has_choice(tags, spots, first) or not has_choice(tags, spots, second)


def has_choice(tags: list, spots: list, index: int) -> bool:
    """Whether one of its places is free of all other labels."""
    room = Room(tags)
    for other in range(len(tags)):
        if other != index:
            room.take(spots[other], tags[other])
    for number in range(COUNT):
        spot = spot_at(number, tags[index], WIDTH, HEIGHT)
        if spot is not None and room.is_free(spot, tags[index], 0.0):
            return True
    return False


def test_200_labels_on_each_other_are_all_placed_and_the_surest_do_not_overlap() -> None:
    tags = [tag(200, 200, 200, 100, 0.99 - index / 250) for index in range(200)]
    spots = place(tags, WIDTH, HEIGHT)
    assert len(spots) == 200 and overlapping(tags[:COUNT], spots[:COUNT]) == []
    assert spots[199].place == ABOVE, "what has no room is at its usual place"
