"""How well identities are kept: the document says what was measured, and a crowd says it once more."""

import json

from tests.core.tracking.crowds import Crowd
from tools.common import paths
from tools.measure.tracking import report
from tools.measure.tracking.sequences import FULL, Sequence
from tools.measure.tracking.trackers import greedy, ours, scores

FIGURES = json.loads((paths.ROOT / "bench/tracking.json").read_text("utf-8"))


def idf1(rate: float, tracker: str) -> float:
    """The mean over all sequences."""
    rows = [row["idf1"] for row in FIGURES["rows"] if (row["rate"], row["tracker"]) == (rate, tracker)]
    return sum(rows) / len(rows)


def test_the_document_says_what_was_measured() -> None:
    text = report.DOCUMENT.read_text("utf-8")
    assert report.BEGIN + report.table(FIGURES) + report.END in text


def test_identities_are_kept_at_least_as_well_as_by_others_and_better_at_few_frames() -> None:
    for rate in FIGURES["rates"]:
        best = max(idf1(rate, "SORT"), idf1(rate, "ByteTrack"))
        assert idf1(rate, "onlooker") >= best + (3.0 if rate <= 5 else 0.0), rate
        assert idf1(rate, "onlooker") > idf1(rate, "greedy")


def test_a_crowd_that_nobody_has_tuned_on() -> None:
    sequence = Sequence(Crowd(seed=31).looks(FULL))
    for rate, least in ((25.0, 0.0), (5.0, 20.0), (3.0, 20.0)):
        thinned = sequence.thinned(rate)
        mine, theirs = scores(thinned, ours()), scores(thinned, greedy())
        assert mine["idf1"] > theirs["idf1"] + least and mine["switches"] <= theirs["switches"], rate


def test_thinning_leaves_the_frames_nearest_to_so_many_a_second() -> None:
    whole = Sequence([(40.0 * number, [], []) for number in range(25)])
    assert [at for at, _, _ in whole.thinned(5).frames] == [0.0, 200.0, 400.0, 600.0, 800.0]
    assert len(whole.thinned(25).frames) == 25 and len(whole.thinned(3).frames) == 3
