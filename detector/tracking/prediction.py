"""Where the boxes are between two looks: they go on as they went.

    predictor.update(detections, looked_at, 640, 480)  # after each look
    if predictor.moves(drawn_at, now):                 # on each frame of the screen
        show(predictor.at(now))

The network looks ten times a second, a screen shows sixty pictures in that time, and what the network found is some
hundredth of a second old when it is known. A box is carried on from its places in the last two results; something
that tracks objects can stand in for this one by the same three methods. All times are in ms, of one clock.
"""

from detector.detection import Box, Detection
from detector.tracking.matching import same_objects
from detector.vision.boxes import clip

# Less than this share of the box's size from a result to the next is the network's own unrest.
_UNREST = 0.015
# Of the speed between two results, how much is believed: what was steady falls a little behind, and what stopped
# overshoots a little less.
_BELIEVED = 0.8
# Results further apart than this tell nothing of what happens between them.
_LONGEST_INTERVAL = 700.0


class Predictor:
    """Carries boxes on in a straight line for one interval between results, slows down for half of another, and
    then holds them: what has not been seen for so long may have stopped or turned.

    Left and right edge, upper and lower, each goes at its own speed, so what comes nearer grows. A box that has
    no counterpart in the result before stands still.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all boxes."""
        self._detections: list[Detection] = []
        self._speeds: list[tuple[float, float, float, float] | None] = []
        self._at = 0.0
        self._interval = 0.0
        self._width = 0.0
        self._height = 0.0

    def update(self, detections: list[Detection], at_ms: float, width: float, height: float) -> None:
        """A result: what was in the frame that was taken at at_ms, a picture of width x height source pixels."""
        interval = at_ms - self._at
        before = self._detections if (width, height) == (self._width, self._height) else []
        if not 0.0 < interval <= _LONGEST_INTERVAL:
            before = []
        self._speeds = _speeds(before, detections, interval)
        self._detections = detections
        self._at = at_ms
        self._interval = interval
        self._width = width
        self._height = height

    def hold(self) -> bool:
        """The scene is known to be as it was at the last result: all boxes are where they were found.

        Gives whether any was on its way.
        """
        moved = self._any_moves()
        self._speeds = [None] * len(self._detections)
        return moved

    def moves(self, since_ms: float, now_ms: float) -> bool:
        """Whether any box is elsewhere now than it was at since_ms."""
        return self._any_moves() and self._progress(since_ms) != self._progress(now_ms)

    def at(self, now_ms: float) -> list[Detection]:
        """The last result's detections where they are by now, in the same order; without those that have left."""
        progress = self._progress(now_ms)
        if not progress:
            return self._detections
        found = []
        for detection, speed in zip(self._detections, self._speeds):
            if speed is None:
                found.append(detection)
                continue
            box = clip(_moved(detection.box, speed, progress), self._width, self._height)
            if box is not None:
                x0, y0, x1, y1 = box
                found.append(detection.placed(Box(x0, y0, x1 - x0, y1 - y0)))
        return found

    def _any_moves(self) -> bool:
        return any(speed is not None for speed in self._speeds)

    def _progress(self, now_ms: float) -> float:
        """For how many ms at full speed the boxes have gone."""
        interval = self._interval
        gone = now_ms - self._at
        if gone <= 0.0:
            return 0.0
        if gone <= interval:
            return gone
        # From full speed at one interval evenly down to none at one and a half.
        late = min(gone - interval, interval / 2)
        return interval + late - late * late / interval if interval > 0.0 else 0.0


def _speeds(
    before: list[Detection], after: list[Detection], interval: float
) -> list[tuple[float, float, float, float] | None]:
    """For each detection after, its corners' speed in pixels a ms; None where it stands or was not there before."""
    speeds = []
    for detection, index in zip(after, same_objects(before, after)):
        speeds.append(None if index is None else _speed(before[index].box, detection.box, interval))
    return speeds


def _speed(old: Box, new: Box, interval: float) -> tuple[float, float, float, float] | None:
    share = _BELIEVED / interval
    across = _UNREST * new.width
    down = _UNREST * new.height
    left = new.x - old.x
    top = new.y - old.y
    right = new.right - old.right
    bottom = new.bottom - old.bottom
    if max(abs(left), abs(right)) < across and max(abs(top), abs(bottom)) < down:
        return None  # so that what does not move needs no drawing
    return (left * share, top * share, right * share, bottom * share)


def _moved(
    box: Box, speed: tuple[float, float, float, float], progress: float
) -> tuple[float, float, float, float]:
    """The box's corners after so many ms. Never smaller than half of what it was: shrinking has an end."""
    x0 = box.x + speed[0] * progress
    y0 = box.y + speed[1] * progress
    x1 = box.right + speed[2] * progress
    y1 = box.bottom + speed[3] * progress
    return (x0, y0, max(x1, x0 + box.width / 2), max(y1, y0 + box.height / 2))
