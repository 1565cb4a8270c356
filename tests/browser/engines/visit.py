"""The page in an engine: what it published, and what a visitor does there."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.browser.engines.engine import Engine, EngineError
from tests.browser.live_page import ANSWER, LIMIT_S, RECORD, RUN_PYTHON, UNTIL_RESULTS, UNTIL_STATE

# When the first detections were drawn and published, in ms since navigation.
FIRST_RESULT = """
document.addEventListener("detector:result", () => { window.firstResult ??= performance.now(); });
"""
# Every track that the camera gave.
TRACKS = """
window.tracks = [];
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await open(wanted);
  window.tracks.push(...stream.getTracks());
  return stream;
};
"""
LIVE_TRACKS = "() => window.tracks.filter((track) => track.readyState === 'live').length"
# Looked at once a frame's time.
IS_THE_PAGE = """
() => new Promise((resolve) => {
  const there = document.getElementById("start") !== null;
  setTimeout(resolve, there ? 0 : 16, there);
})
"""
UNTIL_PYTHON = """
(limit) => new Promise((resolve, reject) => {
  const root = document.documentElement;
  const watcher = new MutationObserver(look);
  const timer = setTimeout(() => reject(new Error("Python is not up")), limit);
  function look() {
    if (root.dataset.ready) { watcher.disconnect(); clearTimeout(timer); resolve(); }
  }
  watcher.observe(root, { attributes: true });
  look();
})
"""
UNTIL_ERROR = """
(limit) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error("no error was reported")), limit);
  const end = () => { clearTimeout(timer); resolve(document.getElementById("error").innerText); };
  if (window.record.error.length) end();
  else document.addEventListener("detector:error", end, { once: true });
})
"""
LIMIT_MS = int(1000 * LIMIT_S)


# Where a page is that does not come to an end.
WHERE = """
() => [
  document.querySelector("#progress-text").textContent,
  document.querySelector("#progress-bytes").textContent,
  ...performance
    .getEntriesByType("resource")
    .map(({ name, responseEnd }) => `${name.split("/").pop()} ${Math.round(responseEnd)}`),
]
"""


class Visit:
    """One visit to the page; the engine may make more of them."""

    def __init__(self, engine: Engine, address: str) -> None:
        self.engine = engine
        engine.open(address)
        self._listen()

    def _listen(self) -> None:
        # Firefox may still be at the empty document that it shows while it changes to an isolated process.
        until = time.monotonic() + LIMIT_MS / 1000
        while not self.engine.evaluate(IS_THE_PAGE):
            if time.monotonic() > until:
                raise EngineError(f"the page did not open: {self.engine.messages}")
        # Nothing is published before a file is given or a button pressed, so this is early enough.
        self.engine.evaluate("() => {" + RECORD + FIRST_RESULT + TRACKS + "}")

    def reload(self) -> None:
        self.engine.reload()
        self._listen()

    @property
    def data(self) -> dict[str, str]:
        """data-* of the root element."""
        return dict(self.engine.evaluate("() => ({ ...document.documentElement.dataset })"))

    @property
    def results(self) -> list[dict[str, Any]]:
        return list(self.engine.evaluate("() => window.record.result"))

    @property
    def errors(self) -> list[dict[str, Any]]:
        return list(self.engine.evaluate("() => window.record.error"))

    @property
    def violations(self) -> list[str]:
        return list(self.engine.evaluate("() => window.record?.violations ?? []"))

    @property
    def live_tracks(self) -> int:
        """How many of the camera's tracks run."""
        return int(self.engine.evaluate(LIVE_TRACKS))

    @property
    def first_result_ms(self) -> float:
        """From navigation to the first detections."""
        return float(self.engine.evaluate("() => window.firstResult"))

    def until(self, state: str) -> None:
        self._await(UNTIL_STATE, state)

    def until_results(self, count: int) -> None:
        self._await(UNTIL_RESULTS, count)

    def _await(self, script: str, wanted: object) -> None:
        try:
            self.engine.evaluate(script, [wanted, LIMIT_MS])
        except EngineError as error:
            raise EngineError(
                f"{error}; the page: {self.engine.evaluate(WHERE)}; {self.engine.messages}"
            ) from error

    def until_python(self) -> None:
        self.engine.evaluate(UNTIL_PYTHON, LIMIT_MS)

    def until_error(self) -> str:
        """The words of the error that is shown."""
        return str(self.engine.evaluate(UNTIL_ERROR, LIMIT_MS))

    def forget(self) -> None:
        """What was published so far."""
        self.engine.evaluate("() => { window.record.result = []; window.record.error = []; }")

    def give_files(self, *files: Path) -> None:
        self.engine.give_files("#files", files)

    def look_at(self, *photos: Path) -> list[dict[str, Any]]:
        """Give it photographs; a result for each."""
        self.forget()
        self.give_files(*photos)
        self.until_results(len(photos))
        self.until("ready")
        return self.results

    def start(self) -> None:
        self.engine.click("#start")

    def stop(self) -> None:
        self.engine.click("#stop")
        self.until("idle")

    def text(self, selector: str) -> str:
        return str(self.engine.evaluate("(selector) => document.querySelector(selector).innerText", selector))

    def python(self, code: str) -> Any:
        """Run code in the page's own Python; it ends with `answer(plain value)`."""
        kind = "py" if self.data["python"] == "pyodide" else "mpy"
        return json.loads(self.engine.evaluate(RUN_PYTHON, [ANSWER + code, kind, LIMIT_MS]))


def labels(result: dict[str, Any]) -> Sequence[str]:
    """The classes in one result."""
    return [found["class"] for found in result["detections"]]
