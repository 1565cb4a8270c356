"""The core's tests once more, on the page's own MicroPython, each shown as a test of its own.

Node runs them all in one process (micropython_runner.mjs); a failure shows MicroPython's traceback.
"""

import ast
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "detector"


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(TESTS.parent).with_suffix("").parts).removesuffix(".__init__")


def expected_tests() -> list[str]:
    """The names of all tests that MicroPython is to run, read from their files."""
    names = []
    for folder, files in (("core", "test_*.py"), ("micropython", "[!_]*.py")):
        for path in sorted((TESTS / folder).rglob(files)):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    names.append(f"{name_of(path)}::{node.name}")
    return names


def expected_modules() -> list[str]:
    elsewhere = ("browser", "native", "pillow", "studio")
    return [
        name_of(path)
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in elsewhere and path.stem != "__main__"
    ]


def expected_pages() -> list[str]:
    pages = sorted((PACKAGE / "browser").rglob("*.py"))
    return ["/main.py", *[f"/{path.relative_to(TESTS.parent).as_posix()}" for path in pages]]


@pytest.fixture(scope="session")
def outcomes() -> dict[str, str]:
    """Name -> failure, "" where there is none; of everything that MicroPython imported and ran."""
    node = os.environ.get("NODE") or shutil.which("node")
    assert node, 'There is no node: run "python3 -m tools test", or set NODE.'
    done = subprocess.run(
        [node, str(TESTS / "micropython_runner.mjs")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"The runner failed:\n{done.stdout[-2000:]}\n{done.stderr}"
    assert not done.stderr, done.stderr
    reports = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"')]
    return {report["name"]: report["failure"] for report in reports}


@pytest.mark.parametrize("name", expected_modules())
def test_core_imports_on_micropython(outcomes: dict[str, str], name: str) -> None:
    assert name in outcomes, f"MicroPython did not import {name}"
    assert not outcomes[name], outcomes[name]


@pytest.mark.parametrize("name", expected_pages())
def test_page_compiles_on_micropython(outcomes: dict[str, str], name: str) -> None:
    assert name in outcomes, f"MicroPython did not compile {name}"
    assert not outcomes[name], outcomes[name]


@pytest.mark.parametrize("name", expected_tests())
def test_on_micropython(outcomes: dict[str, str], name: str) -> None:
    module = name.partition("::")[0]
    assert not outcomes[module], outcomes[module]
    assert name in outcomes, f"MicroPython did not run {name}"
    assert not outcomes[name], outcomes[name]


def test_nothing_ran_unseen(outcomes: dict[str, str]) -> None:
    ran = {name for name in outcomes if "::" in name}
    assert ran == set(expected_tests())
