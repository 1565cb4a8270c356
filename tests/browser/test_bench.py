"""`make bench` in short: each of its pages gives figures. Whether they are good no test says."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tools.measure.bench import measure
from tools.measure.bench.crossings import CROSSINGS, measure_crossings
from tools.serve.onlooker.server import Server


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    with measure.running_servers() as running:
        yield running


def test_first_box_and_bytes_of_both_pages(browser: Browser, servers: dict[str, Server]) -> None:
    found = measure.measure_load(browser, servers, rounds=1)
    assert set(found) == {"ours", "tfjs"}
    for one in found.values():
        assert one["bytes"] > 1_000_000 and one["cold"]["median"] > 0 and one["reload"]["median"] > 0


def test_frames_of_each_page_stage_by_stage(browser: Browser, servers: dict[str, Server]) -> None:
    found = measure.measure_frames(browser, servers, rounds=1, count=2)
    assert set(found) == set(measure.cpu_pages(browser, servers))
    for name, one in found.items():
        stages = {"total"} if name.startswith("tfjs") else {"grab", "infer", "select", "draw", "total"}
        assert all(one[stage]["median"] >= 0 for stage in stages) and one["total"]["median"] > 0
        assert one["first_inference"] > 0 and one["js_heap"] > 1_000_000 and one["wasm_memory"] > 10_000_000


def test_crossings_of_both_pythons(browser: Browser, servers: dict[str, Server]) -> None:
    found = measure_crossings(browser, servers["ours"].address, rounds=1)
    assert set(found) == {"micropython", "pyodide"}
    assert all(set(one) == set(CROSSINGS) for one in found.values())


def test_the_camera_of_both_pages(camera_browser: Browser, servers: dict[str, Server]) -> None:
    found = measure.measure_camera(camera_browser, servers, rounds=1, seconds=1)
    assert all(one["detections_per_second"] > 0 for one in found.values())
