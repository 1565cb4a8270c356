"""`make bench`: this page against `@tensorflow-models/coco-ssd`, same weights, same browser, same run.

Everything is interleaved, ours and theirs in turn, so that a machine that drifts drifts for both. Writes
bench/results.json, docs/benchmarks.md and the table of the README; nothing else holds a measured number.
"""

from collections.abc import Sequence

from tools.setup import chromium
from tools.setup import steps as setup


def run(arguments: Sequence[str]) -> int:
    """Measure and write. `--quick` takes a few rounds only, to see that it works; `--report` writes the pages anew."""
    setup.ensure(tests=True)
    chromium.ensure()
    from tools.measure.bench import measure, report

    if "--report" not in arguments:
        measure.measure(quick="--quick" in arguments)
    report.write()
    return 0
