"""How a box is drawn: a style a module. Pure Python.

Each has TITLE, as people choose it, and commands(detection, box, color, canvas), which gives what is drawn first and
what lies over all boxes: commands, and a Label, for which a place is found where it covers no other's. box: where it is
drawn, on whole screen pixels. One that shows what was looked at has under(regions, canvas, mirror), too.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from detector.detection import Box, Detection
    from detector.drawing.commands import Canvas, Command, Label

    class Style(Protocol):
        TITLE: str

        def commands(
            self, detection: Detection, box: Box, color: str, canvas: Canvas
        ) -> tuple[list[Command], list[Command | Label]]: ...


# One more style is one more module, and its name here.
STYLES = (
    "detector.drawing.styles.full",
    "detector.drawing.styles.outline",
    "detector.drawing.styles.corners",
    "detector.drawing.styles.parts",
)
