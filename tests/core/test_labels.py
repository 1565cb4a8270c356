"""COCO's numbers, their gaps, and tables from a manifest."""

from detector.errors import ModelFormatError
from detector.labels import COCO_LABELS, Labels
from tests.core.support import raises

UNUSED = (0, 12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91)


def test_coco_has_80_names_from_1_to_90_with_gaps() -> None:
    ids = [class_id for class_id, _ in COCO_LABELS]
    assert len(COCO_LABELS) == 80 == len(ids) and ids == sorted(ids) and (ids[0], ids[-1]) == (1, 90)
    for unused in UNUSED:
        assert COCO_LABELS.name(unused) is None and not COCO_LABELS.known(unused)


def test_names_are_where_coco_has_them() -> None:
    for class_id, name in (
        (1, "person"),
        (3, "car"),
        (11, "fire hydrant"),
        (13, "stop sign"),
        (18, "dog"),
        (27, "backpack"),
        (31, "handbag"),
        (44, "bottle"),
        (46, "wine glass"),
        (47, "cup"),
        (65, "bed"),
        (67, "dining table"),
        (70, "toilet"),
        (72, "tv"),
        (77, "cell phone"),
        (82, "refrigerator"),
        (84, "book"),
        (90, "toothbrush"),
    ):
        assert COCO_LABELS.name(class_id) == name and COCO_LABELS.id_of(name) == class_id


def test_every_name_leads_back_to_its_number() -> None:
    for class_id, name in COCO_LABELS:
        assert COCO_LABELS.id_of(name) == class_id
    assert COCO_LABELS.names()[0] == "person" and len(COCO_LABELS.names()) == 80


def test_case_and_spaces_do_not_matter() -> None:
    assert COCO_LABELS.id_of("  Cell Phone ") == 77
    assert COCO_LABELS.id_of("dragon") is None and COCO_LABELS.id_of("") is None


def test_tables_come_in_order_whatever_their_own() -> None:
    labels = Labels.from_dict({"7": "seven", "10": "ten", "1": "One"})
    assert list(labels) == [(1, "One"), (7, "seven"), (10, "ten")] and labels.id_of("one") == 1


def test_tables_that_do_not_tell_classes_apart_are_refused() -> None:
    raises(ModelFormatError, Labels, [(1, "cat"), (2, "Cat")])
    raises(ModelFormatError, Labels, [(1, "cat"), (1, "dog")])
    raises(ModelFormatError, Labels, [(-1, "cat")])
    assert "dog" in str(raises(ModelFormatError, Labels.from_dict, {"dog": "1"}))
    assert list(Labels([])) == []
