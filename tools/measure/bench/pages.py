"""The two pages, driven alike: opened, given a photograph, timed frame by frame, watched with a camera."""

import json
from abc import ABC, abstractmethod
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

FIRST = """
document.addEventListener("EVENT", (event) => {
  if (!(WHEN) || window.firstResult) return;
  window.firstResult = performance.now();
  document.dispatchEvent(new Event("first"));
});
"""
FIRST_RESULT = """
(event) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject("no result within 300 s"), 300_000);
  if (window.firstResult) { clearTimeout(timer); resolve(window.firstResult); }
  document.addEventListener(event, () => { clearTimeout(timer); resolve(performance.now()); }, { once: true });
})
"""

# Runs in the page while it detects: frames of the screen, and tasks that held the main thread for over 50 ms.
WATCH = """
() => {
  const seen = { frames: 0, tasks: [], began: performance.now() };
  const observer = new PerformanceObserver((list) =>
    seen.tasks.push(...list.getEntries().map((entry) => entry.duration)));
  observer.observe({ type: "longtask" });
  let running = true;
  const count = () => { seen.frames++; if (running) requestAnimationFrame(count); };
  requestAnimationFrame(count);
  window.stopWatching = () => {
    running = false;
    observer.disconnect();
    const seconds = (performance.now() - seen.began) / 1000;
    return {
      screen_frames_per_second: Math.round((10 * seen.frames) / seconds) / 10,
      long_tasks_per_second: Math.round((10 * seen.tasks.length) / seconds) / 10,
      longest_task: Math.round(Math.max(0, ...seen.tasks)),
    };
  };
}
"""


class Driven(ABC):
    """One page in a context of its own, so that it starts with an empty cache."""

    event = "first"  # of the first boxes, once they are drawn
    first = ""  # a script that dispatches it

    def __init__(self, browser: Browser, address: str, query: str) -> None:
        self.context: BrowserContext = browser.new_context(permissions=["camera"])
        self.page: Page = self.context.new_page()
        self.page.add_init_script(self.first)
        self.url = address + query

    def open(self) -> None:
        self.page.goto(self.url, wait_until="commit")
        self.page.wait_for_selector("#files", state="attached")

    def first_result(self, photo: str) -> float:
        """Give it the photograph at once; milliseconds from navigation to the first detections, drawn."""
        self.page.set_input_files("#files", photo)
        return float(self.page.evaluate(FIRST_RESULT, self.event))

    def reload(self) -> None:
        self.page.reload(wait_until="commit")
        self.page.wait_for_selector("#files", state="attached")

    def heap(self) -> int:
        """Bytes of JavaScript's heap after a garbage collection."""
        protocol = self.context.new_cdp_session(self.page)
        protocol.send("HeapProfiler.collectGarbage")
        size = int(protocol.send("Runtime.getHeapUsage")["usedSize"])
        protocol.detach()
        return size

    def watch(self) -> None:
        self.page.evaluate(WATCH)

    def stop_watching(self) -> dict[str, float]:
        return dict(self.page.evaluate("window.stopWatching()"))

    def close(self) -> None:
        self.context.close()

    @abstractmethod
    def photo(self, count: int) -> dict[str, Any]:
        """`count` detections in a photograph, one after another: {"total": [ms, ...]} and stages where known."""

    @abstractmethod
    def camera(self, milliseconds: int) -> dict[str, Any]:
        """Detect in the live camera, as fast as it goes."""


class Peer(Driven):
    """tfjs."""

    first = FIRST.replace("EVENT", "peer:result").replace("WHEN", "true")

    def found(self, address: str, most: int, least: float) -> tuple[list[Any], float]:
        """[(class, bbox, score)] in a picture, and ms."""
        found, ms = self.page.evaluate("all => peer.found(...all)", [address, most, least])
        return [(one["class"], one["bbox"], one["score"]) for one in found], ms

    def photo(self, count: int) -> dict[str, Any]:
        return {"total": self.page.evaluate("count => peer.photo('/photos/motorcycle.png', count)", count)}

    def camera(self, milliseconds: int) -> dict[str, Any]:
        return {"total": self.page.evaluate("ms => peer.camera(ms)", milliseconds)}


RUN_PYTHON = """
([code, type]) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject("no answer from Python"), 300_000);
  document.addEventListener("bench:answer", (event) => { clearTimeout(timer); resolve(event.detail); }, { once: true });
  document.body.append(Object.assign(document.createElement("script"), { type, textContent: code }));
})
"""
ANSWER = """
import gc, json, js
from detector.browser.platform.interop import now, record
from detector.browser.sources.picture_decoder import fetch_picture
def answer(value):
    js.document.dispatchEvent(js.CustomEvent.new("bench:answer", record(detail=json.dumps(value))))
"""
PHOTO = """
bitmap = await fetch_picture("/photos/motorcycle.png")
frames = []
for _ in range(COUNT):
    result = await app._turn.look(bitmap)
    frames.append(result.timings)
    await asyncio.sleep(0)
bitmap.close()
answer(frames)
"""
CLOSER = """
from detector.vision.regions import regions
bitmap = await fetch_picture("ADDRESS")
result = await app.network.detector.look(bitmap, regions("LOOK", bitmap.width, bitmap.height))
bitmap.close()
found = [(one.label, list(one.box), one.score) for one in result.detections]
answer([found, result.timings["total"]])
"""
COLLECT_CAMERA = """
(milliseconds) => new Promise((resolve) => {
  const frames = [];
  let late = false; // the time is over, and there is none yet: then the first one
  const end = () => { document.removeEventListener("detector:result", take); resolve(frames); };
  const take = (event) => { frames.push(event.detail.timings); if (late) end(); };
  document.addEventListener("detector:result", take);
  setTimeout(() => { late = true; if (frames.length) end(); }, milliseconds);
})
"""


class Ours(Driven):
    """Onlooker's page."""

    # Its first look's boxes are there; it may go on with closer looks.
    first = FIRST.replace("EVENT", "detector:state").replace(
        "WHEN", "/running|ready/.test(event.detail.state)"
    )

    def found(self, address: str, look: str) -> tuple[list[Any], float]:
        """[(class, bbox, score)] in a picture that is looked at so closely, and ms."""
        found, ms = self.python(CLOSER.replace("ADDRESS", address).replace("LOOK", look))
        return found, ms

    def python(self, code: str) -> Any:
        kind = self.page.evaluate("document.documentElement.dataset.python === 'pyodide' ? 'py' : 'mpy'")
        return json.loads(self.page.evaluate(RUN_PYTHON, [f"import asyncio\n{ANSWER}{code}", kind]))

    def photo(self, count: int) -> dict[str, Any]:
        return by_stage(self.python(PHOTO.replace("COUNT", str(count))))

    def camera(self, milliseconds: int) -> dict[str, Any]:
        if self.page.evaluate("document.documentElement.dataset.state") != "running":
            self.page.click("#start")
            self.page.wait_for_selector("html[data-state=running]", state="attached")
        return by_stage(self.page.evaluate(COLLECT_CAMERA, milliseconds))

    def provider(self) -> str:
        return str(self.page.evaluate("document.documentElement.dataset.provider"))

    def python_heap(self) -> int | None:
        """Bytes that MicroPython's heap holds."""
        return int(self.python("gc.collect()\nanswer(gc.mem_alloc())"))


def by_stage(frames: list[dict[str, float]]) -> dict[str, list[float]]:
    """Timings of frames, turned: stage -> milliseconds of each frame."""
    return {stage: [frame[stage] for frame in frames] for stage in frames[0]} if frames else {"total": []}
