"""One picture that was looked at, as exports take it."""

from detector.detection import Detection


class Look:
    """file: its name. width, height: in its own pixels, which are those of the boxes.

    time: of a video's frame, in s from its beginning, or None.
    """

    def __init__(
        self,
        file: str,
        width: float,
        height: float,
        detections: list[Detection],
        time: float | None = None,
    ) -> None:
        self.file = file
        self.width = width
        self.height = height
        self.detections = detections
        self.time = time
