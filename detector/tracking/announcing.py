"""What appeared and what left, for those who hear the page: seldom enough to be listened to.

announcer = Announcer()
announcer.update({"person": 1}, 0.0)        # "": nobody knows yet whether it stays
announcer.update({"person": 1}, 100.0)      # "Appeared: person."
"""

from detector.detection import Detection
from detector.language import Words


def counts_of(detections: list[Detection]) -> dict[str, int]:
    """How many there are of each class."""
    counts: dict[str, int] = {}
    for detection in detections:
        counts[detection.label] = counts.get(detection.label, 0) + 1
    return counts


class Announcer:
    """Compares what is there with what was said last.

    steady: in so many results, one after another, something must be the same to count: boxes flicker.
    rest_ms: the time between two announcements at least.
    """

    def __init__(self, steady: int = 2, rest_ms: float = 4000.0) -> None:
        self.steady = steady
        self.rest_ms = rest_ms
        self.forget()

    def forget(self) -> None:
        """Nothing was said: another picture is there."""
        self._said: dict[str, int] = {}
        self._before: dict[str, int] = {}
        self._same: dict[str, int] = {}  # in how many results each count has been what it is
        self._said_at: float | None = None

    def update(
        self, counts: dict[str, int], now_ms: float
    ) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        """(appeared, left), each (class, how many), in the order of their names; empty where there is nothing to say.

        counts: how many of each class one result has. now_ms: its time, of a clock that never goes back.
        """
        labels = sorted(set(list(counts) + list(self._before) + list(self._said)))
        for label in labels:
            same = counts.get(label, 0) == self._before.get(label, 0)
            self._same[label] = self._same.get(label, 0) + 1 if same else 1
        self._before = dict(counts)
        if self._said_at is not None and now_ms - self._said_at < self.rest_ms:
            return [], []
        appeared = []
        left = []
        for label in labels:
            if self._same[label] < self.steady:
                continue
            more = counts.get(label, 0) - self._said.get(label, 0)
            if more > 0:
                appeared.append((label, more))
            elif more < 0:
                left.append((label, -more))
            self._said[label] = counts.get(label, 0)
        if appeared or left:
            self._said_at = now_ms
        return appeared, left


def in_words(appeared: list[tuple[str, int]], left: list[tuple[str, int]], words: Words | None = None) -> str:
    """As a sentence or two: "Appeared: dog, person 2. Left: cup."; empty where there is nothing.

    words: of the language to say it in; English if left out.
    """
    words = words or Words()
    told = []
    for text, changes in (("Appeared: {things}.", appeared), ("Left: {things}.", left)):
        if changes:
            named = [
                words.label(label) if count == 1 else words.label(label) + " " + str(count)
                for label, count in changes
            ]
            told.append(words.word(text, things=words.listed(named)))
    return " ".join(told)
