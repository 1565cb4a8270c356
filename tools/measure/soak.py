"""`make soak`: whether the page an hour later is the page of the first minute.

Drives the real page with a recorded camera (160 x 120, another photograph in each frame, so that each is looked at)
through 5,000 inferences, and every 500 notes what it holds and how fast it is:

    js_heap           bytes of the page's JavaScript heap, after a collection
    js_buffers        bytes of the array buffers that it keeps
    wasm              bytes of all WebAssembly memories, the workers' too (memories.py)
    tensors           that went into or came out of onnxruntime's `run`, and were not collected
    python_heap       bytes of MicroPython's heap, after a collection
    objects_of_js     that MicroPython holds: the entries in use of its table `proxy_js_ref`
    objects_of_python that JavaScript holds: the entries of `proxy_js_map`
    dom_nodes, listeners
    latency           ms of one frame, median of the 500

With `--look closest` each photograph stands still for a second, in which its parts are looked at, too.

Frames go on meanwhile, and with each photograph Python holds what is in it: so of some readings, one for another
photograph each, the least counts. What grew is judged on the straight line through
all samples after the first 200 inferences: 2% of memory and 10% of latency are allowed, and what FLOORS calls noise.
Writes bench/soak.json, or bench/soak-closest.json; the exit code is 1 if anything grew.
"""

import argparse
import json
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import linear_regression, median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from detector.vision.regions import LOOKS
from tools.common import files, paths
from tools.measure import memories
from tools.serve.server import make_server
from tools.setup import chromium, photos

RESULTS = paths.ROOT / "bench"
FULL_PACE = "?skip=0&provider=wasm"
STILL = 30  # frames that a photograph stands still for, where its parts are looked at
SIZE = (160, 120)
MEMORY, LATENCY = 0.02, 0.10  # growth that is allowed, of the first value
# Growth that is noise whatever the first value was: ms, bytes, or things.
FLOORS = {
    "js_heap": 0,
    "js_buffers": 400_000,  # a frame of 300 x 300 RGBA is on its way, or not
    "wasm": 0,
    "tensors": 15,  # of three looks: the one under way, and those that MicroPython has yet to let go
    "python_heap": 2_000,
    "objects_of_js": 10,
    "objects_of_python": 10,
    "dom_nodes": 50,
    "listeners": 10,
    "latency": 2,
}
# In the first hundreds the browser still compiles what is used most, and tables still grow.
# A leak of one object of three blocks in each inference is above all of these; a memory of WebAssembly grows by a step
# at a time.
SHORT_FLOORS = FLOORS | {
    "js_heap": 250_000,
    "python_heap": 12_000,  # how much is in a photograph; one object in each inference would be 14,400
    "wasm": 2_000_000,
    "objects_of_js": 40,
    "tensors": 40,
}
READINGS = 6

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")

COUNT = """
window.soak = { count: 0, times: [] };
document.addEventListener("detector:result", ({ detail }) => {
  soak.count++;
  soak.times.push(detail.timings.total);
});
"""
UNTIL = """
(count) => new Promise((resolve, reject) => {
  let timer;
  const look = () => {
    clearTimeout(timer);
    timer = setTimeout(() => end(reject, `no result for 60 s: ${document.body.innerText.slice(0, 500)}`), 60_000);
    if (soak.count >= count) end(resolve);
  };
  const end = (how, value) => {
    clearTimeout(timer);
    document.removeEventListener("detector:result", look);
    how(value);
  };
  document.addEventListener("detector:result", look);
  look();
})
"""
WATCH_TENSORS = """
async () => {
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const { Session } = await import(loaded.find((name) => name.endsWith("/web/network.js")));
  const { run } = Session.prototype;
  let seen = [];
  const note = (tensors) => { for (const tensor of Object.values(tensors)) seen.push(new WeakRef(tensor)); };
  Session.prototype.run = async function (feeds, ...rest) {
    note(feeds);
    const outputs = await run.call(this, feeds, ...rest);
    note(outputs);
    return outputs;
  };
  soak.tensors = () => (seen = seen.filter((tensor) => tensor.deref())).length;
}
"""
# MicroPython collects once the call that asked for it has returned: so it is asked for the size by a second call.
WATCH_PYTHON = """
import gc, js
from pyscript.ffi import create_proxy
js.window.soak.collect = create_proxy(lambda: gc.collect())
js.window.soak.heap = create_proxy(lambda: gc.mem_alloc())
"""
READ = """
() => ({
  tensors: soak.tensors(),
  python_heap: soak.heap(),
  objects_of_js: proxy_js_ref.filter((held) => held !== undefined).length,
  objects_of_python: proxy_js_map.size,
})
"""


def run(arguments: Sequence[str]) -> int:
    """Measure, write and judge. The exit code: 1 if anything grew. `--quick` takes 300 inferences only."""
    from tools.setup import steps as setup

    parser = argparse.ArgumentParser(prog="python3 -m tools soak", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--look", choices=LOOKS, default="once")
    chosen = parser.parse_args(arguments)
    setup.ensure(tests=True)
    quick, closer = chosen.quick, chosen.look != "once"
    total, every = (500, 50) if quick else (5200, 500)
    flags = [
        *QUIET,
        *camera_flags(make_film(paths.CACHE / "soak" / "photographs.mjpeg", STILL if closer else 1)),
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")
    with make_server(port=0) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=str(chromium.ensure()), args=flags)
        query = closer_query(chosen.look) if closer else FULL_PACE
        samples = measure(browser, server.address + query, first=200, every=every, total=total, tell=print)
        browser.close()
        server.shutdown()
    judged = judge(samples, SHORT_FLOORS if quick else FLOORS)
    name = f"soak-{chosen.look}.json" if closer else "soak.json"
    files.write(
        RESULTS / name, (json.dumps({"growth": judged, "samples": samples}, indent=1) + "\n").encode()
    )
    print(table(judged))
    return 0 if all(one["flat"] for one in judged.values()) else 1


def camera_flags(film: Path) -> list[str]:
    """A camera that shows the film, and that the page may use without asking."""
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    return [*fake, f"--use-file-for-fake-video-capture={film}"]


def closer_query(look: str) -> str:
    """Of a page that looks so closely; at its own pace, as with skip=0 there is no time for it."""
    return f"?look={look}&provider=wasm"


def make_film(path: Path, frames: int = 1) -> Path:
    """JPEGs one after another, each photograph for so many frames."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as film:
        for source in photos.ensure():
            with Image.open(source) as photo:
                small = photo.convert("RGB").resize(SIZE)
            for _ in range(frames):
                small.save(film, "JPEG", quality=90)
    return path


def measure(
    browser: Browser,
    address: str,
    *,
    first: int,
    every: int,
    total: int,
    tell: Callable[[str], object] = lambda line: None,
) -> list[dict[str, Any]]:
    """Samples after `first` results, then after each `every` up to `total`, in a page of its own at that address."""
    context = browser.new_context(permissions=["camera"])
    page = context.new_page()
    page.add_init_script(COUNT)
    memories.watch(page)
    page.goto(address)
    page.wait_for_selector("html[data-ready]", state="attached")
    page.click("#start")
    page.evaluate(UNTIL, 1)
    page.evaluate(WATCH_TENSORS)
    script = "code => document.body.append(Object.assign(document.createElement('script'), code))"
    page.evaluate(script, {"type": "mpy", "textContent": WATCH_PYTHON})
    samples = []
    for count in range(first, total + 1, every):
        samples.append(sample(page, count, every // READINGS))
        tell(", ".join(f"{name} {value:,.0f}" for name, value in samples[-1].items()))
    context.close()
    return samples


def sample(page: Page, count: int, apart: int) -> dict[str, Any]:
    """What the page holds after so many results, read so many results apart; and the median of the latencies before."""
    page.evaluate(UNTIL, count)
    inferences, times = page.evaluate("[soak.count, soak.times.splice(0)]")
    protocol = page.context.new_cdp_session(page)
    readings = []
    for number in range(READINGS):
        page.evaluate(UNTIL, count + number * apart)
        page.evaluate("soak.collect()")
        protocol.send("HeapProfiler.collectGarbage")
        heap, dom = protocol.send("Runtime.getHeapUsage"), protocol.send("Memory.getDOMCounters")
        reading = {
            "js_heap": heap["usedSize"],
            "js_buffers": heap["backingStorageSize"],
            "dom_nodes": dom["nodes"],
            "listeners": dom["jsEventListeners"],
            "wasm": memories.held(page),
        }
        readings.append(reading | page.evaluate(READ))
    protocol.detach()
    held = {name: min(reading[name] for reading in readings) for name in FLOORS if name != "latency"}
    return {"inferences": inferences, **held, "latency": round(median(times), 2)}


def judge(samples: list[dict[str, Any]], floors: dict[str, int] = FLOORS) -> dict[str, dict[str, Any]]:
    """Of each thing: where the straight line through its samples begins and ends, and whether that is flat."""
    counts = [one["inferences"] for one in samples]
    judged = {}
    for name, floor in floors.items():
        slope, intercept = linear_regression(counts, [one[name] for one in samples])
        begins, ends = slope * counts[0] + intercept, slope * counts[-1] + intercept
        allowed = max(floor, (LATENCY if name == "latency" else MEMORY) * begins)
        judged[name] = {
            "begins": round(begins, 1),
            "ends": round(ends, 1),
            "growth": round((ends - begins) / begins, 4) if begins else None,
            "flat": ends - begins <= allowed,
        }
    return judged


def table(judged: dict[str, dict[str, Any]]) -> str:
    """For the terminal."""
    lines = [f"{'':18} {'begins':>14} {'ends':>14} {'growth':>8}"]
    for name, one in judged.items():
        growth = "" if one["growth"] is None else f"{one['growth']:+.1%}"
        verdict = "" if one["flat"] else "  GREW"
        lines.append(f"{name:18} {one['begins']:14,.1f} {one['ends']:14,.1f} {growth:>8}{verdict}")
    return "\n".join(lines)
