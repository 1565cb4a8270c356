"""The page under test: what it published, what it asked for, and what went wrong."""

import json
from typing import Any

from playwright.sync_api import Page, Route

# How long anything may take before a test gives it up: no machine is so busy, and what works is not slowed down by it.
LIMIT_S = 120.0

RECORD = """
window.record = { state: [], result: [], track: [], error: [], progress: [], violations: [] };
for (const name of ["state", "result", "track", "error", "progress"])
  document.addEventListener(`detector:${name}`, (event) =>
    window.record[name].push(structuredClone(event.detail)));
document.addEventListener("securitypolicyviolation", (event) =>
  window.record.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""

UNTIL_STATE = """
([wanted, limit]) => new Promise((resolve, reject) => {
  const root = document.documentElement;
  const watcher = new MutationObserver(() => look());
  const timer = setTimeout(() => end(reject, `state is still ${root.dataset.state}, not ${wanted}`), limit);
  const end = (how, value) => { watcher.disconnect(); clearTimeout(timer); how(value); };
  const look = () => {
    if (root.dataset.state === wanted) end(resolve, wanted);
    else if (root.dataset.state === "error")
      end(reject, `error: ${document.getElementById("error").innerText}`);
  };
  watcher.observe(root, { attributes: true });
  look();
})
"""

UNTIL_RESULTS = """
([count, limit]) => new Promise((resolve, reject) => {
  const enough = () => window.record.result.length >= count;
  if (enough()) return resolve();
  const shown = () => `${JSON.stringify(document.documentElement.dataset)}\n${document.body.innerText.slice(0, 1000)}`;
  const late = () => reject(`only ${window.record.result.length} results: ${shown()}`);
  const timer = setTimeout(late, limit);
  document.addEventListener("detector:result", function look() {
    if (!enough()) return;
    clearTimeout(timer);
    document.removeEventListener("detector:result", look);
    resolve();
  });
})
"""

RUN_PYTHON = """
([code, type, limit]) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject("no answer from Python"), limit);
  document.addEventListener("test:answer", (event) => { clearTimeout(timer); resolve(event.detail); }, { once: true });
  document.body.append(Object.assign(document.createElement("script"), { type, textContent: code }));
})
"""
ANSWER = """
def answer(value):
    import js, json
    from detector.browser.platform.interop import record
    js.document.dispatchEvent(js.CustomEvent.new("test:answer", record(detail=json.dumps(value))))
"""

# Results come some time after their frame was chosen, and on a busy machine long after. What was chosen, when and why,
# the gate itself knows to the millisecond.
WATCH_GATE = """
from detector.pacing.motion_gate import MotionGate
looks = []
should_infer = MotionGate.should_infer
def watched(gate, cells, now_ms):
    look = should_infer(gate, cells, now_ms)
    if look:
        looks.append((now_ms, gate.still))
    return look
MotionGate.should_infer = watched
answer(None)
"""

# Chromium says this itself whenever WebGPU is asked for an adapter on a machine that has none,
# and Playwright that it lets none through.
CHROMIUMS_OWN = ("No available adapters.", "Service Worker registration blocked by Playwright")
# It says that of a machine that is too busy, too. test_page.py finds what is fetched ahead and never used.
LATE = "was preloaded using link preload but not used within a few seconds"


def is_chromiums_own(text: str) -> bool:
    """Whether a line of the console is Chromium's own, and no fault of the page."""
    return text in CHROMIUMS_OWN or LATE in text


class LivePage:
    """A page and its record."""

    def __init__(self, page: Page, address: str, init: str = "") -> None:
        self.page = page
        self.address = address
        self.messages: list[str] = []
        self.foreign: list[str] = []
        self.missing: list[str] = []
        self.requested: list[str] = []
        self.expected_errors: tuple[str, ...] = ()
        page.set_default_timeout(1000 * LIMIT_S)
        page.on("console", lambda message: self._console(message.type, message.text))
        page.on("pageerror", lambda error: self.messages.append(f"uncaught: {error}"))
        page.on("request", lambda request: self._requested(request.url))
        page.on("response", lambda response: response.status >= 400 and self.missing.append(response.url))
        page.add_init_script(RECORD + init)

    def open(self, address: str) -> None:
        self.page.goto(self.address + address)

    def _console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not is_chromiums_own(text):
            self.messages.append(f"{kind}: {text}")

    def _requested(self, url: str) -> None:
        self.requested.append(url)
        if not url.startswith((self.address, "blob:", "data:")):
            self.foreign.append(url)

    # State

    @property
    def data(self) -> dict[str, str]:
        """data-* of the root element."""
        return dict(self.page.evaluate("({...document.documentElement.dataset})"))

    def until(self, state: str, seconds: float = LIMIT_S) -> None:
        """Wait for a state; an error state that was not asked for fails at once, in its own words."""
        self.page.evaluate(UNTIL_STATE, [state, seconds * 1000])

    def until_python(self, seconds: float = LIMIT_S) -> None:
        """Wait until the page's Python has wired everything."""
        self.page.locator("html[data-ready]").wait_for(state="attached", timeout=seconds * 1000)

    def until_results(self, count: int, seconds: float = LIMIT_S) -> None:
        self.page.evaluate(UNTIL_RESULTS, [count, seconds * 1000])

    def until_held(self, held: list[Route]) -> None:
        """Wait until a request that the test holds back has been made."""
        for _ in range(int(LIMIT_S * 60)):
            if held:
                return
            self.page.evaluate("new Promise(requestAnimationFrame)")
        raise AssertionError("what was to be held back was never asked for")

    def until_workers(self, count: int, results: int = 100) -> None:
        """Wait until so many workers are left; what ends one is told to us some results later."""
        for _ in range(results):
            if len(self.page.workers) == count:
                return
            self.until_results(len(self.results) + 1)
        raise AssertionError(f"{len(self.page.workers)} workers, not {count}: {self.page.workers}")

    def until_no_workers(self) -> None:
        """Wait until all workers have ended, which takes a browser some seconds."""
        while self.page.workers:
            with self.page.workers[0].expect_event("close"):
                pass

    # Doing

    def watch_gate(self) -> None:
        """From now on keep what a gate says of frames: `looks`. Call it before the picture starts."""
        self.python(WATCH_GATE)

    def looks(self) -> list[tuple[float, bool]]:
        """Of each frame that a gate had looked at: when, in ms by its own clock, and if it was for time alone."""
        return [(at, still) for at, still in self.python("answer(looks)")]

    def give_files(self, *paths: object) -> None:
        self.page.set_input_files("#files", [str(path) for path in paths])

    def start(self) -> None:
        self.page.click("#start")

    def stop(self) -> None:
        self.page.click("#stop")
        self.until("idle")

    def python(self, code: str, seconds: float = LIMIT_S) -> Any:
        """Run code in the page's own Python, beside main.py and its names; it ends with `answer(plain value)`."""
        kind = "py" if self.data["python"] == "pyodide" else "mpy"
        return json.loads(self.page.evaluate(RUN_PYTHON, [ANSWER + code, kind, seconds * 1000]))

    # What it published

    def published(self, name: str) -> list[dict[str, Any]]:
        return list(self.page.evaluate(f"window.record.{name}"))

    @property
    def results(self) -> list[dict[str, Any]]:
        return self.published("result")

    def labels(self, index: int = -1) -> list[str]:
        """The classes in one result."""
        return [found["class"] for found in self.results[index]["detections"]]

    @property
    def error_text(self) -> str:
        return self.page.inner_text("#error")

    # The end

    def assert_clean(self) -> None:
        """Nothing foreign was asked for, no policy was broken, nothing unexpected was reported."""
        if self.page.is_closed():
            return
        violations = self.page.evaluate("window.record?.violations ?? []")
        assert violations == [], f"content security policy: {violations}"
        assert self.foreign == [], f"asked other origins: {self.foreign}"
        unexpected = [
            text for text in self.messages if not any(part in text for part in self.expected_errors)
        ]
        assert unexpected == [], f"reported: {json.dumps(unexpected, indent=1)}"
