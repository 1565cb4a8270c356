"""Onlooker's detector: finds and names objects in pictures, in MicroPython, Pyodide and CPython alike.

    detector = await load()                      # coco-ssd-lite, on the best provider there is; warms up
    detections = await detector.detect(frame)    # [Detection('person' 87% at x=10 y=20, 30 x 40)]
    async for result in detector.stream(camera): # a Result for each frame that is looked at
        print(result.count("person"))
    detector.close()

A frame is whatever has pixels where you are: a video, canvas or image element in the page; a Pillow image,
a numpy array or a path in CPython. What it raises on purpose is a DetectorError: errors.py draws the tree.
"""

import sys

from detector.detection import Box, Detection
from detector.errors import DetectorError, ProviderError, UnsupportedError
from detector.pipeline import Detector
from detector.result import Result
from detector.settings import Settings
from detector.stream import Stream

__all__ = [
    "Box",
    "Detection",
    "Detector",
    "DetectorError",
    "Result",
    "Settings",
    "Stream",
    "draw_boxes",
    "load",
    "open_camera",
]

_IN_BROWSER = sys.platform in ("emscripten", "webassembly")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Camera(Protocol):
        """What open_camera() gives."""

        @property
        def video(self) -> object:
            """The element that shows it."""

        @property
        def is_open(self) -> bool:
            """Whether it gives frames."""

        def close(self) -> None:
            """Stop it: its light goes out."""


async def load(
    model: str = "coco-ssd-lite", provider: str = "auto", assets: str = "", **settings: object
) -> Detector:
    """A detector that is ready: its model fetched and verified, its session created and warmed up.

    provider: "auto", or in the page "webgpu", "webgl", "wasm", in CPython "cpu".
    assets: the folder with Onlooker's files: in a page its address, relative to the page's, where that is not the
    page's own folder, and on the same host; in CPython a path, where models/ is not beside the package.
    settings: threshold, iou, max, classes, skip, look; settings.py says what they take.
    Raises SettingError for a bad setting, ModelError where the model, and ProviderError where something to run
    it cannot be had; InputError for assets on another host.
    """
    settings["model"] = model
    chosen = _chosen(settings)
    detector = await (_in_page if _IN_BROWSER else _in_cpython)(model, provider, assets, chosen)
    await detector.warm_up(detector.session.blank())
    return detector


# Imported late: neither edge can be imported where the other can.


async def _in_page(model: str, provider: str, assets: str, settings: Settings) -> Detector:
    from detector.browser import clock, open_session
    from detector.browser.embedding.scripting import prepare, watch

    if assets:
        await prepare(assets)
    session = await open_session(model, provider)
    return Detector(session, session.labels, clock, settings, watch)


async def _in_cpython(model: str, provider: str, assets: str, settings: Settings) -> Detector:
    try:
        from detector.native import clock, open_session, watch
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] == "detector":
            raise
        raise ProviderError(
            f"The package {missing.name} is not installed, and the network needs it here.",
            "Run: python -m pip install onnxruntime numpy pillow",
        )

    session = await open_session(model, provider, assets=assets)
    return Detector(session, session.labels, clock, settings, watch)


async def open_camera(video: object, **settings: object) -> "Camera":
    """Ask the visitor for a camera, and show it in a video element: what stream() takes, in a page.

    settings: facing, camera, resolution; settings.py says what they take. The camera has `video`, `is_open`, and
    `close()`, which a stream over it calls at its end.
    Raises a CameraError, which says why there is no camera, SettingError, and in CPython UnsupportedError.
    """
    chosen = _chosen(settings)
    if not _IN_BROWSER:
        raise UnsupportedError("Only pages open a camera.", "Give stream() an iterable of frames.")
    from detector.browser.embedding.scripting import open_camera as opened

    element: Any = video  # of the page, whose types are not known here
    return await opened(element, chosen)


def draw_boxes(canvas: object, result: Result, mirror: bool = False, style: str = "full") -> None:
    """Draw a result's boxes on a canvas that lies over the picture, in place of the last ones, in a page.

    The canvas gets the picture's shape, so that CSS fits both alike. mirror: the picture is shown mirrored. style:
    "full", "outline" without labels, or "corners".
    Raises SettingError for another style, and in CPython UnsupportedError: there, use detector.pillow.render.
    """
    _chosen({"boxes": style})
    if not _IN_BROWSER:
        raise UnsupportedError("There is no canvas here.", "Use detector.pillow.render.")
    from detector.browser.embedding.scripting import draw_boxes as drawn

    element: Any = canvas  # of the page, as above
    drawn(element, result, mirror, style)


def _chosen(values: dict[str, object]) -> Settings:
    """The settings of these names and values. Raises SettingError."""
    chosen = Settings()
    for name in values:
        chosen = chosen.changed(name, values[name])
    return chosen
