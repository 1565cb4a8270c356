"""Where a label can stand at its box: twelve places, the usual one first. Pure Python."""

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple

    from detector.detection import Box, Detection

    class Tag(NamedTuple):
        """A label to be placed: of what, where that one's box is drawn, and the label's own size."""

        detection: Detection
        box: Box
        width: float
        height: float

    class Spot(NamedTuple):
        """Where a label stands: at which of its places, and its left upper corner."""

        place: int
        x: float
        y: float
else:
    Tag = namedtuple("Tag", ("detection", "box", "width", "height"))
    Spot = namedtuple("Spot", ("place", "x", "y"))

# A label's places, best first. Its left upper corner is the box's, moved: right by what share of what the box is wider,
# down by what share of the box's height, down by how many labels. Last: whether it is one inside the box.
_PLACES = (
    (0, 0, -1, False),  # above the box
    (0, 0, 0, True),  # in its left upper corner
    (1, 0, -1, False),  # above, at its right edge
    (1, 0, 0, True),
    (0, 1, 0, False),  # below
    (1, 1, 0, False),
    (0, 1, -1, True),  # in its left lower corner
    (1, 1, -1, True),
    (0, 0, -2, False),  # above, with room for another label in between
    (1, 0, -2, False),
    (0, 1, 1, False),
    (1, 1, 1, False),
)
COUNT = len(_PLACES)
ABOVE, INSIDE = 0, 1  # the usual ones


def usual_place(tag: "Tag") -> int:
    """Above the box, or inside its upper edge where the picture ends above."""
    return ABOVE if tag.box.y >= tag.height else INSIDE


def spot_at(place: int, tag: "Tag", width: float, height: float, slack: float = 0.0) -> "Spot | None":
    """A label's place number so and so, 0 to COUNT - 1, in a picture of width x height that is not smaller than it.

    None where the place is further outside the picture than slack, in pixels. What is less outside is moved in, and
    so are the places inside the box, always.
    """
    _, box, wide, high = tag
    x, y, box_width, box_height = box
    right, down, lower, inside = _PLACES[place]
    x += right * (box_width - wide)
    y += down * box_height + lower * high
    if y < 0.0:
        if y < -slack and not inside:
            return None
        y = 0.0
    elif y > height - high:
        if y > height - high + slack and not inside:
            return None
        y = height - high
    if x < 0.0:
        x = 0.0
    elif x > width - wide:
        x = width - wide
    return Spot(place, x, y)
