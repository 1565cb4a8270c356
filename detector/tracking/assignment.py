"""Which of some is which of some others, so that all pairs together are worth most.

assign([[(0, 0.9), (1, 0.8)], [(0, 0.7)]])  # [1, 0]: 0.8 + 0.7 is more than 0.9
"""


def assign(gains: "list[list[tuple[int, float]]]") -> "list[int | None]":
    """For each row the column it gets, so that the sum of all gains is greatest; None where it gets none.

    gains: of each row its pairs (column, gain), in any order. A pair that is left out cannot be; no pair is worth
    nothing, so that one with a gain below that is never taken. Exact: the Hungarian method (H. W. Kuhn, 1955), each row
    by a shortest augmenting path with the prices of those before (R. Jonker and A. Volgenant, 1987), over the pairs
    that there are, which are few where boxes overlap.
    """
    chosen: list[int | None] = [None] * len(gains)
    owners: dict[int, int] = {}  # of the columns that are given
    row_prices = [0.0] * len(gains)
    prices: dict[int, float] = {}
    wanted: dict[int, int] = {}  # by how many rows each column is
    for pairs in gains:
        for column, _ in pairs:
            wanted[column] = wanted.get(column, 0) + 1
    for first in range(len(gains)):
        pairs = gains[first]
        if not pairs:
            continue
        if len(pairs) == 1 and wanted[pairs[0][0]] == 1:  # as almost always, where boxes do not overlap
            if pairs[0][1] > 0.0:
                chosen[first] = pairs[0][0]
            continue
        costs: dict[int, float] = {}  # from the first row to a column, of those not passed through yet
        came: dict[int, int] = {}  # from which row
        passed: list[tuple[int, float]] = []
        row, so_far = first, 0.0
        least, last = -row_prices[first], first  # what it costs to end with a row that gets none, and which
        end: int | None = None
        while True:
            here = so_far - row_prices[row]
            if here < least:
                least, last = here, row
            for column, gain in gains[row]:
                cost = here - gain - prices.get(column, 0.0)
                if column not in came or (column in costs and cost < costs[column]):
                    costs[column] = cost
                    came[column] = row
            end = None
            for column in costs:
                if costs[column] < (least if end is None else costs[end]):
                    end = column
            if end is None:
                break
            so_far = costs.pop(end)
            if end not in owners:
                break
            passed.append((end, so_far))
            row = owners[end]
        total = least if end is None else so_far
        row_prices[first] += total
        for column, cost in passed:
            prices[column] = prices.get(column, 0.0) + cost - total
            row_prices[owners[column]] += total - cost
        # Along the path back, each row takes the column that it has led to, and leaves its own.
        row = last
        if end is None:
            end, chosen[last] = chosen[last], None
        else:
            row = came[end]
            owners[end] = row
            end, chosen[row] = chosen[row], end
        while row != first:
            assert end is not None
            row = came[end]
            owners[end] = row
            end, chosen[row] = chosen[row], end
    return chosen
