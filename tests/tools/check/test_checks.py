"""tools/check/checks.py: what `make check` leaves out is what there is, and nothing else."""

from tools.check import checks
from tools.common import paths


def test_what_is_left_out_of_the_quick_check_is_there() -> None:
    """pytest takes no notice of a path to ignore that has moved: the quick check would then run it."""
    for path in checks.SLOW:
        assert (paths.ROOT / path).exists(), path
