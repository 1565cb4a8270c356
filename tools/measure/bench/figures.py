"""Medians and their spread."""

from collections.abc import Sequence
from statistics import median, quantiles


def summary(values: Sequence[float]) -> dict[str, float | int]:
    """median, p95, and the quartiles as spread; milliseconds stay milliseconds."""
    if not values:
        return {"count": 0}
    if len(values) == 1:
        only = round(values[0], 3)
        return {"count": 1, "median": only, "p95": only, "low": only, "high": only}
    cuts = quantiles(values, n=20, method="inclusive")
    low, _, high = quantiles(values, n=4, method="inclusive")
    return {
        "count": len(values),
        "median": round(median(values), 3),
        "p95": round(cuts[-1], 3),
        "low": round(low, 3),
        "high": round(high, 3),
    }


def ratio(theirs: dict[str, float | int] | None, ours: dict[str, float | int] | None) -> float | None:
    """How many times as fast ours is; None where one of them was not measured."""
    if not theirs or not ours or not theirs.get("median") or not ours.get("median"):
        return None
    return round(theirs["median"] / ours["median"], 2)
