"""The browser's edge of the detector: the only package that touches `js` and `pyscript`.

Runs on PyScript's MicroPython and on Pyodide. Pixels stay on the JavaScript side: Python holds handles to
canvases, tensors and frames, and reads only results.
"""

from detector.browser.network.session_factory import open_session
from detector.browser.platform.interop import now as clock

__all__ = ["clock", "open_session"]
