"""Crowds whose ways are known: what is there at any time, and what a network might find of it.

All from a seed, the same in every Python and at any frame rate: thinning a crowd leaves the same people.
"""

from math import sin

from detector.detection import Box, Detection
from tests.core.support import SEED, Dice

WIDTH, HEIGHT = 1280.0, 720.0


class Walker:
    """Somebody who crosses the picture, now faster and now slower, and sways."""

    def __init__(self, number: int, dice: Dice, seconds: float) -> None:
        self.number = number
        self._height = dice.between(90.0, 260.0)
        self._width = self._height * dice.between(0.35, 0.5)
        # Who is larger is nearer, and further down.
        self._ground = 200.0 + self._height * 1.9 + dice.between(-30.0, 30.0)
        self._right = dice.number() < 0.5
        self._speed = self._height * dice.between(0.35, 0.9)  # pixels a second
        self._starts = dice.between(-6.0, seconds * 0.7)
        self._sway = self._speed * dice.between(0.0, 0.5)
        self._rhythm = dice.between(0.5, 2.5)

    def box(self, at: float) -> "Box | None":
        """Where it is at that second; None where it is not in the picture."""
        walked = at - self._starts
        if walked < 0.0:
            return None
        along = self._speed * walked + self._sway * sin(self._rhythm * walked)
        x = along - self._width if self._right else WIDTH - along
        y = self._ground - self._height + 4.0 * sin(3 * self._rhythm * walked)
        if x + self._width / 2 < 0.0 or x + self._width / 2 > WIDTH:
            return None
        x0, y0 = max(x, 0.0), max(y, 0.0)
        return Box(x0, y0, min(x + self._width, WIDTH) - x0, min(y + self._height, HEIGHT) - y0)


class Crowd:
    """people: how many come, within so many seconds. missed, wrong: the share of boxes that a network does not find,
    and how many others it finds, a look. unrest: of its boxes, in shares of their size.
    """

    def __init__(
        self,
        people: int = 14,
        seconds: float = 20.0,
        missed: float = 0.1,
        wrong: float = 0.3,
        unrest: float = 0.03,
        seed: int = SEED,
    ) -> None:
        dice = Dice(seed)
        self.seconds = seconds
        self._walkers = [Walker(number + 1, dice, seconds) for number in range(people)]
        self._missed = missed
        self._wrong = wrong
        self._unrest = unrest
        self._seed = seed

    def there(self, at: float) -> "list[tuple[int, Box]]":
        """Who is in the picture at that second and not hidden by somebody who is nearer."""
        boxes = [(walker.number, walker.box(at)) for walker in self._walkers]
        known = [(number, box) for number, box in boxes if box is not None]
        return [(number, box) for number, box in known if self._hidden(box, known) < 0.75]

    def found(self, at: float) -> "list[Detection]":
        """What a network finds then: boxes that tremble, some missed, some wrong; who is half hidden is less sure."""
        dice = Dice(self._seed + int(at * 1000.0 + 0.5) * 7919)
        dice.number()
        there = self.there(at)
        found = []
        for _, box in there:
            hidden = self._hidden(box, there)
            if dice.number() < self._missed + hidden / 3:
                continue
            score = dice.between(0.6, 0.95) - (hidden * 0.5)
            found.append(Detection("person", 1, max(score, 0.25), self._trembling(box, dice)))
        if dice.number() < self._wrong:
            side = dice.between(40.0, 160.0)
            place = Box(dice.between(0.0, WIDTH - side), dice.between(0.0, HEIGHT - side), side / 2, side)
            found.append(Detection("person", 1, dice.between(0.3, 0.7), place))
        found.sort(key=lambda one: -one.score)
        return found

    def looks(self, rate: float) -> "list[tuple[float, list[tuple[int, Box]], list[Detection]]]":
        """(ms, who is there, what is found) of all looks, so many a second."""
        times = [index / rate for index in range(int(self.seconds * rate))]
        return [(1000.0 * at, self.there(at), self.found(at)) for at in times]

    def _trembling(self, box: Box, dice: Dice) -> Box:
        across = self._unrest * box.width
        down = self._unrest * box.height
        x, y = box.x + dice.between(-across, across), box.y + dice.between(-down, down)
        return Box(x, y, box.width + dice.between(-across, across), box.height + dice.between(-down, down))

    def _hidden(self, box: Box, boxes: "list[tuple[int, Box]]") -> float:
        """The largest share of a box that one who is nearer covers."""
        most = 0.0
        for _, other in boxes:
            if other.bottom > box.bottom:
                across = min(other.right, box.right) - max(other.x, box.x)
                down = min(other.bottom, box.bottom) - max(other.y, box.y)
                if across > 0.0 and down > 0.0:
                    most = max(most, across * down / box.area)
        return most
