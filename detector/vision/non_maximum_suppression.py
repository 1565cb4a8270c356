"""From the network's candidates to detections: threshold, classes, suppression of doubles, source pixels.

    >>> candidates = Candidates([0.1, 0.1, 0.5, 0.5], [0.9], [1], [0])
    >>> select(candidates, 640, 480)
    [Detection('person' 90% at x=64 y=48, 256 x 192)]

Suppression is greedy, per class: a box that overlaps a better one of its class too much is a double of it.
This runs once a frame, on MicroPython in the page, so it is written to do little: each score is read once,
reading stops at the first one under the threshold, boxes are read last, and a box is compared only with
those that may overlap it.
"""

from collections import namedtuple
from math import inf, isfinite

from detector.detection import Box, Detection
from detector.errors import InputError, SettingError
from detector.labels import COCO_LABELS, Labels

# boxes: 4*N floats, x0 y0 x1 y1 as fractions of the picture. scores: N floats, descending. class_ids,
# anchor_ids: N whole numbers; candidates of one anchor are one place in the picture seen as different
# classes. Lists, arrays and JavaScript's typed arrays will all do.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NamedTuple, Protocol, TypeVar

    Number = TypeVar("Number", bound=float, covariant=True)

    class TypedArray(Protocol[Number]):
        """JavaScript's."""

        @property
        def length(self) -> int: ...
        def __getitem__(self, __index: int) -> Number: ...
        def __iter__(self) -> Iterator[Number]: ...

    Numbers = Sequence[Number] | TypedArray[Number]

    class Candidates(NamedTuple):
        boxes: Numbers[float]
        scores: Numbers[float]
        class_ids: Numbers[int]
        anchor_ids: Numbers[int]
else:
    Candidates = namedtuple("Candidates", ("boxes", "scores", "class_ids", "anchor_ids"))

# The kept boxes of a class lie in columns, by where a double can have its middle: a box looks into one. Each is a
# tuple of floats: bounds of what can be a double (area_low, area_high, x_low, x_high, y_low, y_high, where x and y
# are twice the middle, which saves the halving), then the box and its area (x0, y0, x1, y1, area). Not a
# namedtuple: MicroPython unpacks those four times as slowly.
_COLUMNS = 8


def select(
    candidates: Candidates,
    width: float,
    height: float,
    *,
    threshold: float = 0.5,
    iou: float = 0.6,
    max_count: int = 20,
    allow: frozenset[str] | None = None,
    deny: frozenset[str] | None = None,
    labels: Labels = COCO_LABELS,
    class_agnostic: bool = False,
    best_class_per_anchor: bool = False,
    looks: "Sequence[int] | None" = None,
) -> list[Detection]:
    """The detections in a picture of width x height pixels, best first.

    threshold: the least score that counts, 0 to 1.
    iou: of two boxes of one class whose intersection over union is more than this, 0 to 1, the better stays.
    max_count: at most this many. labels: the names of the classes.
    allow: only these labels; deny: never these; None sets no limit.
    class_agnostic, best_class_per_anchor: suppress across classes, and count only the best class of each
    anchor. That is how coco-ssd does it; the tests compare with it.
    looks: for each candidate the number of the look that has found it (merging.py); None: all are of the whole.

    Boxes are clipped to the picture, after suppression. Left out: what lies outside it, has no area, is not
    finite, or has no name. Raises InputError for a picture without pixels or arrays that disagree,
    SettingError for a threshold or iou that is not from 0 to 1.
    """
    boxes, scores, class_ids, anchor_ids = candidates
    count = _checked_count(candidates, width, height)
    if not (0.0 <= threshold <= 1.0 and 0.0 <= iou <= 1.0):
        raise SettingError(f"threshold {threshold} and iou {iou} must both be from 0 to 1.")

    detections: list[Detection] = []
    shared_columns = _new_columns()
    classes: dict[int, tuple[str | None, list[list[tuple[float, ...]]]]] = {}
    seen_anchors: set[int] = set()
    for index in range(count if max_count > 0 else 0):
        score = scores[index]
        if not threshold <= score < inf:
            if score < threshold:
                break  # they descend: none that follows is better
            continue  # NaN or infinite
        if best_class_per_anchor:
            anchor = anchor_ids[index]
            if anchor in seen_anchors:
                continue
            seen_anchors.add(anchor)
        class_id = class_ids[index]
        known = classes.get(class_id)
        if known is None:
            name = labels.name(class_id)
            if name is not None and not is_wanted(name, allow, deny):
                name = None
            known = classes[class_id] = (name, shared_columns if class_agnostic else _new_columns())
        name, columns = known
        if name is None:
            continue

        at = index * 4
        x0 = boxes[at]
        y0 = boxes[at + 1]
        x1 = boxes[at + 2]
        y1 = boxes[at + 3]
        box_width = x1 - x0
        box_height = y1 - y0
        area = box_width * box_height
        # NaN fails every comparison, and a corner at infinity makes the area infinite or NaN.
        if not (box_width > 0.0 and box_height > 0.0 and 0.0 < area < inf):
            continue
        x = x0 + x1
        y = y0 + y1
        # Where each float is an object, calculating is dear and comparing is cheap: so compare first.
        for low, high, x_low, x_high, y_low, y_high, kept_x0, kept_y0, kept_x1, kept_y1, kept_area in columns[
            _column(x)
        ]:
            if low <= area <= high and x_low <= x <= x_high and y_low <= y <= y_high:
                # Not min() and max(): a call costs more than all of this.
                shared_width = (x1 if x1 < kept_x1 else kept_x1) - (x0 if x0 > kept_x0 else kept_x0)
                if shared_width > 0.0:
                    shared = shared_width * (
                        (y1 if y1 < kept_y1 else kept_y1) - (y0 if y0 > kept_y0 else kept_y0)
                    )
                    if shared > iou * (area + kept_area - shared):
                        break  # a double
        else:
            left = x0 * width if x0 > 0.0 else 0.0
            top = y0 * height if y0 > 0.0 else 0.0
            right = x1 * width if x1 < 1.0 else width
            bottom = y1 * height if y1 < 1.0 else height
            if right > left and bottom > top:
                _keep(columns, x0, y0, x1, y1, area, iou)
                box = Box(left, top, right - left, bottom - top)
                look = 0 if looks is None else looks[index]
                detections.append(Detection(name, class_id, score, box, None, look))
                if len(detections) >= max_count:
                    break
    return detections


def _new_columns() -> list[list[tuple[float, ...]]]:
    return [[] for _ in range(_COLUMNS)]


def _keep(
    columns: list[list[tuple[float, ...]]],
    x0: float,
    y0: float,
    x1: float,
    y1: float,
    area: float,
    iou: float,
) -> None:
    """Put a box and the bounds of its doubles into the columns where a double may have its middle.

    If two boxes overlap by more than iou, so do their sides on either axis, and neither area is less than iou
    of the other. And if two sides overlap by more than iou, one of them k long, then their middles are less
    than k * (1 - iou) / iou / 2 apart: farthest where the other contains it, ends with it, and is k / iou long.
    """
    iou = max(iou, 1e-9)
    # Not halved, as the middles are doubled; and a little more, for rounding.
    reach = (1.0 - iou) / iou * 1.001
    x_reach = (x1 - x0) * reach
    y_reach = (y1 - y0) * reach
    x = x0 + x1
    y = y0 + y1
    bounds = (area * iou * 0.999, area / iou * 1.001, x - x_reach, x + x_reach, y - y_reach, y + y_reach)
    for column in range(_column(x - x_reach), _column(x + x_reach) + 1):
        columns[column].append(bounds + (x0, y0, x1, y1, area))


def _column(x: float) -> int:
    """The column of a box by twice its middle, 0 to 2; beyond the picture, the outermost."""
    return 0 if x <= 0.0 else _COLUMNS - 1 if x >= 2.0 else int(x * (_COLUMNS / 2))


def is_wanted(name: str, allow: frozenset[str] | None, deny: frozenset[str] | None) -> bool:
    """Whether a label is to be shown. allow: only these; deny: never these; None sets no limit."""
    return (allow is None or name in allow) and (deny is None or name not in deny)


def _checked_count(candidates: Candidates, width: float, height: float) -> int:
    """How many candidates there are, once it is sure that they and the picture can be used."""
    if not (isfinite(width) and isfinite(height) and width > 0 and height > 0):
        raise InputError(f"A picture of {width} x {height} pixels cannot be used.")
    of_boxes, count, of_class_ids, of_anchor_ids = [_length(array) for array in candidates]
    if not (of_boxes == 4 * count and of_class_ids == count and of_anchor_ids == count):
        raise InputError(
            "The network's outputs disagree in length: "
            f"{of_boxes} box numbers, {count} scores, {of_class_ids} class ids, {of_anchor_ids} anchor ids.",
            "Build the model again with this version's converter.",
        )
    return count


def _length(array: "Numbers[float]") -> int:
    # In MicroPython, JavaScript's arrays have no len().
    return array.length if hasattr(array, "length") else len(array)
