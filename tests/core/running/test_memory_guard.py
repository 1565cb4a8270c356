"""The memory guard: when it looks, and when it has seen enough."""

from detector.running.memory_guard import MB, MemoryGuard


def looked(guard: MemoryGuard, sizes: list, now: float = 0.0) -> list:
    """What the guard says to one size after another, each when a look is due."""
    said = []
    assert not guard.due(now), "a page that has just loaded tells little"
    for size in sizes:
        now += guard.cadence_ms
        assert guard.due(now)
        said.append(guard.measured(size, now))
        assert not guard.due(now + guard.cadence_ms - 1)
    return said


def test_it_looks_once_in_a_while() -> None:
    guard = MemoryGuard(cadence_ms=1000.0)
    times = [now for now in range(0, 10_000, 10) if guard.due(now) and not guard.measured(MB, now)]
    assert times == [1000 * lap for lap in range(1, 10)]


def test_a_page_that_does_not_grow_is_left_alone() -> None:
    assert looked(MemoryGuard(), [300 * MB] * 20) == [False] * 20
    assert looked(MemoryGuard(), [300 * MB, 500 * MB, 310 * MB, 555 * MB]) == [False] * 4


def test_growth_is_counted_from_the_least() -> None:
    assert looked(MemoryGuard(), [300 * MB, 200 * MB, 456 * MB, 457 * MB]) == [False, False, False, True]
    assert looked(MemoryGuard(growth=10), [5, 15, 16]) == [False, False, True]


def test_after_renewal_another_measure_counts() -> None:
    guard = MemoryGuard(growth=100)
    assert looked(guard, [1000, 1101]) == [False, True]
    guard.renewed(10_000_000.0)
    assert looked(guard, [1101, 1150, 1202], 10_000_000.0) == [False, False, True]


def test_where_nothing_is_told_nothing_is_done() -> None:
    assert looked(MemoryGuard(), [0] * 5) == [False] * 5
    assert looked(MemoryGuard(growth=10), [0, 100, 0, 105, 111]) == [False, False, False, False, True]


def test_runs_count_where_they_are_bounded() -> None:
    guard = MemoryGuard(max_runs=3)
    assert not guard.due(0.0)
    for _ in range(2):
        guard.ran()
    assert not guard.due(1.0)
    guard.ran()
    assert guard.due(2.0) and guard.measured(0, 2.0)
    guard.renewed(3.0)
    assert not guard.due(4.0)


def test_runs_do_not_count_where_they_are_not() -> None:
    guard = MemoryGuard()
    for _ in range(10_000):
        guard.ran()
    assert not guard.due(0.0) and not guard.worn_out()


def test_a_clock_that_goes_back_does_not_stop_it() -> None:
    guard = MemoryGuard(cadence_ms=1000.0)
    assert not guard.due(50_000.0)
    assert not guard.due(10.0)
    assert guard.due(1010.0)
