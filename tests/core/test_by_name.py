"""Modules that a list names."""

from detector import by_name
from detector.drawing.styles import STYLES
from detector.exports import EXPORTS
from tests.core.support import raises


def test_every_style_and_export_is_there_and_complete() -> None:
    for name in STYLES:
        style = by_name.module(name)
        assert style.TITLE and callable(style.commands)
    for name in EXPORTS:
        export = by_name.module(name)
        assert export.BUTTON and export.FILE and export.TYPE
        assert isinstance(export.text([], "coco-ssd-lite"), str)


def test_one_is_found_by_the_end_of_its_name() -> None:
    assert by_name.short("detector.drawing.styles.corners") == "corners"
    assert by_name.find(STYLES, "corners") is by_name.module("detector.drawing.styles.corners")
    raises(ValueError, by_name.find, STYLES, "dots")
