"""`make test`: set up for the tests, then check format, lint, types and tests, to the first failure.

`make check`: the same in less than a minute, without the tests that need a browser or the page as it is built.
"""

import os
import subprocess
from collections.abc import Sequence

from tools.common import paths
from tools.setup import chromium, engines, npm, python_env
from tools.setup import steps as setup

# Each needs minutes of set-up, or takes them itself; videos are written for theirs.
SLOW = (
    "tests/browser",
    "tests/test_command_video.py",
    "tests/tools/model",
    "tests/tools/release/test_bundle.py",
    "tests/tools/runtime",
    "tests/tools/setup",
)
SLOWEST = ("--durations=25", "--durations-min=2")  # are named at the end
# A core or less is what a test keeps busy. A module's tests stay together: they share a page or a server.
TOGETHER = (f"-n{min(4, os.cpu_count() or 1)}", "--dist=loadfile", "--no-loadscope-reorder")


def run(arguments: Sequence[str]) -> int:
    """Run every check; `arguments` go to pytest. The exit code is the first failing check's, or 0."""
    return _each(*prepare(), ["pytest", *TOGETHER, *SLOWEST, *arguments])


def quick(arguments: Sequence[str]) -> int:
    """The same without what is SLOW, and with no more set-up than that takes."""
    setup.ensure_quick()
    environment = {**os.environ, "NODE": npm.node_path()}
    without = [f"--ignore={path}" for path in SLOW]
    return _each(str(python_env.python()), environment, ["pytest", *TOGETHER, *without, *arguments])


def _each(python: str, environment: dict[str, str], tests: list[str]) -> int:
    for check in (["ruff", "format", "--check", "."], ["ruff", "check", "."], ["mypy"], tests):
        print(f"$ {' '.join(check)}", flush=True)
        result = subprocess.run([python, "-m", *check], cwd=paths.ROOT, env=environment, check=False)
        if result.returncode:
            return result.returncode
    return 0


def prepare() -> tuple[str, dict[str, str]]:
    """Set up all that tests need: `.venv`'s Python, and the environment to run them in. Raises SetupError."""
    setup.ensure(tests=True)
    environment = {**os.environ, "CHROME": str(chromium.ensure()), "NODE": npm.node_path()}
    if engines.chosen() != ("chromium",):
        engines.ensure()
    return str(python_env.python()), environment
