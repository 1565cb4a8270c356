"""What was found as JSON, CSV and COCO's results."""

import json

from detector.detection import Box, Detection
from detector.exports.coco_export import as_coco
from detector.exports.csv_export import as_csv
from detector.exports.json_export import as_json
from detector.exports.look import Look
from tests.core.support import close

CAT = Detection("cat", 17, 0.93456, Box(10.26, 20.0, 300.5, 250.0))
DOG = Detection("dog", 18, 0.5, Box(0.0, 0.0, 5.0, 6.0))


def test_json_has_each_picture_and_what_is_in_it() -> None:
    told = json.loads(
        as_json([Look("a.jpg", 640, 480, [CAT]), Look("b.mp4", 320, 240, [], 1.5)], "coco-ssd-lite")
    )
    assert told["version"] == 1 and told["model"] == "coco-ssd-lite"
    first, second = told["images"]
    assert (first["file"], first["width"], first["height"]) == ("a.jpg", 640, 480)
    assert "time" not in first and second["time"] == 1.5
    (found,) = first["detections"]
    assert found["class"] == "cat" and close(found["score"], 0.93456)
    assert [round(edge, 2) for edge in found["bbox"]] == [10.26, 20.0, 300.5, 250.0]


def test_coco_results_number_the_pictures() -> None:
    told = json.loads(
        as_coco([Look("a.jpg", 9, 9, [CAT, DOG]), Look("b.jpg", 9, 9, []), Look("c.jpg", 9, 9, [DOG])])
    )
    assert [(one["image_id"], one["category_id"]) for one in told] == [(1, 17), (1, 18), (3, 18)]
    assert told[0]["bbox"] == [10.26, 20.0, 300.5, 250.0] and close(told[0]["score"], 0.93456)


def test_csv_has_a_line_for_each_object() -> None:
    text = as_csv(
        [Look("a.jpg", 640, 480, [CAT, DOG]), Look("b.jpg", 1, 1, []), Look("c.mp4", 640, 480, [DOG], 2.04)]
    )
    assert text.split("\r\n") == [
        "file,time,class,score,x,y,width,height,look,track",
        "a.jpg,,cat,0.9346,10.3,20.0,300.5,250.0,0,",
        "a.jpg,,dog,0.5000,0.0,0.0,5.0,6.0,0,",
        "c.mp4,2.040,dog,0.5000,0.0,0.0,5.0,6.0,0,",
        "",
    ]


def test_csv_quotes_and_disarms_names() -> None:
    names = ['a "b", c.jpg', "=1+1.jpg", "@x.jpg", "-x.jpg", "two\nlines.jpg"]
    cells = [
        as_csv([Look(name, 1, 1, [DOG])])[len("file,time,class,score,x,y,width,height,look,track\r\n") :]
        for name in names
    ]
    assert cells[0].startswith('"a ""b"", c.jpg",,dog')
    assert [cell.split(",")[0] for cell in cells[1:4]] == ["'=1+1.jpg", "'@x.jpg", "'-x.jpg"]
    assert cells[4].startswith('"two\nlines.jpg",')
