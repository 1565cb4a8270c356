"""The page against `@tensorflow-models/coco-ssd`: same weights, same browser, same 300 x 300 pixels, same rules.

Its rules are not the page's own: only the best class of each anchor counts, boxes suppress each other across classes,
and one number is the score and the IoU threshold at once. `select` can be told so; nothing but these tests does.
The pixels are those of the page's own canvas: two bilinear resizers would be compared instead of two networks.

Twice: the network with the very same float32 weights, to the strict tolerance; and as the page loads it, its weights
stored in 8 bits, to what that storage costs (models/README.md says what it does not cost: average precision).
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from detector.boxes import iou
from tests.browser.live_page import LivePage
from tools import model, paths, photos
from tools.serve import make_server

LEAST = 0.5
MOST = 20
SIDE = 300
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Tolerance:
    """How far apart two detections of one thing may be. near: above LEAST by less, a score may fall on either side."""

    score: float
    iou: float
    near: float = 0.0


STRICT = Tolerance(score=0.02, iou=0.98)
STORED_IN_8_BITS = Tolerance(score=0.06, iou=0.9, near=0.03)

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
def oracle(browser: Browser) -> Iterator[Page]:
    """coco-ssd on its wasm backend, on its own server: it makes functions of text, which the page's policy forbids."""
    folders = {"/npm/": paths.NODE_MODULES, "/weights/": model.fetch_source(), "/oracle/": HERE / "oracle"}
    with make_server(port=0, extra=folders, headers={}) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        page = browser.new_page()
        page.goto(server.address + "oracle/index.html")
        yield page
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


@pytest.mark.parametrize("photo", [photo.file for photo in photos.PHOTOS])
@pytest.mark.parametrize(
    ("session", "tolerance"),
    [("float32_session", STRICT), ("app.detector.session", STORED_IN_8_BITS)],
    ids=["float32", "as-loaded"],
)
def test_agrees_with_coco_ssd(
    loaded_page: LivePage, oracle: Page, photo: str, session: str, tolerance: Tolerance
) -> None:
    ours, pixels = loaded_page.python(DETECT_BY_ITS_RULES.replace("PHOTO", photo).replace("SESSION", session))
    theirs = oracle.evaluate(
        "([address, most, least]) => detectWithOracle(address, most, least)", [pixels, MOST, LEAST]
    )
    assert theirs, "the oracle sees nothing here: this photograph tests nothing"
    missing = [describe(one) for one in theirs if unmatched(one, ours, tolerance)]
    extra = [describe(one) for one in ours if unmatched(one, theirs, tolerance)]
    assert (missing, extra) == ([], []), f"ours: {[describe(one) for one in ours]}"


def unmatched(one: dict[str, Any], others: list[dict[str, Any]], tolerance: Tolerance) -> bool:
    return one["score"] > LEAST + tolerance.near and not any(same(one, other, tolerance) for other in others)


def same(one: dict[str, Any], other: dict[str, Any], tolerance: Tolerance) -> bool:
    return (
        one["class"] == other["class"]
        and abs(one["score"] - other["score"]) <= tolerance.score
        and iou(clipped_corners(one), clipped_corners(other)) >= tolerance.iou
    )


def clipped_corners(found: dict[str, Any]) -> tuple[float, float, float, float]:
    """coco-ssd lets boxes reach out of the picture; the page clips them."""
    x, y, width, height = found["bbox"]
    return max(x, 0), max(y, 0), min(x + width, SIDE), min(y + height, SIDE)


def describe(found: dict[str, Any]) -> str:
    return f"{found['class']} {found['score']:.3f} at {[round(side, 1) for side in found['bbox']]}"
