"""What was found, as text for other programs: a format a module. Pure Python.

Each has BUTTON, the words on its button in the panel; FILE, a name for the file; TYPE, its media type; and
text(looks, model), its content. Boxes are in the picture's own pixels, x and y of the upper left corner first.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from detector.exports.look import Look

    class Export(Protocol):
        BUTTON: str
        FILE: str
        TYPE: str

        def text(self, looks: list[Look], model: str) -> str: ...


# One more format is one more module, and its name here.
EXPORTS = (
    "detector.exports.json_export",
    "detector.exports.csv_export",
    "detector.exports.coco_export",
)
