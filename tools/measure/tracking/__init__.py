"""`python3 -m tools evaluate-tracking`: how well identities are kept, beside what others do.

sequences.py   people whose ways are known: two of MOT Challenge's sequences, and crowds that the tests generate
trackers.py    our tracker, a greedy one, and those of the package `trackers`
report.py      the table in docs/tracking.md
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.common import files, paths
from tools.setup import python_env

FIGURES = paths.ROOT / "bench/tracking.json"


def run(arguments: Sequence[str]) -> int:
    """The command: a line for each sequence, frame rate and tracker; the figures and the table are written."""
    parser = argparse.ArgumentParser(prog="python3 -m tools evaluate-tracking", description=__doc__)
    parser.add_argument("--ours", action="store_true", help="only our tracker; nothing is written")
    parser.add_argument("--json", type=Path, default=FIGURES, help="write the figures to this file")
    chosen = parser.parse_args(arguments)
    python_env.install(python_env.TRACKING, "Python packages for the evaluation of tracking")
    figures = evaluate(ours_only=chosen.ours)
    if not chosen.ours:
        from . import report

        files.write(chosen.json, (json.dumps(figures, indent=1) + "\n").encode())
        report.write(figures)
    return 0


def evaluate(*, ours_only: bool = False) -> dict[str, Any]:
    """The figures of all sequences, printed as they come."""
    from .sequences import RATES, sequences
    from .trackers import TRACKERS, scores

    rows: list[dict[str, Any]] = []
    print(" HOTA  IDF1  MOTA  switches", flush=True)
    for name, sequence in sequences():
        for rate in RATES:
            thinned = sequence.thinned(rate)
            for tracker, make in TRACKERS.items():
                if ours_only and tracker != "onlooker":
                    continue
                row = {"sequence": name, "rate": rate, "tracker": tracker} | scores(thinned, make())
                print(
                    f"{row['hota']:5.1f} {row['idf1']:5.1f} {row['mota']:5.1f} {row['switches']:5d}  "
                    f"{name}, {rate} a second, {tracker}",
                    flush=True,
                )
                rows.append(row)
    return {"rates": list(RATES), "rows": rows}
