"""WebDriver BiDi over a websocket, as much of it as the tests need: https://www.w3.org/TR/webdriver-bidi/."""

import base64
import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from tests.browser.engines.engine import Engine, EngineError
from tests.browser.live_page import LIMIT_S

ANSWER_S = LIMIT_S + 10  # what waits in the page gives up first, and says for what
SHARED = "(selector) => document.querySelector(selector)"
MIDDLE = """(selector) => {
  const element = document.querySelector(selector);
  element.scrollIntoView({ block: "nearest" });
  const { x, y, width, height } = element.getBoundingClientRect();
  const [left, top] = [Math.round(x + width / 2), Math.round(y + height / 2)];
  const hit = document.elementFromPoint(left, top);
  if (!element.contains(hit)) throw new Error(`${selector} is not what a click there would hit`);
  return [left, top];
}"""


class BiDi(Engine):
    """A session with a browser that listens at `address` (ws://.../session)."""

    def __init__(self, address: str) -> None:
        self._messages: list[str] = []
        self.requests: list[str] = []  # addresses, from watch_requests() on
        self._left: set[str] = set()  # realms of pages that were left, and of their workers
        # Photographs and screenshots are larger than what a chat would send. A page that keeps the browser busy for
        # half a minute is slow, not gone: no pings.
        self._ending = ExitStack()
        self._socket = self._ending.enter_context(connect(address, max_size=None, ping_interval=None))
        self._last = 0
        capabilities = {"alwaysMatch": {"acceptInsecureCerts": True}}
        self.capabilities = self._call("session.new", capabilities=capabilities)["capabilities"]
        self.version = str(self.capabilities["browserVersion"])
        (window,) = self._call("browsingContext.getTree")["contexts"]
        self._window: str = window["context"]
        self._call("session.subscribe", events=["log.entryAdded"])

    @property
    def messages(self) -> list[str]:
        return list(self._messages)

    def forget_messages(self) -> None:
        self._messages.clear()

    def watch_requests(self) -> None:
        """Keep what the browser is asked for by pages and their workers: not only what reaches a network."""
        self._call("session.subscribe", events=["network.beforeRequestSent"])

    def open(self, url: str) -> None:
        self._leave()
        self._call("browsingContext.navigate", context=self._window, url=url, wait="interactive")

    def reload(self) -> None:
        self._leave()
        self._call("browsingContext.reload", context=self._window, wait="interactive")

    def evaluate(self, function: str, argument: object = None) -> Any:
        wrapped = f"async (given) => JSON.stringify((await ({function})(JSON.parse(given))) ?? null)"
        return json.loads(self._function(wrapped, json.dumps(argument))["value"])

    def click(self, selector: str) -> None:
        x, y = self.evaluate(MIDDLE, selector)
        actions = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {"type": "pointer", "id": "mouse", "actions": actions}
        self._call("input.performActions", context=self._window, actions=[mouse])

    def give_files(self, selector: str, files: Sequence[Path]) -> None:
        element = {"sharedId": self._function(SHARED, selector)["sharedId"]}
        names = [str(path) for path in files]
        self._call("input.setFiles", context=self._window, element=element, files=names)

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height}
        self._call("browsingContext.setViewport", context=self._window, viewport=size)

    def screenshot(self) -> bytes:
        return base64.b64decode(self._call("browsingContext.captureScreenshot", context=self._window)["data"])

    def close(self) -> None:
        self._ending.close()

    def _function(self, declaration: str, argument: str) -> Any:
        answer = self._call(
            "script.callFunction",
            functionDeclaration=declaration,
            arguments=[{"type": "string", "value": argument}],
            target={"context": self._window},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise EngineError(answer["exceptionDetails"]["text"])
        return answer["result"]

    def _call(self, method: str, **params: object) -> Any:
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(timeout=ANSWER_S))
            if answer["type"] == "event":
                self._heard(answer["method"], answer["params"])
            elif answer["id"] == self._last:
                if answer["type"] == "error":
                    raise EngineError(f"{method}: {answer['error']}: {answer['message']}")
                return answer["result"]

    def _leave(self) -> None:
        """What a page says from here on is of loads that its end breaks off, whenever that comes, not of the next page.

        To Firefox such a load is an error of the service worker that answers it; one without an address if the worker
        made the answer itself (dom/serviceworkers/FetchEventOpChild.cpp: SynthesizeResponseWatcher::BodyComplete).
        """
        realms = self._call("script.getRealms", context=self._window)["realms"]
        self._left |= {realm["realm"] for realm in realms}

    def _heard(self, event: str, entry: dict[str, Any]) -> None:
        if event == "network.beforeRequestSent":
            self.requests.append(entry["request"]["url"])
        elif entry["level"] in ("error", "warn") and entry["source"].get("realm") not in self._left:
            self._messages.append(f"{entry['level']}: {entry['text']}")
