"""Colours: one for each class, and text that can be read on each."""

from detector.drawing.palette import color_of, contrast, ink_for, luminance
from detector.labels import COCO_LABELS
from tests.core.support import close


def test_each_class_has_a_colour_of_its_own() -> None:
    colors = {color_of(class_id) for class_id, _ in COCO_LABELS}
    assert len(colors) == 80
    for color in colors:
        assert len(color) == 7 and color[0] == "#" and int(color[1:], 16) >= 0 and color == color.lower()


def test_any_number_has_a_colour() -> None:
    for class_id in (0, 12, 91, 5000, -1):
        assert len(color_of(class_id)) == 7


def test_text_can_be_read_on_each_colour() -> None:
    for class_id, name in COCO_LABELS:
        color = color_of(class_id)
        assert contrast(color, ink_for(color)) >= 4.5, name
    for step in range(256):
        grey = "#" + f"{step:02x}" * 3
        assert contrast(grey, ink_for(grey)) >= 4.5, grey


def test_contrast_is_that_of_wcag() -> None:
    assert close(luminance("#ffffff"), 1.0) and luminance("#000000") == 0.0
    assert close(contrast("#000000", "#ffffff"), 21.0) and close(contrast("#ffffff", "#000000"), 21.0)
    assert close(contrast("#777777", "#ffffff"), 4.48, 0.005)  # the well-known grey that just fails
    assert close(contrast("#123456", "#123456"), 1.0)
