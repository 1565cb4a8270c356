"""The quick tests run first; those in a browser last, because Playwright keeps the thread's event loop from then on."""

from pathlib import Path

import pytest

BROWSER = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: BROWSER in item.path.parents)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-browsers", action="store_true", help="write docs/browsers.md from what test_engines.py finds"
    )
