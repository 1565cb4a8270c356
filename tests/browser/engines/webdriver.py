"""W3C WebDriver over HTTP, as much of it as the tests need: https://www.w3.org/TR/webdriver2/."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.browser.engines.engine import Engine, EngineError
from tests.browser.live_page import LIMIT_S

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the standard's own key
SCRIPT_MS = int(1000 * LIMIT_S) + 10_000  # what waits in the page gives up first, and says for what


class WebDriver(Engine):
    """A session with a driver that listens at `address`. `capabilities`: what the browser is started with."""

    def __init__(self, address: str, capabilities: dict[str, Any]) -> None:
        self._base = address
        started = self._call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self._base += f"/session/{started['sessionId']}"
        self.capabilities: dict[str, Any] = started["capabilities"]
        self.version = str(self.capabilities["browserVersion"])
        self._call("POST", "/timeouts", {"script": SCRIPT_MS, "pageLoad": SCRIPT_MS})

    def open(self, url: str) -> None:
        self._call("POST", "/url", {"url": url})

    def reload(self) -> None:
        self._call("POST", "/refresh", {})

    def evaluate(self, function: str, argument: object = None) -> Any:
        # Errors come back as values: a driver would tell no more than their class.
        script = f"""
const given = arguments[0], done = arguments[1];
(async () => JSON.stringify((await ({function})(JSON.parse(given))) ?? null))()
  .then((value) => done([value]), (error) => done([null, String(error?.stack && error.message ? error : error)]));
"""
        answer = self._call("POST", "/execute/async", {"script": script, "args": [json.dumps(argument)]})
        if len(answer) > 1:
            raise EngineError(answer[1])
        return json.loads(answer[0])

    def click(self, selector: str) -> None:
        self._call("POST", f"/element/{self._find(selector)}/click", {})

    def give_files(self, selector: str, files: Sequence[Path]) -> None:
        text = "\n".join(str(path) for path in files)
        self._call("POST", f"/element/{self._find(selector)}/value", {"text": text})

    def resize(self, width: int, height: int) -> None:
        inner = "() => [innerWidth, innerHeight]"
        outer = self._call("GET", "/window/rect")
        now = self.evaluate(inner)
        wanted = {
            "width": outer["width"] + width - now[0],
            "height": outer["height"] + height - now[1],
        }
        self._call("POST", "/window/rect", wanted)

    def screenshot(self) -> bytes:
        return base64.b64decode(self._call("GET", "/screenshot"))

    def close(self) -> None:
        self._call("DELETE", "")

    def _find(self, selector: str) -> str:
        found = self._call("POST", "/element", {"using": "css selector", "value": selector})
        return str(found[ELEMENT])

    def _call(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, {"Content-Type": "application/json"})
        request.method = method
        try:
            with urllib.request.urlopen(request, timeout=SCRIPT_MS / 1000 + 10) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as refused:
            with refused:
                told = json.load(refused)["value"]
            raise EngineError(f"{method} {path}: {told['error']}: {told['message']}") from None
