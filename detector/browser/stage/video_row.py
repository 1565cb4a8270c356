"""The row under a video: look at every frame, how far that is, Cancel. Loaded when a video is opened."""

from detector.browser.platform.dom import element
from detector.browser.platform.interop import listen
from detector.browser.platform.language import word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.browser.sources.video_file import VideoFile


class VideoRow:
    """Its buttons are for the video that it was begun for."""

    def __init__(self) -> None:
        self._video: "VideoFile | None" = None
        listen(element("clip-every"), "click", self._every)
        listen(element("clip-cancel"), "click", self._cancel)

    def _every(self, *_: object) -> None:
        if self._video is not None:
            self._video.step_through()

    def _cancel(self, *_: object) -> None:
        if self._video is not None:
            self._video.stop_stepping()

    def begin(self, video: "VideoFile") -> None:
        """A video is open."""
        self._video = video
        element("clip").hidden = False
        self.stepping(False)

    def clear(self) -> None:
        """It is closed."""
        self._video = None
        element("clip").hidden = True

    def stepping(self, going: bool) -> None:
        """Whether it is looked at frame by frame."""
        element("clip-every").hidden = going
        element("clip-cancel").hidden = not going
        bar = element("clip-bar")
        bar.hidden = not going
        bar.value = 0.0
        element("clip-count").textContent = ""
        element("clip-text").textContent = ""

    def progress(self, count: int, time: float, length: float) -> None:
        """So many frames were looked at, up to `time` of `length`, in s."""
        element("clip-bar").value = time / length if length else 1.0
        element("clip-count").textContent = word(
            "Frame {count}, {time} of {length} s",
            count=count,
            time=f"{time:.1f}",
            length=f"{length:.1f}",
        )

    def ended(self, count: int, exact: "bool | None") -> None:
        """exact: whether every frame was looked at; None: it was stopped before the end."""
        if exact is None:
            text = word("Stopped after {count} frames.", count=count)
        elif exact:
            text = word("Every frame was looked at: {count}.", count=count)
        else:
            text = word("Frames that were looked at: {count}. Some may be missing.", count=count)
        element("clip-text").textContent = text
