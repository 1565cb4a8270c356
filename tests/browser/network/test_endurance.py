"""Nothing grows while the page detects: the short form of `make soak`, without its look at the time."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tools.measure import soak
from tools.serve.onlooker.server import Server


@pytest.mark.parametrize(
    ("query", "frames"), [(soak.FULL_PACE, 1), (soak.closer_query("closest"), soak.STILL)]
)
def test_nothing_grows_in_300_inferences(
    launch: Callable[..., Browser], server: Server, tmp_path: Path, query: str, frames: int
) -> None:
    browser = launch(*soak.camera_flags(soak.make_film(tmp_path / "photographs.mjpeg", frames)))
    samples = soak.measure(browser, server.address + query, first=100, every=50, total=400)
    browser.close()
    judged = soak.judge(samples, soak.SHORT_FLOORS)
    grew = [name for name, one in judged.items() if not one["flat"] and name != "latency"]
    assert grew == [], "\n" + soak.table(judged)
    least = {name: one["begins"] for name, one in judged.items()}
    # Figures that are really taken: a page with a network in it holds as much as this.
    assert least["wasm"] > 20_000_000 and least["js_heap"] > 1_000_000 and least["python_heap"] > 50_000
    assert least["tensors"] >= 1 and least["objects_of_js"] > 5 and least["objects_of_python"] > 5


def test_what_grows_is_found() -> None:
    flat = dict.fromkeys(soak.FLOORS, 1_000_000) | {"latency": 40}
    noisy = [{**flat, "inferences": 500 * i, "js_heap": 1_000_000 + 30_000 * (i % 2)} for i in range(10)]
    assert all(one["flat"] for one in soak.judge(noisy).values())
    for name, step in {"js_heap": 2_500, "python_heap": 2_500, "tensors": 2_500, "latency": 0.5}.items():
        growing = [{**flat, "inferences": 500 * i, name: flat[name] + step * i} for i in range(10)]
        assert [key for key, one in soak.judge(growing).items() if not one["flat"]] == [name]
