"""The quick tests run first; those in a browser last, because Playwright keeps the thread's event loop from then on."""

from pathlib import Path

import pytest

from tools import bundle

BROWSER = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: BROWSER in item.path.parents)


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make bundle` writes, made once for all tests."""
    return bundle.build(tmp_path_factory.mktemp("dist"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-browsers", action="store_true", help="write docs/browsers.md from what test_engines.py finds"
    )
