"""The page against `@tensorflow-models/coco-ssd`: same weights, same browser, same 300 x 300 pixels, same rules.

Its rules are not the page's own: only the best class of each anchor counts, boxes suppress each other across classes,
and one number is the score and the IoU threshold at once. `select` can be told so; nothing but these tests does.
The pixels are those of the page's own canvas: two bilinear resizers would be compared instead of two networks.

To the same tolerance: the network with the float32 weights; as the page loads it, its weights stored in
8 bits, against coco-ssd on those very weights (oracle/stored_weights.py); the tiny one, in the same way; and the
second once more, on onnxruntime-web as it comes from npm. What the storage costs is no matter of right or wrong, and
is measured elsewhere (models/README.md).
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from detector.vision.boxes import iou
from tests.browser.conftest import visitor
from tests.browser.live_page import LIMIT_S, LivePage
from tests.browser.oracle import stored_weights
from tools.common import paths
from tools.model import build as model
from tools.model.convert.forms import network_graph
from tools.model.convert.graphdef import parse_graphdef, read_files
from tools.serve.onlooker.server import Server
from tools.serve.server import make_server
from tools.setup import photos

LEAST = 0.5
MOST = 20
# How far apart two detections of one thing may be.
SCORE_TOLERANCE = 0.02
IOU_TOLERANCE = 0.98
SIDE = 300
BROWSER = Path(__file__).parents[1]
STORED = {
    name: paths.MODELS / f"{name}.onnx" for name in ("coco-ssd-lite", "coco-ssd-tiny")
}  # what the page loads

# What the page's Python calls the session -> the folder of the same weights for tfjs.
SESSIONS = {
    "float32_session": "/weights/",
    "app.network.detector.session.session": "/coco-ssd-lite/",
    "tiny_session": "/coco-ssd-tiny/",
}

OPEN_OTHERS = """
from detector.browser.network import runtime
from detector.browser.network.downloads.download import download
from detector.browser.network.graph import Graph
from detector.browser.network.downloads.manifest import load_manifest
from detector.browser.network.session import BrowserSession
async def open_session(name, weights):
    model = (await load_manifest()).model(name, weights=weights)
    data = await download("./models/" + model.file, lambda received, total: None)
    network = await Graph.open(await runtime.load("wasm"), data, "wasm")
    opened.append(model.file)
    return BrowserSession("wasm", network, model.input_size)
opened = []
float32_session = await open_session("coco-ssd-lite", "float32")
tiny_session = await open_session("coco-ssd-tiny", "int8")
answer(opened)
"""
DETECT_BY_ITS_RULES = f"""
from detector.vision.non_maximum_suppression import select
from detector.browser.sources.picture_decoder import fetch_picture
bitmap = await fetch_picture("/photos/PHOTO")
candidates = await SESSION.run(await SESSION.grab(bitmap))
bitmap.close()
found = select(candidates, {SIDE}, {SIDE}, threshold={LEAST}, iou={LEAST}, max_count={MOST},
               class_agnostic=True, best_class_per_anchor=True)
answer([[one.as_dict() for one in found], SESSION._grabber.canvas.toDataURL("image/png")])
"""


@pytest.fixture(scope="module")
def stored_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """For each model a tfjs model with the weights that the page loads."""
    source, folder = model.fetch_source(), tmp_path_factory.mktemp("stored-weights")
    return {name: stored_weights.write_model(source, path, folder / name) for name, path in STORED.items()}


@pytest.fixture(scope="module")
def oracles(browser: Browser, stored_models: dict[str, Path]) -> Iterator[dict[str, Page]]:
    """coco-ssd on its wasm backend, by session; on its own server: it makes functions of text, which the page's policy
    forbids."""
    folders = {"/npm/": paths.NODE_MODULES, "/oracle/": BROWSER / "oracle"}
    folders |= {"/weights/": model.fetch_source()}
    folders |= {f"/{name}/": folder for name, folder in stored_models.items()}
    with make_server(port=0, extra=folders, headers={}) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        pages = {session: browser.new_page() for session in SESSIONS}
        for session, page in pages.items():
            page.set_default_timeout(1000 * LIMIT_S)
            page.goto(f"{server.address}oracle/index.html?weights={SESSIONS[session]}")
        yield pages
        for page in pages.values():
            page.close()
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def loaded_page(visit_for_module: Callable[..., LivePage]) -> LivePage:
    live = visit_for_module()
    live.until_python()
    live.give_files(paths.PHOTOS / "chelsea.png")
    live.until("ready")
    assert live.python(OPEN_OTHERS) == ["coco-ssd-lite.float32.onnx", "coco-ssd-tiny.onnx"]
    return live


@pytest.fixture(scope="module")
def untouched_page(untouched_server: Server, browser: Browser) -> Iterator[LivePage]:
    """With onnxruntime-web as it comes from npm."""
    for visit in visitor(untouched_server, browser):
        live = visit("?provider=wasm")
        live.until_python()
        live.give_files(paths.PHOTOS / "chelsea.png")
        live.until("ready")
        yield live


@pytest.mark.parametrize("name", STORED)
def test_the_oracles_stored_weights_are_the_pages(stored_models: dict[str, Path], name: str) -> None:
    source = parse_graphdef(read_files(stored_models[name]))
    folded = network_graph(source, stored_weights.CLASS_IDS)[0]
    stored = stored_weights.stored_kernels(STORED[name])
    assert folded.kernels.keys() == stored.keys()
    assert stored_weights.largest_difference(folded.kernels, stored) < 1e-6
    for bias, values in stored_weights.stored_biases(STORED[name]).items():
        np.testing.assert_allclose(folded.constants[bias], values, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("photo", [photo.file for photo in photos.PHOTOS])
@pytest.mark.parametrize("session", SESSIONS, ids=["float32", "as-loaded", "tiny"])
def test_agrees_with_coco_ssd(
    loaded_page: LivePage, oracles: dict[str, Page], photo: str, session: str
) -> None:
    assert_agrees(loaded_page, oracles, photo, session)


@pytest.mark.parametrize("photo", [photo.file for photo in photos.PHOTOS])
def test_agrees_without_what_set_up_does_to_the_runtime(
    untouched_page: LivePage, oracles: dict[str, Page], photo: str
) -> None:
    assert_agrees(untouched_page, oracles, photo, "app.network.detector.session.session")


def assert_agrees(page: LivePage, oracles: dict[str, Page], photo: str, session: str) -> None:
    ours, pixels = page.python(DETECT_BY_ITS_RULES.replace("PHOTO", photo).replace("SESSION", session))
    theirs = oracles[session].evaluate(
        "([address, most, least]) => detectWithOracle(address, most, least)", [pixels, MOST, LEAST]
    )
    assert theirs, "the oracle sees nothing here: this photograph tests nothing"
    missing = [describe(one) for one in theirs if unmatched(one, ours)]
    extra = [describe(one) for one in ours if unmatched(one, theirs)]
    assert (missing, extra) == ([], []), f"ours: {[describe(one) for one in ours]}"


def unmatched(one: dict[str, Any], others: list[dict[str, Any]]) -> bool:
    return not any(same(one, other) for other in others)


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return (
        one["class"] == other["class"]
        and abs(one["score"] - other["score"]) <= SCORE_TOLERANCE
        and iou(clipped_corners(one), clipped_corners(other)) >= IOU_TOLERANCE
    )


def clipped_corners(found: dict[str, Any]) -> tuple[float, float, float, float]:
    """coco-ssd lets boxes reach out of the picture; the page clips them."""
    x, y, width, height = found["bbox"]
    return max(x, 0), max(y, 0), min(x + width, SIDE), min(y + height, SIDE)


def describe(found: dict[str, Any]) -> str:
    return f"{found['class']} {found['score']:.3f} at {[round(side, 1) for side in found['bbox']]}"
