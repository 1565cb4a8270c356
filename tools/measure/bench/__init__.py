"""`make bench`: this page against `@tensorflow-models/coco-ssd`, same weights, same browser, same run.

Everything is interleaved, ours and theirs in turn, so that a machine that drifts drifts for both. Writes
bench/results.json, docs/benchmarks.md and the table of the README; nothing else holds a measured number.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from tools.setup import chromium
from tools.setup import steps as setup


def run(arguments: Sequence[str]) -> int:
    """Measure and write. `--quick` takes a few rounds only, to see that it works; `--report` writes the pages anew;
    `--crossings` measures only what Python takes, and what a step from it into JavaScript does.

    `--photographs FOLDER`, as for `evaluate`, has both pages look at photographs, and says what they find.
    """
    parser = argparse.ArgumentParser(prog="python3 -m tools bench", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--crossings", action="store_true")
    parser.add_argument("--photographs", type=Path, metavar="FOLDER")
    chosen = parser.parse_args(arguments)
    setup.ensure(tests=True)
    chromium.ensure()
    from tools.measure.bench import measure, report

    if chosen.crossings:
        measure.measure_again_crossings()
    elif not chosen.report:
        measure.measure(quick=chosen.quick, photographs=chosen.photographs)
    report.write()
    return 0
