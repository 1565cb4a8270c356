"""Each provider runs the same network with the same detections; the page chooses among them and says why."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from detector import load
from detector.vision.boxes import iou
from tests.browser.live_page import LivePage

Visit = Callable[..., LivePage]

# Random heads through web/candidates.js, and through the same choice written plainly: descending, ties by place.
CHOICE = """
async (seed) => {
  const { candidates } = await import(new URL("./web/candidates.js", document.baseURI).href);
  const device = await (await navigator.gpu.requestAdapter()).requestDevice();
  const [anchors, classes, best] = [1917, 80, 200];
  const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 4294967296;
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const corners = new Float32Array(4 * anchors);
  for (let a = 0; a < anchors; a++) {
    const [x, y, w, h] = [random(), random(), 0.05 + random(), 0.05 + random()];
    corners.set([x - w / 2, y - h / 2, x + w / 2, y + h / 2], 4 * a);
  }
  const ids = Int32Array.from({ length: classes }, (_, c) => c + 1 + (c > 10) + (c > 25));
  const chooser = await candidates(device, corners, ids, best);
  const cases = {
    "ordinary": () => -5 + 3 * normal(),
    "many ties": () => -Math.round(20 * random() ** 0.05),
    "narrow": () => 1 + random() * 0.25,
    "not numbers": (i) => [NaN, -NaN, -Infinity, -0, 0][i % 1500] ?? (i % 1001 === 5 ? 4 * random() : -9 * random()),
    "all alike": () => -2.5,
  };
  const told = [];
  for (const [name, make] of Object.entries(cases)) {
    const logits = Float32Array.from({ length: anchors * classes }, (_, i) => make(i));
    if (name === "many ties") for (let i = 0; i < logits.length; i++) logits[i] += (i % 700) / 1000;
    const t = Float32Array.from({ length: 4 * anchors }, () => normal());
    let disposed = 0;
    const upload = (data) => {
      const gpuBuffer = device.createBuffer({ size: data.byteLength, usage: 140 }); // storage, both copies
      device.queue.writeBuffer(gpuBuffer, 0, data);
      return { gpuBuffer, dispose: () => void disposed++ };
    };
    const found = await chooser.take({ encodings: upload(t), logits: upload(logits) });
    const key = (x) => (Number.isNaN(x) ? -Infinity : x);
    const order = [...logits.keys()]
      .filter((i) => !Number.isNaN(logits[i]))
      .sort((a, b) => key(logits[b]) - key(logits[a]) || Object.is(logits[a], -0) - Object.is(logits[b], -0) || a - b)
      .slice(0, best);
    const places = [...found.anchor_ids.data].map((a, i) => a * classes + ids.indexOf(found.class_ids.data[i]));
    let error = 0;
    order.forEach((place, i) => {
      const a = Math.floor(place / classes);
      const [x0, y0, x1, y1] = corners.subarray(4 * a, 4 * a + 4);
      const [ty, tx, th, tw] = t.subarray(4 * a, 4 * a + 4);
      const cx = (x0 + x1) / 2 + 0.1 * tx * (x1 - x0), cy = (y0 + y1) / 2 + 0.1 * ty * (y1 - y0);
      const w = ((x1 - x0) / 2) * Math.exp(0.2 * tw), h = ((y1 - y0) / 2) * Math.exp(0.2 * th);
      [cx - w, cy - h, cx + w, cy + h].forEach((edge, e) => {
        error = Math.max(error, Math.abs(edge - found.boxes.data[4 * i + e]));
      });
      error = Math.max(error, Math.abs(1 / (1 + Math.exp(-logits[place])) - found.scores.data[i]));
    });
    told.push({ name, places, expectedPlaces: order, error, disposed });
  }
  device.destroy();
  return told;
}
"""


def corners(found: dict[str, list[float]]) -> tuple[float, float, float, float]:
    x, y, width, height = found["bbox"]
    return x, y, x + width, y + height


@pytest.fixture(scope="module")
def expected(photo_folder: Path) -> dict[str, list[dict[str, object]]]:
    """What CPython's onnxruntime finds with each model: same package, same photograph."""

    async def look(model: str) -> list[dict[str, object]]:
        detector = await load(model=model, look="once")
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
    live = visit(f"?look=once&provider={provider}&model={model}", using=gpu_browser)
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
    live = visit("?look=once&provider=webgpu", using=gpu_browser)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready", seconds=240)
    swapped = live.python(
        """
fallback = app.network.detector.session
session = await fallback.maintenance._factory.open_quietly("webgpu-resident")
answer([fallback.session.arrangement, session.arrangement, await fallback.swap(session, "for this test")])
""",
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


def test_candidates_chosen_on_the_gpu_are_the_best(visit: Visit, gpu_browser: Browser) -> None:
    """The shader against the same choice in JavaScript, on logits with all that is awkward: ties, NaN, infinities."""
    live = visit("?look=once", using=gpu_browser)
    live.until_python()
    compared = live.page.evaluate(CHOICE, 20261122)
    assert [case["name"] for case in compared] == [
        "ordinary",
        "many ties",
        "narrow",
        "not numbers",
        "all alike",
    ]
    for case in compared:
        if case["name"] == "all alike":  # then which ones is chance
            assert len(set(case["places"])) == 200
            continue
        assert case["places"] == case["expectedPlaces"], case["name"]
        assert case["error"] < 1e-5, case["name"]
        assert case["disposed"] == 2


def test_auto_passes_over_a_software_adapter_and_says_so(
    visit: Visit, gpu_browser: Browser, photo_folder: Path
) -> None:
    live = visit("?look=once", using=gpu_browser)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.data["provider"] == "wasm"
    # The adapter is looked for after the first box.
    reasons = live.page.locator("#reasons", has_text="software adapter")
    reasons.wait_for(state="attached")
    assert "WebGPU" in (reasons.text_content() or "")
    live.give_files(*[photo_folder / "chelsea.png"] * 4)
    live.until_results(5)
    assert [url for url in live.requested if "jspi" in url] == [], "what cannot win is not measured"


def test_without_webgpu_a_choice_of_it_falls_to_wasm_and_says_so(visit: Visit, photo_folder: Path) -> None:
    live = visit("?look=once&provider=webgpu")
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.data["provider"] == "wasm"
    assert "Not WebGPU" in (live.page.text_content("#reasons") or "")


def test_a_provider_with_wrong_boxes_is_not_trusted(visit: Visit, photo_folder: Path) -> None:
    """The known picture is swapped for another: what comes out can only be wrong."""
    live = visit(route=("**/check.jpg", lambda route: route.fulfill(path=photo_folder / "chelsea.png")))
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
