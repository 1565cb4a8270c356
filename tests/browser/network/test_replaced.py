"""One session takes the place of another while the camera runs: a faster one, one for a failed one, a fresh one.

There is no GPU where these tests run. What a fast one would do is shown by a stand-in: WebGPU's build of
onnxruntime-web is exchanged for one that computes on wasm, and that is made quick or slow. All else is the page's own.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.live_page import LivePage
from tests.browser.sources.test_camera import COUNT_TRACKS, LIVE_TRACKS

Visit = Callable[..., LivePage]

BUILD = "**/ort.jspi.min.mjs"
GRAPHICS_CARD = """
Object.defineProperty(navigator, "gpu", { value: {
  requestAdapter: async () => ({
    info: { vendor: "acme", architecture: "anvil", device: "", description: "", isFallbackAdapter: false },
    requestDevice: async () => ({
      lost: new Promise((resolve) => { window.loseDevice = resolve; }),
      destroy() {},
    }),
  }),
} });
"""
STAND_IN = """
import * as wasm from "./ort.wasm.min.mjs#stand-in";
import { sessionOptions } from "../../web/bridge.js";
export const { env, Tensor } = wasm;
export const InferenceSession = {
  async create(model) {
    const session = await wasm.InferenceSession.create(model, sessionOptions("wasm"));
    let first;
    return {
      run: async (feeds) => { RUN },
      release: () => session.release(),
    };
  },
};
"""
QUICK = "return (first ??= await session.run(feeds));"  # computes once, and has the answer ready from then on
SLOW = "for (let i = 0; i < 4; i++) await session.run(feeds); return session.run(feeds);"
FAILS_LATER = "if (first) throw new Error('the shader broke'); return (first = await session.run(feeds));"

# Chromium's own WebGPU, in software, that calls itself a card: what the page's shaders do is real.
SOFTWARE_CARD = """
Object.defineProperty(GPUAdapter.prototype, "info", { get: () => ({ vendor: "acme", architecture: "anvil" }) });
const request = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (...given) {
  return (window.device = await request.apply(this, given));
};
"""
# The network alone is on wasm: slow with a picture from main memory, quick with one on the GPU, and unable to record.
RESIDENT_WINS = """
import * as wasm from "./ort.wasm.min.mjs#stand-in";
import { sessionOptions } from "../../web/bridge.js";
export const { env, Tensor } = wasm;
const COPY = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
async function fetched(tensor) {
  const { gpuBuffer: source, dims } = tensor;
  const staging = device.createBuffer({ size: source.size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(source, 0, staging, 0, source.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  return new Tensor("float32", new Float32Array(staging.getMappedRange().slice(0)), dims);
}
function uploaded({ data, dims }) {
  const buffer = device.createBuffer({ size: data.byteLength, usage: GPUBufferUsage.STORAGE | COPY });
  device.queue.writeBuffer(buffer, 0, data);
  return Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims, dispose: () => window.disposed++ });
}
window.disposed = 0;
export const InferenceSession = {
  async create(model, { enableGraphCapture, preferredOutputLocation }) {
    if (enableGraphCapture) throw new Error("this card records nothing");
    const session = await wasm.InferenceSession.create(model, sessionOptions("wasm"));
    const slow = async (feeds) => {
      for (let i = 0; i < 15; i++) await session.run(feeds); // far slower than shaders in software on a busy machine
      return session.run(feeds);
    };
    const quick = async ({ colours }) => {
      const { encodings, logits } = await session.run({ colours: await fetched(colours) });
      return { encodings: uploaded(encodings), logits: uploaded(logits) };
    };
    return { run: preferredOutputLocation ? quick : slow, release: () => session.release() };
  },
};
"""

NO_STORAGE = """
Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("The operation is insecure.", "SecurityError"); },
});
"""
FAILING = """
window.failing = 0;
window.failure = "";
window.failingKind = "run";
const RealWorker = window.Worker;
window.Worker = class extends RealWorker {
  postMessage(message, ...rest) {
    const opened = message?.run !== undefined; // web/opened.js' messages, not onnxruntime-web's
    const kind = opened ? "run" : message?.type;
    if (kind !== window.failingKind || window.failing < 1) return super.postMessage(message, ...rest);
    window.failing--;
    const failed = { name: "Error", message: window.failure };
    const data = opened ? { ran: message.run, failed } : { type: message.type, err: window.failure };
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => this.onmessage({ data });
    port2.postMessage("");
  }
};
"""
DEAF = """
const HearingWorker = window.Worker;
const hearing = new Set();
window.Worker = class extends HearingWorker {
  constructor(...given) { super(...given); hearing.add(this); }
  postMessage(message, ...rest) { if (hearing.has(this)) super.postMessage(message, ...rest); }
};
window.deafen = () => hearing.clear();
"""
MEMORY = """
window.held = 100e6;
window.begun = 0;
window.measured = new Promise((resolve) => {
  performance.measureUserAgentSpecificMemory = async () => { resolve(); return { bytes: window.held }; };
});
const BeforeWorker = window.Worker;
window.ended = new Promise((resolve) => {
  window.Worker = class extends BeforeWorker {
    constructor(...given) { super(...given); window.begun++; }
    terminate() { super.terminate(); resolve(); }
  };
});
"""


def stand_in(run: str) -> tuple[str, Callable[[Route], None]]:
    """WebGPU's build, exchanged for one on wasm whose runs are as given."""
    body = STAND_IN.replace("RUN", run)
    return BUILD, lambda route: route.fulfill(body=body, content_type="text/javascript")


def until_python_with_time(live: LivePage) -> None:
    """A race ends with a measured winner, however busy this machine is."""
    live.until_python()
    live.python("from detector.running import provider_choice\nprovider_choice.BUDGET_MS = 6e7\nanswer(True)")


def until_provider(live: LivePage, provider: str) -> None:
    live.page.locator(f"html[data-provider={provider}]").wait_for(state="attached")


def until_reason(live: LivePage, words: str) -> str:
    live.page.locator("#reasons", has_text=words).wait_for(state="attached")
    return live.page.text_content("#reasons") or ""


def until_more_results(live: LivePage, more: int = 3) -> None:
    live.until_results(len(live.results) + more)


def assert_stream_went_on(live: LivePage) -> None:
    """No frame was lost, nothing was reported as an error, and the camera is the same."""
    results = live.results
    assert [result["frame"] for result in results] == list(range(1, len(results) + 1))
    assert live.published("error") == []
    assert [event["state"] for event in live.published("state")] == ["loading", "running"]
    assert live.page.evaluate("window.tracks.length") == live.page.evaluate(LIVE_TRACKS) == 1


def test_auto_starts_on_wasm_and_changes_to_what_is_faster(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=COUNT_TRACKS + GRAPHICS_CARD, route=stand_in(QUICK))
    until_python_with_time(live)
    live.start()
    live.until_results(1)
    assert live.results[0]["provider"] == "wasm", "the first box waits for no measuring"
    until_provider(live, "webgpu")
    until_more_results(live)
    assert live.results[-1]["provider"] == "webgpu"
    assert_stream_went_on(live)
    reasons = live.page.text_content("#reasons") or ""
    assert reasons.startswith("WebGPU, ") and "against WebAssembly's" in reasons

    live.open("")  # the next visit
    live.until_python()
    live.start()
    live.until_results(1)
    assert live.results[0]["provider"] == "webgpu"
    assert "measured on an earlier visit" in (live.page.text_content("#reasons") or "")


def test_what_stays_on_the_gpu_takes_over_where_it_is_faster(visit: Visit, camera_on_gpu: Browser) -> None:
    live = visit(
        "?look=once&provider=webgpu",
        using=camera_on_gpu,
        init=COUNT_TRACKS + SOFTWARE_CARD,
        route=(BUILD, lambda route: route.fulfill(body=RESIDENT_WINS, content_type="text/javascript")),
    )
    until_python_with_time(live)
    live.start()
    reasons = until_reason(live, "this card records nothing")
    assert "Not WebGPU with a recorded run" in reasons
    reasons = until_reason(live, " against ")
    assert "against WebGPU's" in reasons
    until_more_results(live, 5)
    arrangement = live.python("answer(app.network.detector.session.session.arrangement)")
    assert arrangement == "webgpu-resident", reasons
    assert_stream_went_on(live)
    assert live.results[-1]["provider"] == "webgpu"
    assert "person" in [one["class"] for one in live.results[-1]["detections"]], (
        "which went through both shaders"
    )
    runs = live.page.evaluate("window.disposed") // 2
    assert runs >= 5, "every run's outputs are given back"


def test_auto_stays_with_wasm_where_webgpu_is_slower(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=COUNT_TRACKS + GRAPHICS_CARD, route=stand_in(SLOW))
    live.until_python()
    live.start()
    reasons = until_reason(live, "WebGPU")
    assert reasons.startswith("WebAssembly, ")
    assert "against WebGPU's" in reasons or "did not start within 2 s" in reasons
    until_more_results(live)
    assert {result["provider"] for result in live.results} == {"wasm"}
    assert_stream_went_on(live)

    asked = len([url for url in live.requested if "ort.jspi" in url])
    live.open("")
    live.until_python()
    live.start()
    live.until_results(6)
    assert len([url for url in live.requested if "ort.jspi" in url]) == asked == 1, "measured once is enough"
    assert "measured on an earlier visit" in (live.page.text_content("#reasons") or "")


def test_a_rival_that_fails_in_the_race_is_passed_over(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=COUNT_TRACKS + GRAPHICS_CARD, route=stand_in(FAILS_LATER))
    until_python_with_time(live)
    live.start()
    assert "the shader broke" in until_reason(live, "Not WebGPU")
    until_more_results(live)
    assert live.results[-1]["provider"] == "wasm"
    assert_stream_went_on(live)


def test_a_visitor_who_saves_data_downloads_nothing_to_measure(visit: Visit, camera_browser: Browser) -> None:
    saves = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } });"
    live = visit(using=camera_browser, init=GRAPHICS_CARD + saves)
    live.until_python()
    live.start()
    live.until_results(6)
    assert "saves data" in (live.page.text_content("#reasons") or "")
    assert [url for url in live.requested if "jspi" in url] == []


def test_what_won_elsewhere_does_not_count_here(visit: Visit, photo_folder: Path) -> None:
    live = visit(
        init="""localStorage.setItem("onlooker:provider",
      '{"identity": ["another", "browser"], "provider": "webgpu", "why": "it was quick there"}');"""
    )
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.data["provider"] == "wasm"
    assert "quick there" not in (live.page.text_content("#reasons") or "")


def test_a_browser_that_remembers_nothing_detects_all_the_same(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=COUNT_TRACKS + GRAPHICS_CARD + NO_STORAGE, route=stand_in(QUICK))
    until_python_with_time(live)
    live.start()
    until_provider(live, "webgpu")
    until_more_results(live)
    assert_stream_went_on(live)


def test_a_lost_device_moves_the_stream_to_wasm_and_says_so(visit: Visit, camera_browser: Browser) -> None:
    live = visit(
        "?look=once&provider=webgpu",
        using=camera_browser,
        init=COUNT_TRACKS + GRAPHICS_CARD,
        route=stand_in(QUICK),
    )
    live.until_python()
    live.start()
    live.until_results(3)
    assert live.results[-1]["provider"] == "webgpu"
    live.page.evaluate("window.loseDevice({ reason: 'unknown', message: 'it was pulled out' })")
    until_provider(live, "wasm")
    until_more_results(live)
    assert live.results[-1]["provider"] == "wasm"
    assert_stream_went_on(live)
    reasons = live.page.text_content("#reasons") or ""
    assert "in place of WebGPU" in reasons and "device was lost (it was pulled out)" in reasons
    live.page.locator("#status-provider", has_text="WebGPU failed").wait_for()


def test_a_device_that_is_really_lost(visit: Visit, gpu_browser: Browser, photo_folder: Path) -> None:
    """Chromium's own WebGPU, in software."""
    capture = """
const request = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (...given) {
  return (window.device = await request.apply(this, given));
};
"""
    live = visit("?look=once&provider=webgpu", using=gpu_browser, init=capture)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready", seconds=240)
    assert live.data["provider"] == "webgpu"
    live.page.evaluate("async () => { window.device.destroy(); await window.device.lost; }")
    live.give_files(photo_folder / "coffee.png")
    live.until_results(2)
    live.until("ready")
    assert live.results[1]["provider"] == live.data["provider"] == "wasm"
    assert "cup" in live.labels()
    assert "device was lost" in (live.page.text_content("#reasons") or "")


@pytest.mark.parametrize(
    ("python", "failure", "words"),
    [
        ("micropython", "Error: a kernel broke", "a kernel broke"),
        ("pyodide", "RangeError: Out of memory", "not enough memory"),
    ],
)
def test_a_run_that_fails_is_made_again_in_a_new_worker(
    visit: Visit, camera_browser: Browser, python: str, failure: str, words: str
) -> None:
    live = visit(f"?python={python}", using=camera_browser, init=COUNT_TRACKS + FAILING)
    live.until_python()
    live.start()
    live.until_results(3)
    workers = len(live.page.workers)
    live.page.evaluate("(failure) => { window.failure = failure; window.failing = 1; }", failure)
    assert words in until_reason(live, "started again")
    until_more_results(live)
    assert live.page.evaluate("window.failing") == 0
    assert_stream_went_on(live)
    live.page.locator("#status-provider", has_text="started again").wait_for()
    live.until_workers(workers)


def test_a_worker_that_answers_no_more_is_replaced(visit: Visit, camera_browser: Browser) -> None:
    """As if the browser had ended it without a word."""
    live = visit("?provider=wasm", using=camera_browser, init=COUNT_TRACKS + DEAF)
    live.until_python()
    live.python(
        "import detector.browser.network.runtime as runtime\nruntime.RUN_LIMIT = 6000.0\nanswer(True)"
    )
    live.start()
    live.until_results(3)
    workers = len(live.page.workers)
    live.page.evaluate("window.deafen()")
    assert "no answer within 6 s" in until_reason(live, "started again")
    until_more_results(live)
    assert_stream_went_on(live)
    live.until_workers(workers)


def test_a_start_that_failed_leaves_no_broken_worker_behind(visit: Visit, photo_folder: Path) -> None:
    script = """Object.assign(window, { failingKind: "init-wasm", failure: "Error: no more threads", failing: 1 });"""
    # As any other network is opened: what set-up has opened is not there.
    live = visit(init=FAILING + script, route=("**/snapshots.json", lambda route: route.fulfill(status=404)))
    live.expected_errors = ("404",)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.page.wait_for_selector("#error:not([hidden])")
    assert "no more threads" in live.error_text
    live.page.click("#error-retry")
    live.until("ready")
    assert live.labels()[0] == "cat"
    assert live.data["provider"] == "wasm"


SILENT = """
const Answering = window.Worker;
let first = true;
window.Worker = class extends Answering {
  constructor(...given) { super(...given); this.silent = first; first = false; }
  postMessage(...given) { if (!this.silent) super.postMessage(...given); }
};
"""


def test_a_runtime_that_never_answers_is_started_again(visit: Visit, photo_folder: Path) -> None:
    live = visit(init=SILENT)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.labels()[0] == "cat"
    assert live.published("error") == []


def test_only_when_nothing_is_left_the_visitor_hears_of_it(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=COUNT_TRACKS + FAILING)
    live.until_python()
    live.start()
    live.until_results(3)
    live.page.evaluate("() => { window.failure = 'Error: a kernel broke'; window.failing = 1e9; }")
    live.page.wait_for_selector("#error:not([hidden])")
    assert "a kernel broke" in live.error_text
    assert live.published("error")[-1]["code"] == "provider"
    live.page.evaluate("window.failing = 0")
    before = len(live.results)
    live.page.click("#error-retry")
    live.until_results(before + 3)
    assert live.data["state"] == "running"


def test_memory_that_grew_is_given_back_between_two_frames(visit: Visit, camera_browser: Browser) -> None:
    live = visit(using=camera_browser, init=COUNT_TRACKS + MEMORY)
    live.until_python()
    live.start()
    live.until_results(3)
    begun = live.page.evaluate("window.begun")
    # Not minutes, but each frame. This look gives the size to begin with.
    live.python("app.network.detector.session.maintenance.guard.cadence_ms = 0.0\nanswer(True)")
    live.page.evaluate("window.measured")
    live.page.evaluate("window.held = 500e6")
    live.page.evaluate("window.ended")
    until_more_results(live, 10)
    assert live.page.evaluate("window.begun") == begun + 1, (
        "renewed once: what it held then is the new measure"
    )
    assert_stream_went_on(live)
    assert live.data["provider"] == "wasm"
