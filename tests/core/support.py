"""What the tests of the core share, on either Python."""

import asyncio
import sys

from detector.vision.non_maximum_suppression import Candidates

SEED = 20261121


def raises(expected: type, function: object, *args: object, **named: object) -> BaseException:
    """Call function; give the exception of the expected kind that it raises. AssertionError if there is none."""
    try:
        function(*args, **named)
    except expected as error:
        return error
    raise AssertionError(f"{expected.__name__} was not raised")


def run(coroutine: object) -> object:
    """Run a coroutine to its end; give its result, or raise what it raises."""
    if sys.implementation.name != "micropython":
        return asyncio.run(coroutine)
    # In JavaScript the event loop is the page's, and nothing there can wait for it; so it is turned by hand.
    outcome = []

    async def record() -> None:
        try:
            outcome.append((await coroutine, None))
        except BaseException as error:
            outcome.append((None, error))

    task = asyncio.create_task(record())
    while not task.done():
        asyncio.core._run_iter()
    result, error = outcome[0]
    if error is not None:
        raise error
    return result


class Dice:
    """The same pseudo-random numbers on every Python (Numerical Recipes' linear congruential generator)."""

    def __init__(self, seed: int = SEED) -> None:
        self._state = seed & 0xFFFFFFFF

    def number(self) -> float:
        """From 0 up to, but not, 1."""
        self._state = (self._state * 1664525 + 1013904223) & 0xFFFFFFFF
        return self._state / 4294967296

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.number()

    def choice(self, items: list) -> object:
        return items[int(self.number() * len(items))]


def candidates(*rows: tuple) -> Candidates:
    """Candidates of rows (score, class_id, (x0, y0, x1, y1)), or the same with an anchor_id at the end."""
    boxes = []
    for row in rows:
        boxes.extend(row[2])
    anchors = [row[3] if len(row) > 3 else index for index, row in enumerate(rows)]
    return Candidates(boxes, [row[0] for row in rows], [row[1] for row in rows], anchors)


def close(a: float, b: float, within: float = 1e-9) -> bool:
    return abs(a - b) <= within


class Clock:
    """A clock that goes only when told to. Called, it gives the time in ms."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, ms: float) -> None:
        self.now += ms
