"""`make test`: set up for the tests, then check format, lint, types and tests, to the first failure."""

import os
import subprocess
from collections.abc import Sequence

from tools import chromium, engines, npm, paths, python_env, setup


def run(arguments: Sequence[str]) -> int:
    """Run every check; `arguments` go to pytest. The exit code is the first failing check's, or 0."""
    python, environment = prepare()
    for check in (
        ["ruff", "format", "--check", "."],
        ["ruff", "check", "."],
        ["mypy"],
        ["pytest", *arguments],
    ):
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
