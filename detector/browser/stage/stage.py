"""The stage: what is shown now, the boxes over it, and whether both are mirrored."""

from detector.browser.platform.dom import element, on_resize
from detector.browser.platform.interop import listen
from detector.browser.platform.language import speaker, when_spoken
from detector.browser.sources.frame_grabber import is_bitmap, is_resized, size_of
from detector.browser.stage.overlay import Overlay, annotated
from detector.browser.stage.photo_canvas import PhotoCanvas
from detector.drawing.label_memory import LabelMemory
from detector.drawing.marks import marks_of
from detector.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import Blob, HTMLCanvasElement, ImageBitmap

    from detector.browser.sources.source import Source
    from detector.detection import Detection
    from detector.drawing.marks import Mark
    from detector.live_settings import LiveSettings
    from detector.result import Result
    from detector.tracking.counting import Counting


class Stage:
    """One video element and one canvas for photos, of which at most one is seen, and the canvas with the boxes.

    source: what is shown, or None. last: the latest Result of it, or None. counting: lines and zones, which are drawn
    where things are followed.
    """

    def __init__(self, settings: "LiveSettings", counting: "Counting") -> None:
        self._counting = counting
        self.video = element("video")
        self.source: "Source | None" = None
        self.last: "Result | None" = None
        self._drawn: "list[Detection]" = []
        self._labels: "LabelMemory | None" = None  # of the video that is shown; photos need none
        self._settings = settings
        self._photo = PhotoCanvas(element("picture"))
        self._overlay = Overlay(element("overlay"))
        settings.on_change(("mirror", "boxes", "tracks", "lines", "zones"), lambda name: self.restyle())
        when_spoken(self._redraw)
        listen(self.video, "resize", self._resized)
        on_resize("view", self._redraw)

    def show_video(self, source: "Source") -> None:
        """The video element, which shows this source."""
        self.source = source
        self._labels = LabelMemory()
        self.restyle()
        self.video.hidden = False
        self._photo.clear()

    async def show_picture(self, source: "Source") -> None:
        """The source's picture, an ImageBitmap. Raises what the browser rejects."""
        self.source = source
        self._labels = None
        self.video.hidden = True
        self._photo.clear()
        picture = source.picture
        if picture is not None:
            await self._photo.show(picture)

    def clear(self) -> None:
        """Nothing is shown, and nothing held."""
        self.source = None
        self.last = None
        self._drawn = []
        self._labels = None
        self._photo.clear()
        self._overlay.clear()
        self.video.hidden = True
        self.video.classList.remove("mirrored")

    def forget_boxes(self) -> None:
        """Another picture is shown, in which nothing was found yet."""
        self._drawn = []
        self._labels = None if self._labels is None else LabelMemory()
        self._redraw()

    def show(self, result: "Result", detections: "list[Detection]") -> None:
        """A result is here; its detections are to be drawn there."""
        self.last = result
        self._draw(detections)

    def move(self, detections: "list[Detection]") -> None:
        """The boxes that are shown are here by now, in source pixels; their labels go with them."""
        self._draw(detections, held=True)

    def _draw(self, detections: "list[Detection]", held: bool = False) -> None:
        last = self.last
        if last is not None:
            self._drawn = detections
            settings = self._settings.now
            if settings.tracks == "off":  # chosen since they were found
                detections = [one.tracked(None) for one in detections]
            self._overlay.show(
                detections,
                last.width,
                last.height,
                self.mirrored,
                settings.boxes,
                self._labels,
                held,
                last.regions,
                last.tracks if settings.tracks == "trails" else (),
                self._marks(last),
            )

    def _marks(self, last: "Result") -> "list[Mark]":
        return [] if last.followed is None else marks_of(self._counting, speaker())

    def restyle(self) -> None:
        """Something has changed in how all of this is shown."""
        self.video.classList.toggle("mirrored", self.mirrored)
        self._redraw()

    @property
    def mirrored(self) -> bool:
        """Whether picture and boxes are shown as in a mirror."""
        return self.source is not None and self.source.mirrored(self._settings.now)

    def _redraw(self, *_: object) -> None:
        self._draw(self._drawn)

    def _resized(self, *_: object) -> None:
        last = self.last
        if last is not None and is_resized(self.video, last.width, last.height):
            self.forget_boxes()  # a camera was turned: they would lie anywhere in the picture that there is now
        else:
            self._redraw()

    # Pictures of what is shown

    def annotated_picture(self) -> "HTMLCanvasElement | None":
        """What is shown, with its boxes, in its own pixels; None if there is nothing."""
        last, source = self.last, self.source
        picture = None if source is None else source.picture
        if last is None or picture is None:
            return None
        try:
            width, height = size_of(picture)
        except InputError:
            return None  # a camera that is being opened again
        found = self._drawn if (width, height) == (last.width, last.height) else []
        settings = self._settings.now
        tracks = last.tracks if settings.tracks == "trails" else ()
        return annotated(
            picture,
            width,
            height,
            found,
            self.mirrored,
            settings.boxes,
            self._labels,
            last.regions,
            tracks,
            self._marks(last),
        )

    async def original(self) -> "tuple[Blob | ImageBitmap, list[Detection], bool]":
        """What is shown, to be drawn elsewhere: its file, or a bitmap of its frame that whoever asks closes; its
        detections, in source pixels; whether it is mirrored.
        """
        assert self.source is not None
        last, found, mirrored = self.last, self._drawn, self.mirrored
        picture = await self.source.original()
        if (
            last is not None
            and is_bitmap(picture)
            and (picture.width, picture.height) != (last.width, last.height)
        ):
            found = []
        return picture, found, mirrored
