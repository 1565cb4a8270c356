"""For pages of others: where Onlooker's files are, a camera, its frames, and boxes on a canvas.

    from detector import draw_boxes, load, open_camera

    detector = await load(assets="../onlooker/")
    camera = await open_camera(video)
    async for result in detector.stream(camera):
        draw_boxes(canvas, result)

Nothing of Onlooker's own page is needed here, and the page needs nothing of it.
"""

import js

from detector.browser.platform.interop import failure, has, load_module, now, use_assets
from detector.browser.sources.camera import Camera
from detector.browser.sources.frame_grabber import size_of
from detector.browser.sources.live_frames import GLANCE_MS
from detector.browser.sources.motion_cells import COLUMNS, MotionCells
from detector.browser.stage.overlay import Overlay
from detector.errors import CameraError, InputError, ModelLoadError
from detector.pacing.motion_gate import MotionGate
from detector.pacing.pacer import Pacer
from detector.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import HTMLCanvasElement, HTMLVideoElement

    from detector.result import Result
    from web import FramesModule, VideoFrames


async def prepare(assets: str) -> None:
    """From now on take Onlooker's files from the folder `assets`: an address, relative to the page's.

    Raises InputError for one on another origin, ModelLoadError where the files are not there.
    """
    folder = js.URL.new(assets if assets.endswith("/") else assets + "/", js.document.baseURI)
    if str(folder.origin) != str(js.location.origin):
        raise InputError(
            "The folder " + str(folder.href) + " is on another origin than this page.",
            "Serve Onlooker's folder from the page's own host: browsers start no worker of another.",
        )
    before = use_assets(str(folder.href))
    try:
        await load_module("./web/bridge.js")
    except Exception as error:
        use_assets(before)
        raise ModelLoadError(
            "Onlooker's files are not in " + str(folder.href) + " (" + failure(error)[1] + ").",
            "Name the folder that has its web/, vendor/ and models/, as in load(assets='../onlooker/').",
        )


class PageCamera(Camera):
    """An open camera: `video` shows it, `close()` stops it, `await reopen()` starts it again."""

    def __init__(self, video: "HTMLVideoElement", settings: Settings) -> None:
        super().__init__(video, _lost)
        self.video = video
        self.settings = settings

    @property
    def is_open(self) -> bool:
        """Whether it gives pictures."""
        return self._stream is not None and self._stream.active

    async def reopen(self) -> bool:
        """Open it, as at first. False if it was closed meanwhile. Raises a CameraError."""
        try:
            return await self.open(self.settings)
        except CameraError as error:
            raise error.elsewhere()


def _lost() -> None:
    """The stream over it ends by itself."""


async def open_camera(video: "HTMLVideoElement", settings: Settings) -> PageCamera:
    """Ask the visitor for a camera, and show it in a video element. Raises a CameraError."""
    video.muted = True
    video.playsInline = True
    camera = PageCamera(video, settings)
    await camera.reopen()
    return camera


def draw_boxes(canvas: "HTMLCanvasElement", result: "Result", mirror: bool, style: str) -> None:
    """A result's boxes on a canvas over the picture, in place of the last ones."""
    Overlay(canvas).show(
        result.detections,
        result.width,
        result.height,
        mirror,
        style,
        result.label_memory,
        regions=result.regions,
    )


class VideoWatch:
    """Those frames of a playing video that are to be looked at, as the live page chooses them (live.py)."""

    def __init__(
        self, video: "HTMLVideoElement", camera: "PageCamera | None", skip: "str | int", keep: bool
    ) -> None:
        """camera: a PageCamera to be closed in the end, or None. keep: frames are copies, which nothing changes."""
        self._video = video
        self._camera = camera
        self._frames: "VideoFrames | None" = None
        self._closed = False
        self._pacer = Pacer(skip)
        self._gate = MotionGate(COLUMNS)
        self._glance = MotionCells()
        self._next_glance = 0.0
        self._copy = js.document.createElement("canvas") if keep else None

    async def next(self) -> "HTMLVideoElement | HTMLCanvasElement | None":
        if self._frames is None:
            loaded: FramesModule = await load_module("./web/frames.js")
            self._frames = loaded.frames(self._video, self._camera is not None)
        while not self._closed:
            told = await self._frames.next()
            if told == "rested":
                if self._camera is None or not await self._camera.reopen():
                    return None
                self._gate.reset()
            elif told != "frame":
                return None
            else:
                at = now()
                if self._pacer.offer(at) and self._changed(at):
                    self._pacer.started(at)
                    return self._frame()
        return None

    def finished(self) -> None:
        self._pacer.finished(now())
        if self._frames is not None:
            self._frames.given()

    def close(self) -> None:
        self._closed = True
        if self._frames is not None:
            self._frames.close()
        if self._camera is not None:
            self._camera.close()

    def _frame(self) -> "HTMLVideoElement | HTMLCanvasElement":
        if self._copy is None:
            return self._video
        width, height = size_of(self._video)
        if (self._copy.width, self._copy.height) != (width, height):
            self._copy.width = width
            self._copy.height = height
        self._copy.getContext("2d").drawImage(self._video, 0, 0)
        return self._copy

    def _changed(self, at: float) -> bool:
        if self._pacer.skip == 0:
            return True
        if 0.0 < self._next_glance - at < GLANCE_MS:
            return False
        moved = self._gate.should_infer(self._glance.cells(self._video), at)
        self._next_glance = 0.0 if moved else at + GLANCE_MS
        return moved


def watch(source: "PageCamera | HTMLVideoElement", settings: Settings, keep: bool) -> VideoWatch:
    """The frames of a PageCamera or a video element, for Detector.stream(). Raises InputError."""
    if isinstance(source, PageCamera):
        return VideoWatch(source.video, source, settings.skip, keep)
    if has(source, "videoWidth") and has(source, "play"):
        return VideoWatch(source, None, settings.skip, keep)
    raise InputError(
        "This is no source of frames.",
        "Give a camera of open_camera(), or a video element that plays; for one picture there is detect().",
    )
