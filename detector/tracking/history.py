"""What was seen over the last minute, in steps, and how a series becomes a line.

history = History()
history.add(12_000.0, {"person": 2}, {"infer": 38.0})
history.counts(12_400.0)            # [("person", [None, ..., 2])]: one value for each step, the last one now
history.means(12_400.0, "infer")    # [None, ..., 38.0]
points([None, 1, 3], 120, 40, 4)    # [[(60.0, 30.0), (120.0, 10.0)]]: lines, broken where nothing is known
"""


class History:
    """Counts for each class, and numbers by name, in steps of `step_ms` over `steps` steps.

    Of several results in a step, the most of each class counts, and each number's mean. All times are in ms, of one
    clock.
    """

    def __init__(self, step_ms: float = 500.0, steps: int = 120) -> None:
        self.step_ms = step_ms
        self.steps = steps
        self._first = 0  # the number of the oldest step that is kept
        self._counts: list[dict[str, int] | None] = []
        self._sums: list[dict[str, tuple[float, int]]] = []  # (sum, results) of each number

    def add(self, now_ms: float, counts: dict[str, int], numbers: dict[str, float]) -> None:
        """One result. counts: how many of each class; those that are not there are none. numbers: its times, say."""
        place = self._place(now_ms)
        if place is None:
            return
        known = self._counts[place]
        if known is None:
            self._counts[place] = dict(counts)
        else:
            for label in counts:
                known[label] = max(known.get(label, 0), counts[label])
        sums = self._sums[place]
        for name in numbers:
            total, results = sums.get(name, (0.0, 0))
            sums[name] = (total + numbers[name], results + 1)

    def counts(self, now_ms: float) -> "list[tuple[str, list[int | None]]]":
        """(class, values) of each that was seen, the most frequent first; None in steps without a result."""
        self._place(now_ms)
        sums: dict[str, int] = {}
        for step in self._counts:
            if step is not None:
                for label in step:
                    sums[label] = sums.get(label, 0) + step[label]
        empty: list[int | None] = [None] * (self.steps - len(self._counts))
        return [
            (label, empty + [None if step is None else step.get(label, 0) for step in self._counts])
            for label in sorted(sums, key=lambda name: (-sums[name], name))
        ]

    def means(self, now_ms: float, name: str) -> "list[float | None]":
        """The mean of the numbers of that name in each step; None in steps without any."""
        self._place(now_ms)
        values: list[float | None] = [None] * (self.steps - len(self._sums))
        for sums in self._sums:
            total, results = sums.get(name, (0.0, 0))
            values.append(total / results if results else None)
        return values

    def forget(self) -> None:
        """As at first: another picture is there."""
        self._counts = []
        self._sums = []

    def _place(self, now_ms: float) -> "int | None":
        """Where in the lists the step of that time is, which is the last or before; None if it is too long ago."""
        step = int(now_ms // self.step_ms)
        if not self._counts or step - self._first - len(self._counts) >= self.steps:
            self._first = step
            self._counts = []
            self._sums = []
        while self._first + len(self._counts) <= step:
            self._counts.append(None)
            self._sums.append({})
        while len(self._counts) > self.steps:
            self._counts.pop(0)
            self._sums.pop(0)
            self._first += 1
        return step - self._first if step >= self._first else None


def points(
    values: "list[float | None] | list[int | None]", width: float, height: float, top: float
) -> list[list[tuple[float, float]]]:
    """The lines of a chart: (x, y) from the upper left, the last value at the right edge, `top` at the upper edge.

    A value alone becomes a line of its step's width. values: at least one.
    """
    step = width / max(1, len(values) - 1)
    lines: list[list[tuple[float, float]]] = []
    before = False
    for index, value in enumerate(values):
        if value is None:
            before = False
            continue
        point = (index * step, height - height * min(value, top) / top if top > 0 else height)
        if before:
            lines[-1].append(point)
        else:
            lines.append([point])
        before = True
    for line in lines:
        if len(line) == 1:
            x, y = line[0]
            line.insert(0, (max(0.0, x - step), y))
    return lines
