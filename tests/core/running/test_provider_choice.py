"""Choosing a provider: the order, the race and its budget, what is remembered, who steps in."""

from detector.running.provider_choice import Failures, fastest, from_text, in_words, order, race, to_text
from tests.core.support import run

IDENTITY = ["0.1.0", "coco-ssd-lite", "abc", "Browser 1", "a card"]


class Entrant:
    """Runs that take so long each, the last time again and again."""

    def __init__(self, name: str, *times: float, expected: float = 0.0) -> None:
        self.name = name
        self.times = list(times)
        self.expected = expected
        self.runs = 0

    async def run(self) -> float:
        self.runs += 1
        return self.times[min(self.runs, len(self.times)) - 1]

    def entry(self) -> tuple:
        return (self.name, self.run, self.expected)


def raced(*entrants: Entrant, **options: float) -> dict:
    return run(race([entrant.entry() for entrant in entrants], **options))


def test_auto_starts_on_wasm_or_on_what_won_before() -> None:
    assert order("auto") == ["wasm", "webgpu"]
    assert order("auto", "webgpu") == ["webgpu", "wasm"]
    assert order("auto", "wasm") == ["wasm", "webgpu"]


def test_a_choice_counts_more_than_what_won_before() -> None:
    assert order("webgpu", "wasm") == ["webgpu", "wasm"]
    assert order("wasm", "webgpu") == ["wasm", "webgpu"]
    assert order("webgl") == ["webgl", "wasm", "webgpu"]


def test_a_race_takes_turns_and_gives_medians_without_the_first_round() -> None:
    quick, slow = Entrant("webgpu", 500.0, 9.0, 11.0, 10.0), Entrant("wasm", 90.0, 38.0, 40.0, 300.0, 39.0)
    assert raced(quick, slow, rounds=4) == {"webgpu": 10.0, "wasm": 40.0}
    assert (quick.runs, slow.runs) == (4, 4)


def test_a_race_never_begins_what_would_exceed_its_budget() -> None:
    for took in (1.0, 9.0, 100.0, 333.0, 999.0, 1001.0):
        for spent in (0.0, 700.0, 1999.0):
            first, second = Entrant("webgpu", took, expected=took), Entrant("wasm", 40.0, expected=40.0)
            raced(first, second, spent_ms=spent)
            assert spent + first.runs * took + second.runs * 40.0 <= 2000.0


def test_a_slow_start_leaves_nothing_to_race_with() -> None:
    late, steady = Entrant("webgpu", 9.0), Entrant("wasm", 38.0)
    assert raced(late, steady, spent_ms=2000.1) == {}
    assert late.runs == steady.runs == 0


def test_a_first_run_that_would_take_too_long_is_not_made() -> None:
    slow, steady = Entrant("webgpu", 12000.0, expected=12000.0), Entrant("wasm", 38.0)
    assert raced(slow, steady) == {}
    assert slow.runs == 0


def test_one_round_is_better_than_none() -> None:
    assert raced(Entrant("webgpu", 900.0), Entrant("wasm", 700.0)) == {"webgpu": 900.0, "wasm": 700.0}


def test_a_round_that_was_cut_short_does_not_count() -> None:
    first, second = Entrant("webgpu", 100.0), Entrant("wasm", 100.0)
    times = raced(first, second, budget_ms=550.0)
    assert (first.runs, second.runs) == (3, 2)
    assert times == {"webgpu": 100.0, "wasm": 100.0}


def test_a_rival_has_to_win_by_a_margin() -> None:
    assert fastest({"wasm": 40.0, "webgpu": 9.0}, "wasm") == "webgpu"
    assert fastest({"wasm": 40.0, "webgpu": 34.0}, "wasm") == "webgpu"
    assert fastest({"wasm": 40.0, "webgpu": 39.0}, "wasm") == "wasm"
    assert fastest({"wasm": 40.0, "webgpu": 45.0}, "wasm") == "wasm"
    assert fastest({}, "wasm") == "wasm"


def test_why_is_said_in_words() -> None:
    times = {"wasm": 38.4, "webgpu": 9.1}
    assert in_words("webgpu", times) == "9 ms against WebAssembly's 38 ms"
    assert in_words("wasm", {"wasm": 38.4, "webgpu": 45.0}) == "38 ms against WebGPU's 45 ms"
    assert in_words("wasm", {}) == "" and in_words("wasm", {"wasm": 38.4}) == ""


def test_staying_in_spite_of_a_quicker_rival_is_explained() -> None:
    told = in_words("wasm", {"wasm": 38.0, "webgpu": 36.0})
    assert told == "38 ms against WebGPU's 36 ms, too little to change for"


def test_a_choice_is_remembered_for_the_same_circumstances_only() -> None:
    text = to_text(IDENTITY, "webgpu", "9 ms against WebAssembly's 38 ms")
    known = from_text(text, IDENTITY)
    assert known is not None
    assert (known.provider, known.why) == ("webgpu", "9 ms against WebAssembly's 38 ms")
    for index in range(len(IDENTITY)):
        other = list(IDENTITY)
        other[index] += "!"
        assert from_text(text, other) is None


def test_what_others_stored_is_ignored() -> None:
    bad = [
        "",
        "not json",
        "null",
        "[1]",
        '"webgpu"',
        to_text(IDENTITY, "webgl", "why"),
        to_text(IDENTITY, "cpu", "why"),
        to_text(IDENTITY, "webgpu", None),
    ]
    for text in bad:
        assert from_text(text, IDENTITY) is None, text


def test_another_steps_in_before_the_same_starts_again() -> None:
    failures = Failures(["wasm", "webgpu"])
    failures.failed("wasm")
    assert failures.next("wasm") == "webgpu"
    failures.failed("webgpu")
    assert failures.next("webgpu") == "wasm"
    failures.failed("wasm")
    assert failures.next("wasm") == "webgpu"
    failures.failed("webgpu")
    assert failures.next("webgpu") is None


def test_the_same_starts_again_where_it_is_the_only_one() -> None:
    failures = Failures(["wasm", "webgpu"])
    failures.failed("wasm")
    failures.ruled_out("webgpu")
    assert failures.next("wasm") == "wasm"
    failures.failed("wasm")
    assert failures.next("wasm") is None


def test_a_long_time_without_failure_forgives() -> None:
    failures = Failures(["wasm"], forgiven_after=3)
    for _ in range(5):
        failures.failed("wasm")
        assert failures.next("wasm") == "wasm"
        for _ in range(3):
            failures.ran()
    failures.failed("wasm")
    failures.ran()
    failures.ran()
    failures.failed("wasm")
    assert failures.next("wasm") is None
    failures.forgive()
    assert failures.next("wasm") == "wasm"
