"""Onlooker's detector: finds and names objects in pictures, in MicroPython, Pyodide and CPython alike.

    detector = await load()                      # coco-ssd-lite, on the best provider there is; warms up
    detections = await detector.detect(frame)    # [Detection('person' 87% at x=10 y=20, 30 x 40)]
    detector.close()

A frame is whatever has pixels where you are: a video, canvas or image element in the page; a Pillow image,
a numpy array or a path in CPython. What it raises on purpose is a DetectorError: errors.py draws the tree.
"""

import sys

from detector.detection import Box, Detection
from detector.errors import DetectorError
from detector.pipeline import Detector, Result
from detector.settings import Settings

__all__ = ["Box", "Detection", "Detector", "DetectorError", "Result", "Settings", "load"]


async def load(model: str = "coco-ssd-lite", provider: str = "auto", **settings: object) -> Detector:
    """A detector that is ready: its model fetched and verified, its session created and warmed up.

    provider: "auto", or in the page "webgpu", "webgl", "wasm", in CPython "cpu".
    settings: threshold, iou, max, classes; settings.py says what they take.
    Raises SettingError for a bad setting, ModelError where the model, and ProviderError where something to run
    it cannot be had.
    """
    chosen = Settings().changed("model", model)
    for name, value in settings.items():
        chosen = chosen.changed(name, value)
    # Imported late: neither edge can be imported where the other can.
    if sys.platform in ("emscripten", "webassembly"):
        from detector.browser import clock, open_session
    else:
        from detector.native import clock, open_session
    session = await open_session(model, provider)
    detector = Detector(session, session.labels, clock, chosen)
    await detector.warm_up(session.blank())
    return detector
