"""A model or a manifest that is not what it should be: refused before it is parsed, and before it fills the memory."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.conftest import visitor
from tests.browser.live_page import LivePage
from tools.common import paths
from tools.serve.onlooker.server import Handler
from tools.serve.server import make_server

Visit = Callable[..., LivePage]
MODEL = "coco-ssd-lite.onnx"
TAIL = "coco-ssd-lite.tail.onnx"
BLOCK = bytes(1_000_000)
GIGABYTE = 10**9
# What onnxruntime-web's worker is given to parse.
RECORD_CREATED = """
window.created = [];
const RealWorker = window.Worker;
window.Worker = class extends RealWorker {
  postMessage(message, ...rest) {
    if (message?.type === "create") window.created.push(message.in.model.byteLength ?? message.in.model.length ?? 0);
    return super.postMessage(message, ...rest);
  }
};
"""


def manifest() -> dict[str, Any]:
    return dict(json.loads((paths.MODELS / "manifest.json").read_text("utf-8")))


def error_of(live: LivePage, photo_folder: Path) -> dict[str, Any]:
    """What giving a photo ends in."""
    live.until_python()
    live.give_files(photo_folder / "coffee.png")
    live.page.locator("#error:not([hidden])").wait_for()
    return live.published("error")[-1]


class Endless(Handler):
    """Sends a model of a gigabyte, under the name of one of five megabytes."""

    sent: ClassVar[list[int]] = []  # bytes, in each answer

    def do_GET(self) -> None:
        if not self.path.endswith(MODEL):
            super().do_GET()
            return
        self.close_connection = True
        self._start(200, {"Content-Type": "application/octet-stream", "Connection": "close"})
        self.sent.append(0)
        while self.sent[-1] < GIGABYTE:
            self.sent[-1] += self.wfile.write(BLOCK)


@pytest.fixture
def visit_endless(browser: Browser) -> Iterator[Visit]:
    with ExitStack() as stack:
        server = stack.enter_context(make_server(port=0))
        server.RequestHandlerClass = Endless
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        yield from visitor(server, browser)


def test_a_model_without_an_end_is_given_up_early(visit_endless: Visit, photo_folder: Path) -> None:
    """On both ways: while Python starts, and when Python fetches it."""
    live = visit_endless(init=RECORD_CREATED)
    told = error_of(live, photo_folder)
    assert told["code"] == "model-size" and MODEL in told["message"]
    assert len(Endless.sent) == 2 and sum(Endless.sent) < GIGABYTE / 10, Endless.sent
    assert all(size < 100_000 for size in live.page.evaluate("window.created")), "the tail at most"


@pytest.mark.parametrize("change", [-1, 1])
def test_a_model_of_another_size_is_refused(visit: Visit, photo_folder: Path, change: int) -> None:
    content = (paths.MODELS / MODEL).read_bytes()
    body = content[:change] if change < 0 else content + bytes(change)
    live = visit(init=RECORD_CREATED, route=(f"**/{MODEL}", lambda route: route.fulfill(body=body)))
    told = error_of(live, photo_folder)
    assert told["code"] == "model-size" and str(len(content)) in told["message"]
    assert all(size < 100_000 for size in live.page.evaluate("window.created"))


def test_the_graph_that_starts_the_runtime_is_checked_too(visit: Visit, photo_folder: Path) -> None:
    """It is parsed while Python starts, before anything else."""
    body = bytearray((paths.MODELS / TAIL).read_bytes())
    body[len(body) // 2] ^= 1
    live = visit(
        "?provider=wasm&model=coco-ssd-tiny",
        init=RECORD_CREATED,
        route=(f"**/{TAIL}", lambda route: route.fulfill(body=bytes(body))),
    )
    told = error_of(live, photo_folder)
    assert live.page.evaluate("window.created") == []
    assert told["code"] == "model-hash" and TAIL in told["message"]


HOSTILE_FILES = (
    "../../x.onnx",
    "http://127.0.0.1:9/x.onnx",
    "//127.0.0.1:9/x.onnx",
    "..\\x.onnx",
    ".x.onnx",
    "x.onnx?y",
)


def test_a_manifest_that_leads_elsewhere_is_refused_and_not_followed(
    visit: Visit, photo_folder: Path
) -> None:
    answers: list[str] = []

    def answer(route: Route) -> None:
        route.fulfill(body=answers[-1], content_type="application/json")

    def hostile(**changes: object) -> str:
        table = manifest()
        table["model"] = [{**entry, **changes} for entry in table["model"]]
        return json.dumps(table)

    def refused(live: LivePage, what: str) -> None:
        told = live.published("error")[-1]
        assert told["code"] == ("model-load" if len(what) > 10**6 else "model-format"), f"{what[:50]}: {told}"
        assert len(told["message"]) < 400
        assert not [url for url in live.requested if "x.onnx" in url or ":9/" in url], what

    for file in HOSTILE_FILES[:3]:  # from the first request on
        answers.append(hostile(file=file))
        live = visit(route=("**/models/manifest.json", answer))
        error_of(live, photo_folder)
        refused(live, file)
    picture = manifest()
    picture["check"]["picture"] = "http://127.0.0.1:9/x.jpg"
    without = {name: value for name, value in manifest().items() if name != "check"}
    others = [hostile(file=file) for file in HOSTILE_FILES[3:]]
    others += [
        hostile(bytes=10**400),
        hostile(bytes=-1),
        hostile(bytes="many"),
        hostile(sha256="0"),
        hostile(input=[]),
    ]
    others += [
        "[" * 100_000,
        "{",
        "",
        "null",
        "[]",
        " " * 3_000_000,
        json.dumps(picture),
        json.dumps(without),
    ]
    for other in others:
        answers.append(other)
        count = len(live.published("error"))
        live.page.click("#error-retry")
        live.page.locator("html[data-state=error]").wait_for(state="attached")
        assert len(live.published("error")) == count + 1
        refused(live, other)
    answers.append(json.dumps(manifest()))
    live.page.click("#error-retry")
    live.until("ready")
    assert "cup" in live.labels()
