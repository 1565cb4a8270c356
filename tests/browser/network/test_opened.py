"""The network as set-up has opened it: the page goes on from there, and opens it as any other where it cannot."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Route

from tests.browser.live_page import LivePage
from tools.common import paths
from tools.runtime import fits
from tools.runtime.kernels import gemm
from tools.runtime.kernels.module import bodies, replaced
from tools.runtime.snapshot import build
from tools.runtime.trim import shorten
from tools.runtime.trim.observe import code_of

Visit = Callable[..., LivePage]
Change = Callable[[Route], None]
pytestmark = pytest.mark.piece(fits.SNAPSHOT)


def names(live: LivePage) -> list[str]:
    return [url.rpartition("/")[2] for url in live.requested]


def look(live: LivePage, photo: Path) -> list[str]:
    live.until_python()
    live.give_files(photo)
    live.until("ready")
    return live.labels()


def test_the_page_goes_on_from_there(visit: Visit, photo_folder: Path) -> None:
    live = visit("?nothing")
    assert look(live, photo_folder / "chelsea.png")[0] == "cat"
    told = json.loads(build.LIST.read_text("utf-8"))
    (model,) = told["models"].values()
    asked = names(live)
    assert told["wasm"]["file"] in asked
    assert asked.count(f"{build.MODEL}.onnx") == 1
    assert len({one["file"] for one in model.values()} & set(asked)) == 1, "the memory for its threads"
    assert not {shorten.TRIMMED, shorten.WHOLE, f"{build.MODEL}.tail.onnx"} & set(asked), (
        "what opens a network"
    )


def served(pattern: str) -> Path:
    (path,) = (paths.VENDOR / "ort").glob(pattern)
    return path


def missing(route: Route) -> None:
    route.fulfill(status=404)


def damaged(route: Route) -> None:
    path = paths.ROOT / route.request.url.split("/", 3)[3]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    route.fulfill(body=bytes(content), content_type="application/octet-stream")


def without_product(route: Route) -> None:
    """The matrix product, which every run needs."""
    module = served("start-*.wasm").read_bytes()
    product = bodies(code_of(module)).index(gemm.kernel(zero=True))
    route.fulfill(body=replaced(module, {product: shorten.EMPTY}), content_type="application/wasm")


def of_another_model(route: Route) -> None:
    told = json.loads(build.LIST.read_text("utf-8"))
    route.fulfill(json={**told, "models": {"0" * 64: next(iter(told["models"].values()))}})


@pytest.mark.parametrize(
    ("pattern", "change"),
    [
        ("**/snapshots.json", missing),
        ("**/snapshots.json", of_another_model),
        ("**/start-*.wasm", missing),
        pytest.param("**/start-*.wasm", without_product, marks=pytest.mark.piece(fits.GEMM)),
        ("**/*.memory", missing),
        ("**/*.memory", damaged),
        ("**/web/opened.js", missing),
        ("**/web/snapshot.js", missing),
        ("**/web/network.js", missing),
    ],
)
def test_where_it_cannot_the_network_is_opened_as_any_other(
    visit: Visit, photo_folder: Path, pattern: str, change: Change
) -> None:
    live = visit("?nothing", route=(pattern, change))
    live.expected_errors = ("404", "unreachable", "network.js", "dynamically imported module")
    assert look(live, photo_folder / "chelsea.png")[0] == "cat"
    assert live.data["provider"] == "wasm"
    assert shorten.TRIMMED in names(live)
    assert live.published("error") == [], "nobody has to know"
    assert shorten.WHOLE not in names(live), "nothing was wrong with the usual build"


def test_a_function_that_is_missing_later_costs_no_frame(visit: Visit, photo_folder: Path) -> None:
    """The second picture meets what the first did not."""
    live = visit("?nothing", init=TRAPS_AT_THIRD)
    assert look(live, photo_folder / "chelsea.png")[0] == "cat"
    live.give_files(photo_folder / "coffee.png")
    live.until_results(2)
    live.until("ready")
    assert live.labels()[0] == "cup"
    assert shorten.TRIMMED in names(live)
    assert live.published("error") == []


TRAPS_AT_THIRD = """
const RealWorker = window.Worker;
window.Worker = class extends RealWorker {
  postMessage(message, ...rest) {
    if (!(message?.run >= 2)) return super.postMessage(message, ...rest);
    const { port1, port2 } = new MessageChannel();
    const failed = { name: "RuntimeError", message: "unreachable" };
    port1.onmessage = () => this.onmessage({ data: { ran: message.run, failed } });
    port2.postMessage("");
  }
};
"""


def test_its_worker_ends_with_the_network(visit: Visit, photo_folder: Path) -> None:
    live = visit("?nothing")
    look(live, photo_folder / "chelsea.png")
    assert any(worker.url.endswith("/opened.js") for worker in live.page.workers)
    live.python("await app.network.detector.close()\nanswer(1)")
    live.until_no_workers()
