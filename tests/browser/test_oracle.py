"""The page against `@tensorflow-models/coco-ssd`: same weights, same browser, same 300 x 300 pixels, same rules.

Its rules are not the page's own: only the best class of each anchor counts, boxes suppress each other across classes,
and one number is the score and the IoU threshold at once. `select` can be told so; nothing but these tests does.
The pixels are those of the page's own canvas: two bilinear resizers would be compared instead of two networks.

Twice, to the same tolerance: the network with the float32 weights; and as the page loads it, its weights stored in
8 bits, against coco-ssd on those very weights (oracle/stored_weights.py). What the storage costs is no matter of right
or wrong, and is measured elsewhere (models/README.md).
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from detector.boxes import iou
from tests.browser.live_page import LivePage
from tests.browser.oracle import stored_weights
from tools import model, paths, photos
from tools.convert.forms import network_graph
from tools.convert.graphdef import parse_graphdef, read_files
from tools.serve import make_server

LEAST = 0.5
MOST = 20
# How far apart two detections of one thing may be.
SCORE_TOLERANCE = 0.02
IOU_TOLERANCE = 0.98
SIDE = 300
HERE = Path(__file__).parent
STORED = paths.MODELS / "coco-ssd-lite.onnx"  # what the page loads

# What the page's Python calls the session -> the folder of the same weights for tfjs.
SESSIONS = {"float32_session": "/weights/", "app.detector.session.session": "/weights-8-bit/"}

OPEN_FLOAT32 = """
from detector.browser import engine, runtime
from detector.browser.download import download
from detector.browser.session import BrowserSession
reference = (await engine.load_manifest()).model("coco-ssd-lite", weights="float32")
data = await download("./models/" + reference.file, lambda received, total: None)
network = await runtime.Network.open(await runtime.load("wasm"), data, "wasm")
float32_session = BrowserSession("wasm", network, reference.input_size)
answer(reference.file)
"""
DETECT_BY_ITS_RULES = f"""
from detector.select import select
from detector.browser.pictures import fetch_picture
bitmap = await fetch_picture("/photos/PHOTO")
candidates = await SESSION.run(await SESSION.grab(bitmap))
bitmap.close()
found = select(candidates, {SIDE}, {SIDE}, threshold={LEAST}, iou={LEAST}, max_count={MOST},
               class_agnostic=True, best_class_per_anchor=True)
answer([[one.as_dict() for one in found], SESSION._grabber.canvas.toDataURL("image/png")])
"""


@pytest.fixture(scope="module")
def weights_in_8_bits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tfjs model with the weights that the page loads."""
    folder = tmp_path_factory.mktemp("weights-8-bit")
    return stored_weights.write_model(model.fetch_source(), STORED, folder)


@pytest.fixture(scope="module")
def oracles(browser: Browser, weights_in_8_bits: Path) -> Iterator[dict[str, Page]]:
    """coco-ssd on its wasm backend, by session; on its own server: it makes functions of text, which the page's policy
    forbids."""
    folders = {"/npm/": paths.NODE_MODULES, "/oracle/": HERE / "oracle"}
    folders |= {"/weights/": model.fetch_source(), "/weights-8-bit/": weights_in_8_bits}
    with make_server(port=0, extra=folders, headers={}) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        pages = {session: browser.new_page() for session in SESSIONS}
        for session, page in pages.items():
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
    assert live.python(OPEN_FLOAT32) == "coco-ssd-lite.float32.onnx"
    return live


def test_the_oracles_8_bit_weights_are_the_pages(weights_in_8_bits: Path) -> None:
    source = parse_graphdef(read_files(weights_in_8_bits))
    folded = network_graph(source, stored_weights.CLASS_IDS)[0].kernels
    stored = stored_weights.stored_kernels(STORED)
    assert folded.keys() == stored.keys()
    assert stored_weights.largest_difference(folded, stored) < 1e-6


@pytest.mark.parametrize("photo", [photo.file for photo in photos.PHOTOS])
@pytest.mark.parametrize("session", SESSIONS, ids=["float32", "as-loaded"])
def test_agrees_with_coco_ssd(
    loaded_page: LivePage, oracles: dict[str, Page], photo: str, session: str
) -> None:
    ours, pixels = loaded_page.python(DETECT_BY_ITS_RULES.replace("PHOTO", photo).replace("SESSION", session))
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
