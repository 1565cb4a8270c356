"""Detection and Box: values that cannot be changed, compare by value, and print well."""

from detector.detection import Box, Detection
from tests.core.support import raises

PERSON = Detection("person", 1, 0.874, Box(10.4, 20.0, 30.0, 40.0))


def test_box_knows_its_edges_and_area_and_unpacks() -> None:
    box = Box(10.0, 20.0, 30.0, 40.0)
    x, y, width, height = box
    assert (x, y, width, height) == (10.0, 20.0, 30.0, 40.0)
    assert (box.right, box.bottom, box.area) == (40.0, 60.0, 1200.0)


def test_detection_prints_what_and_where() -> None:
    expected = "Detection('person' 87% at x=10 y=20, 30 x 40)"
    assert repr(PERSON) == expected and str(PERSON) == expected and f"{[PERSON]}" == f"[{expected}]"
    assert repr(PERSON.tracked(7)) == "Detection('person' 87% at x=10 y=20, 30 x 40 #7)"


def test_neither_can_be_changed() -> None:
    raises(AttributeError, setattr, PERSON, "score", 1.0)
    raises(AttributeError, setattr, PERSON, "note", "new")
    raises(AttributeError, setattr, PERSON.box, "x", 1.0)
    raises(AttributeError, setattr, PERSON.box, "note", "new")
    assert PERSON.score == 0.874 and PERSON.box.x == 10.4


def test_equal_values_are_equal_and_hash_alike() -> None:
    again = Detection("person", 1, 0.874, Box(10.4, 20.0, 30.0, 40.0))
    assert again == PERSON and hash(again) == hash(PERSON) and len({again, PERSON}) == 1
    assert PERSON.tracked(1) != PERSON and Box(1, 2, 3, 4) != PERSON
    assert PERSON.tracked(3).track_id == 3 and PERSON.tracked(3).tracked(None) == PERSON


def test_as_dict_uses_the_names_that_coco_ssd_uses() -> None:
    assert PERSON.as_dict() == {"class": "person", "score": 0.874, "bbox": [10.4, 20.0, 30.0, 40.0]}
    assert PERSON.tracked(0).as_dict()["trackId"] == 0
