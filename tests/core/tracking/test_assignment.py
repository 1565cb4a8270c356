"""Pairs that are worth most together: against every way that there is, for few, and by laws for many."""

from detector.tracking.assignment import assign
from tests.core.support import SEED, Dice

MANY = 300


def worth(gains: list, chosen: list) -> float:
    total = 0.0
    for pairs, column in zip(gains, chosen):
        if column is not None:
            total += dict(pairs)[column]
    return total


def best(gains: list, taken: tuple = ()) -> float:
    """The most that all rows together can be worth: every way is tried."""
    if not gains:
        return 0.0
    without = best(gains[1:], taken)
    return max(
        [without]
        + [gain + best(gains[1:], taken + (column,)) for column, gain in gains[0] if column not in taken]
    )


def random_gains(dice: Dice, rows: int, columns: int, share: float) -> list:
    return [
        [(column, dice.between(-0.2, 1.0)) for column in range(columns) if dice.number() < share]
        for _ in range(rows)
    ]


def test_nothing() -> None:
    assert assign([]) == [] and assign([[], []]) == [None, None]


def test_all_together_count_and_not_the_best_pair() -> None:
    assert assign([[(0, 0.9), (1, 0.8)], [(0, 0.7)]]) == [1, 0]
    assert assign([[(0, 0.9), (1, 0.1)], [(0, 0.7)]]) == [0, None]


def test_a_pair_that_is_worth_less_than_nothing_is_none() -> None:
    assert assign([[(0, -0.1)]]) == [None]


def test_it_is_the_best_of_all_ways() -> None:
    print("seed", SEED)
    dice = Dice()
    for number in range(MANY):
        gains = random_gains(dice, int(dice.between(1, 6)), int(dice.between(1, 6)), 0.7)
        chosen = assign(gains)
        given = [column for column in chosen if column is not None]
        assert len(given) == len(set(given)), (number, gains)
        assert abs(worth(gains, chosen) - best(gains)) < 1e-9, (number, gains, chosen)


def test_the_order_of_rows_makes_no_difference() -> None:
    print("seed", SEED)
    dice = Dice()
    for _ in range(20):
        gains = random_gains(dice, 12, 12, 0.4)
        back = assign(list(reversed(gains)))
        assert assign(gains) == list(reversed(back))
