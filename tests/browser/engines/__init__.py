"""One small interface to three browser engines, each driven by its own protocol and without a driver's library.

Chromium by Playwright, Firefox by WebDriver BiDi (a websocket), WebKitGTK by WebDriver (HTTP).
"""

from tests.browser.engines.engine import Engine, EngineError

__all__ = ["Engine", "EngineError"]
