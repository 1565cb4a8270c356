"""Each provider runs the same network with the same detections; the page chooses among them and says why."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from detector import load
from detector.boxes import iou
from tests.browser.live_page import LivePage

Visit = Callable[..., LivePage]

WRONG_PICTURE = """
const fetched = window.fetch;
window.fetch = async (...args) =>
  String(args[0]).endsWith("check.jpg") ? fetched("/photos/chelsea.png") : fetched(...args);
"""


def corners(found: dict[str, list[float]]) -> tuple[float, float, float, float]:
    x, y, width, height = found["bbox"]
    return x, y, x + width, y + height


@pytest.fixture(scope="module")
def expected(photo_folder: Path) -> dict[str, list[dict[str, object]]]:
    """What CPython's onnxruntime finds with each model: same package, same photograph."""

    async def look(model: str) -> list[dict[str, object]]:
        detector = await load(model=model)
        try:
            return [found.as_dict() for found in await detector.detect(photo_folder / "motorcycle.png")]
        finally:
            await detector.close()

    # Playwright keeps this thread's event loop for itself.
    with ThreadPoolExecutor(1) as thread:
        return {
            model: thread.submit(lambda name=model: asyncio.run(look(name))).result()
            for model in ("coco-ssd-lite", "coco-ssd-tiny")
        }


@pytest.mark.parametrize(
    ("model", "provider", "like"),
    [
        ("coco-ssd-lite", "wasm", "coco-ssd-lite"),
        ("coco-ssd-lite", "webgl", "coco-ssd-lite"),
        ("coco-ssd-lite", "webgpu", "coco-ssd-lite"),
        ("coco-ssd-tiny", "webgl", "coco-ssd-lite"),  # whose heads it shares
        ("coco-ssd-tiny", "webgpu", "coco-ssd-tiny"),
    ],
)
def test_provider_finds_the_same(
    visit: Visit,
    gpu_browser: Browser,
    photo_folder: Path,
    expected: dict[str, list[dict[str, object]]],
    model: str,
    provider: str,
    like: str,
) -> None:
    live = visit(f"?provider={provider}&model={model}", using=gpu_browser)
    live.until_python()
    live.give_files(photo_folder / "motorcycle.png")
    live.until("ready", seconds=240)
    assert live.data["provider"] == provider, live.page.text_content("#reasons")
    assert live.data["model"] == model
    found = live.results[0]["detections"]
    assert [one["class"] for one in found] == [one["class"] for one in expected[like]]
    for ours, theirs in zip(found, expected[like], strict=True):
        assert ours["score"] == pytest.approx(theirs["score"], abs=0.03)
        assert iou(corners(ours), corners(theirs)) > 0.95  # type: ignore[arg-type]
    builds = {url.rsplit("/", 1)[1] for url in live.requested if "/ort/ort." in url}
    assert (
        builds
        == {
            "wasm": {"ort.wasm.min.mjs"},
            "webgl": {"ort.webgl.min.mjs", "ort.wasm.min.mjs"},
            "webgpu": {"ort.jspi.min.mjs"},
        }[provider]
    ), "each provider's build is loaded only if it is used"


def test_a_picture_kept_on_the_gpu_gives_the_same(
    visit: Visit, gpu_browser: Browser, photo_folder: Path, expected: dict[str, list[dict[str, object]]]
) -> None:
    """In software, so slower than anything: what it computes is shown here, whether it pays is raced on a real GPU."""
    live = visit("?provider=webgpu", using=gpu_browser)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready", seconds=240)
    swapped = live.python(
        """
relay = app.detector.session
session = await relay.caretaker._opener.open_quietly("webgpu-resident")
answer([relay.session.arrangement, session.arrangement, await relay.swap(session, "for this test")])
""",
        seconds=90,
    )
    assert swapped == ["webgpu", "webgpu-resident", True]
    live.give_files(photo_folder / "motorcycle.png")
    live.until_results(2, seconds=240)
    live.until("ready", seconds=240)
    result = live.results[1]
    assert result["provider"] == "webgpu"
    assert [one["class"] for one in result["detections"]] == [
        one["class"] for one in expected["coco-ssd-lite"]
    ]
    for ours, theirs in zip(result["detections"], expected["coco-ssd-lite"], strict=True):
        assert ours["score"] == pytest.approx(theirs["score"], abs=0.03)
        assert iou(corners(ours), corners(theirs)) > 0.95  # type: ignore[arg-type]


def test_auto_passes_over_a_software_adapter_and_says_so(
    visit: Visit, gpu_browser: Browser, photo_folder: Path
) -> None:
    live = visit(using=gpu_browser)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.data["provider"] == "wasm"
    reasons = live.page.text_content("#reasons")
    assert reasons is not None and "WebGPU" in reasons and "software adapter" in reasons
    live.give_files(*[photo_folder / "chelsea.png"] * 4)
    live.until_results(5)
    assert [url for url in live.requested if "jspi" in url] == [], "what cannot win is not measured"


def test_without_webgpu_a_choice_of_it_falls_to_wasm_and_says_so(visit: Visit, photo_folder: Path) -> None:
    live = visit("?provider=webgpu")
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.data["provider"] == "wasm"
    assert "Not WebGPU" in (live.page.text_content("#reasons") or "")


def test_a_provider_with_wrong_boxes_is_not_trusted(visit: Visit, photo_folder: Path) -> None:
    """The known picture is swapped for another: what comes out can only be wrong."""
    live = visit(init=WRONG_PICTURE)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.page.wait_for_selector("#error:not([hidden])")
    assert live.published("error")[-1]["code"] == "no-provider"
    assert "known picture" in live.error_text
    assert live.results == []


def test_wasm_runs_in_a_worker_with_threads(visit: Visit, photo_folder: Path) -> None:
    live = visit("?provider=wasm")
    live.until_python()
    assert live.page.evaluate("crossOriginIsolated") is True
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    cores = live.page.evaluate("navigator.hardwareConcurrency")
    # onnxruntime-web's own worker, and one for each thread after the first.
    assert len(live.page.workers) >= (2 if cores > 1 else 1)
