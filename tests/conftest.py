"""The quick tests run first; those in a browser last, because Playwright keeps the thread's event loop from then on.

`make test` runs some modules at a time, each whole and in a process of its own (tools/check/checks.py).
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tools.release import bundle
from tools.runtime import fits

BROWSER = Path(__file__).parent / "browser"
# The longest of them first, or one process would be left with one of these at the end.
LONGEST = ("test_engines.py", "test_studio.py", "test_replaced.py", "test_hostile.py", "test_providers.py")

# No property hangs on how fast a machine is, nor on how many examples happen to be of no use: hypothesis takes some of
# their numbers from all modules that are imported by then.
settings.register_profile(
    "onlooker",
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large),
)
settings.load_profile("onlooker")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "piece(name): of one of tools/runtime/fits.py, and only there if it fits"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What an update of onnxruntime-web has switched off is not there to be tested."""
    fitting = fits.pieces()
    off = [item for item in items if any(mark.args[0] not in fitting for mark in item.iter_markers("piece"))]
    config.hook.pytest_deselected(items=off)
    items[:] = [item for item in items if item not in off]
    items.sort(key=lambda item: (BROWSER in item.path.parents, item.path.name not in LONGEST))


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make bundle` writes, made once in each process."""
    return bundle.build(tmp_path_factory.mktemp("dist"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-browsers", action="store_true", help="write docs/browsers.md from what test_engines.py finds"
    )
