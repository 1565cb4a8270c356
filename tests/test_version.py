"""One version, wherever it is written."""

import tomllib
from pathlib import Path

from detector.version import VERSION


def test_the_package_and_its_project_agree() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == VERSION
