"""The known picture: what is close enough, and what is not."""

from detector.detection import Box, Detection
from detector.vision.known_picture import KnownPicture
from tests.core.support import raises

TABLE = {
    "picture": "check.jpg",
    "expected": [
        {"class_id": 17, "score": 0.9, "box": [0.1, 0.2, 0.5, 0.8]},
        {"class_id": 17, "score": 0.8, "box": [0.5, 0.2, 0.9, 0.8]},
        {"class_id": 62, "score": 0.52, "box": [0.0, 0.0, 0.2, 0.2]},
    ],
    "tolerance": {"score": 0.05, "iou": 0.9},
}
LEFT = Detection("cat", 17, 0.9, Box(20, 20, 80, 60))
RIGHT = Detection("cat", 17, 0.8, Box(100, 20, 80, 60))
CHAIR = Detection("chair", 62, 0.52, Box(0, 0, 40, 20))


def differences(*detections: Detection) -> list:
    return KnownPicture(TABLE).differences(list(detections), 200, 100)


def moved(detection: Detection, by: float = 0.0, score: float = 0.0) -> Detection:
    x, y, width, height = detection.box
    box = Box(x + by, y, width, height)
    return Detection(detection.label, detection.class_id, detection.score + score, box)


def test_the_expected_is_right() -> None:
    assert differences(LEFT, RIGHT, CHAIR) == [] == differences(CHAIR, RIGHT, LEFT)


def test_a_little_off_is_right() -> None:
    assert differences(moved(LEFT, 2.0, -0.04), moved(RIGHT, -2.0, 0.04), CHAIR) == []


def test_a_box_elsewhere_is_wrong_twice() -> None:
    told = differences(moved(LEFT, 10.0), RIGHT, CHAIR)
    assert len(told) == 2 and "not found" in told[0] and "should not be there" in told[1]


def test_another_score_is_wrong() -> None:
    told = differences(moved(LEFT, 0.0, -0.1), RIGHT, CHAIR)
    assert told == ["cat has a score of 0.80, and should have 0.90"]


def test_another_class_is_wrong() -> None:
    assert len(differences(Detection("dog", 18, 0.9, LEFT.box), RIGHT, CHAIR)) == 2


def test_nothing_found_is_wrong() -> None:
    assert len(differences()) == 2  # of the chair, one cannot be sure


def test_one_detection_does_not_stand_for_two() -> None:
    assert len(differences(LEFT, CHAIR)) == 1
    assert len(differences(LEFT, LEFT, RIGHT, CHAIR)) == 1


def test_near_the_threshold_anything_goes() -> None:
    assert differences(LEFT, RIGHT) == []
    extra = Detection("cup", 47, 0.54, Box(0, 50, 20, 20))
    assert differences(LEFT, RIGHT, CHAIR, extra) == []
    assert differences(LEFT, RIGHT, CHAIR, moved(extra, score=0.1)) == [
        "cup at score 0.64 should not be there"
    ]


def test_a_table_that_lacks_something_is_refused() -> None:
    raises(KeyError, KnownPicture, {"picture": "check.jpg", "expected": []})
    raises(TypeError, KnownPicture, {"picture": "check.jpg", "expected": {}, "tolerance": {}})
