"""What the page does: one source at a time, each for a turn; `main.py` wires it to the visitor.

camera ─┐
photos ─┼─> turn ─> network (detector) ─> stage (boxes) ─> detector:result
video ──┘
"""

from detector import by_name
from detector.browser.network.downloads.prefetch import settled
from detector.browser.network.lifecycle import NetworkLifecycle
from detector.browser.page.camera_reconnect import CameraReconnect
from detector.browser.page.live_detection import LiveDetection
from detector.browser.page.offline_copy import OfflineCopy
from detector.browser.page.pace import Pace
from detector.browser.page.turn import Turn
from detector.browser.platform.interop import as_detector_error, failure, listen, supervise
from detector.browser.platform.language import speak
from detector.browser.sources import LIVE
from detector.browser.sources.photos import PhotoBatch
from detector.browser.sources.sample import Sample
from detector.browser.stage.stage import Stage
from detector.errors import CameraError, DetectorError
from detector.exports.look import Look
from detector.tracking.counting import Counting

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from js import File, ImageBitmap

    from detector.browser.page.view import PageView
    from detector.browser.sources.source import Source
    from detector.browser.sources.video_file import VideoFile, VideoFiles
    from detector.browser.stage.photo_strip import PhotoStrip
    from detector.detection import Detection
    from detector.live_settings import LiveSettings
    from detector.result import Result

# Settings by which something else is chosen among what was found, and by which something else is found.
SELECTING = ("threshold", "iou", "max", "classes", "announce")
LOOKING = ("look",)
COUNTING = ("lines", "zones")
VIDEO_EVENTS = ("resize", "play", "pause", "ended", "error")


class App:
    """The live page. Its parts are for those who add to it: settings, counting, stage, network, live, offline,
    view."""

    def __init__(self, view: "PageView", settings: "LiveSettings") -> None:
        self.view = view
        self.settings = settings
        self.offline = OfflineCopy()
        self.network = NetworkLifecycle(settings, view, self.offline.repaired, self.look_again, self.fail)
        self.counting = Counting()
        settings.on_change(COUNTING, lambda name: self._count_otherwise())
        self._count_otherwise()
        self.stage = Stage(settings, self.counting)
        self.live = LiveDetection(self.stage, view)
        self._pace = Pace(self.live.frames, settings, self.fail)
        self._reconnect = CameraReconnect(self)
        self._live_sources: "dict[str, Source]" = {}  # by the names of their modules, once each was begun
        self._strip: "PhotoStrip | None" = None  # once there was more than one photo
        self._videos: "VideoFiles | None" = None  # once there was a video
        self._turn: "Turn | None" = None
        self._watching: "list[Callable[[Result, str], None]]" = []
        view.dismissed = self.stop
        settings.on_change((), self._setting_changed)
        settings.on_change(SELECTING, lambda name: self.choose_again())
        settings.on_change(LOOKING, self._look_otherwise)
        settings.on_change(("lang",), lambda name: supervise(self.speak(), self.fail))
        for name in VIDEO_EVENTS:
            self._pass_on(name)

    # What a visitor asks for

    def start(self, *_: object) -> None:
        """Open the camera and detect in it until `stop`."""
        self.begin(LIVE[0])

    def begin(self, name: str) -> None:
        """Open one of LIVE (sources/__init__.py), and detect in it until `stop`."""
        if name not in self._live_sources:
            self._live_sources[name] = by_name.module(name).SOURCE(self.stage.video)
        source = self._live_sources[name]
        if self.source is not source:
            self.open(source, lambda: self.begin(name))

    def look_at_files(self, files: "list[File]") -> None:
        """Photos one after another, and a video after them."""
        strip = self._photo_strip() if len(files) > 1 else None
        self.open(PhotoBatch(files, strip, self._video), lambda: self.look_at_files(files))

    def look_at_sample(self, path: str) -> None:
        """A picture of this page."""
        self.open(Sample(path), lambda: self.look_at_sample(path))

    def stop(self, *_: object) -> None:
        """Free everything: camera, frames, network. The page is as it was before the first start."""
        self._end_turn()
        self.network.close()
        self.view.enter("idle")

    def open(self, source: "Source", again: "Callable[[], None]") -> None:
        """Begin another turn. again: does the same anew, after an error."""
        self._end_turn()
        self._turn = Turn(self, source, again)
        self.view.enter("loading")
        self.network.want()
        self._turn.begin()

    def fail(self, error: BaseException, retry: "Callable[[], None] | None" = None) -> None:
        """Show an error in words, and free what was in use."""
        known = as_detector_error(
            error, lambda message: DetectorError("Something went wrong: " + message, "Try again.")
        )
        self._end_turn()
        self.view.error(known, retry, "" if known is error else failure(error)[1])
        if isinstance(known, CameraError):
            from detector.browser.page.camera_help import advise

            advise(known.code)

    async def look_aside(self, bitmap: "ImageBitmap") -> "list[Detection]":
        """Detections in a picture that is not shown, while what is shown goes on."""
        turn = self._turn
        alone = self.network.detector is None and self.view.state == "idle"
        if alone:
            self.view.enter("loading")
        try:
            return await self.network.detect(bitmap)
        finally:
            if alone and turn is self._turn:
                self.view.enter("idle")

    def look_again(self) -> None:
        """Something else may be found in what is there."""
        if self._turn is not None and self.network.detector is not None:
            self._turn.source.look_again(self._turn)

    def _look_otherwise(self, name: str) -> None:
        self.live.frames.look_closely(self.settings.now.look)
        self.look_again()

    def _count_otherwise(self) -> None:
        self.counting.choose(self.settings.now.lines, self.settings.now.zones)

    def choose_again(self) -> None:
        """Other settings choose among what was found."""
        if self._turn is not None and self.network.detector is not None:
            self._turn.source.choose_again(self._turn)

    async def speak(self) -> None:
        """Go over to the language that the settings name."""
        await speak(self.settings.now.lang, self.view.setting_left_out)

    async def keep_when_here(self) -> None:
        """Once all is here, and nobody has asked for anything yet: time to make the offline copy."""
        if await settled() and self.view.state == "idle":
            self.offline.used()

    # What there is to know

    @property
    def source(self) -> "Source | None":
        """What is on the page now."""
        return None if self._turn is None else self._turn.source

    @property
    def watched(self) -> "tuple[Turn | None, Source | None, int]":
        """What the results are of, to be compared: another value with another source, or another camera."""
        source = self.source
        return self._turn, source, 0 if source is None else source.opened

    def on_result(self, see: "Callable[[Result, str], None]") -> None:
        """Call `see(result, kind)` with each result, once it is drawn and published."""
        self._watching.append(see)

    def looks(self) -> "list[Look]":
        """What was found: in each of these photos, in each frame of a video, or in the last one of a camera."""
        looks = [] if self.source is None else self.source.looks()
        last = self.stage.last
        if looks or last is None:
            return looks
        return [Look("camera", last.width, last.height, last.detections)]

    # Turns

    def seen(self, result: "Result") -> None:
        """A result of this turn was drawn and published."""
        source = self.source
        for see in self._watching:
            see(result, "" if source is None else source.kind)
        self.offline.used()

    def _end_turn(self) -> None:
        turn, self._turn = self._turn, None
        self.live.end()
        if turn is not None:
            turn.end()
        if self._strip is not None:
            self._strip.clear()
        self.stage.clear()
        self.view.forget_result()

    def _setting_changed(self, name: str) -> None:
        turn = self._turn
        if turn is not None and name in turn.source.settings:
            turn.source.setting_changed(name, turn)

    def _pass_on(self, name: str) -> None:
        def happened(*_: object) -> None:
            turn = self._turn
            if turn is not None:
                turn.source.video_event(name, turn)

        listen(self.stage.video, name, happened)

    # Loaded when they are needed

    def _photo_strip(self) -> "PhotoStrip":
        if self._strip is None:
            from detector.browser.stage.photo_strip import PhotoStrip

            self._strip = PhotoStrip(self.settings, self.network.detect)
        return self._strip

    def _video(self, file: "File", earlier: "list[Look]") -> "VideoFile":
        if self._videos is None:
            from detector.browser.sources.video_file import VideoFiles
            from detector.browser.stage.video_row import VideoRow

            self._videos = VideoFiles(self.stage.video, VideoRow())
        return self._videos.open(file, earlier)
