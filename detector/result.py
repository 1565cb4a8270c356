"""What a look at one frame gave."""

from detector.detection import Detection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from detector.drawing.label_memory import LabelMemory
    from detector.tracking.tracker import Track, Tracker
    from detector.vision.non_maximum_suppression import Candidates
    from detector.vision.regions import Region


class Result:
    """What one frame gave. timings, in ms: grab, infer, select, draw, total.

    width, height: the frame's, in its own pixels, which are those of the detections' boxes. timestamp: when the frame
    was taken, in ms. picture: the frame itself, of a stream that keeps it, until the next result; else None.
    label_memory: of a stream, where labels of its pictures stand, for who draws them; else None.
    tracks: in a picture that moves, what is followed from frame to frame (tracking/tracker.py): those detections that
    have a track_id, and what isn't seen for the moment.
    followed: the same, also where no numbers are told; None where nothing follows. at_ms: when that was, on its clock.
    unsure: in a picture that moves, what scores a little less than the threshold: whoever follows may tell it.
    looks: what of the frame was looked at, the whole first (vision/regions.py), and the candidates that each look gave.
    Whoever draws sets timings["draw"] and adds it to the total, with drawn().
    """

    def __init__(
        self,
        frame: int,
        timestamp: float,
        width: float,
        height: float,
        provider: str,
        timings: dict[str, float],
        detections: list[Detection],
    ) -> None:
        self.frame = frame
        self.timestamp = timestamp
        self.width = width
        self.height = height
        self.provider = provider
        self.timings = timings
        self.detections = detections
        self.unsure: list[Detection] = []
        self.looks: list[tuple[Region, Candidates]] = []
        self.tracks: list[Track] = []
        self.followed: list[Track] | None = None
        self.at_ms = timestamp
        self.picture: object = None
        self.label_memory: LabelMemory | None = None

    @property
    def regions(self) -> "list[Region]":
        """What of the frame was looked at."""
        return [region for region, _ in self.looks]

    def tracked(
        self,
        tracker: "Tracker",
        at_ms: "float | None" = None,
        stays: "Callable[[Detection], bool] | None" = None,
        part: int = 0,
    ) -> None:
        """The detections get their tracks. at_ms: when the frame was there, if that isn't its timestamp.

        stays, part: as for Tracker.update().
        """
        self.at_ms = self.timestamp if at_ms is None else at_ms
        found = self.detections + self.unsure
        self.detections = tracker.update(found, self.at_ms, self.width, self.height, stays, part)
        self.followed = tracker.tracks
        self.tracks = self.followed if tracker.numbers else []

    def count(self, label: str) -> int:
        """How many of a class there are, as in count("person")."""
        return len([found for found in self.detections if found.label == label])

    def drawn(self, took_ms: float) -> None:
        """The detections were drawn, in so many ms."""
        self.timings["total"] += took_ms - self.timings["draw"]
        self.timings["draw"] = took_ms

    def detail(self, source: str) -> dict[str, object]:
        """The plain values of a `detector:result` event. source: "camera", "image" or "video"."""
        ages = {track.id: track.age for track in self.tracks}
        detections = []
        for detection in self.detections:
            plain = detection.as_dict()
            if detection.track_id in ages:
                plain["age"] = ages[detection.track_id]
            detections.append(plain)
        return {
            "version": 1,
            "source": source,
            "frame": self.frame,
            "timestamp": self.timestamp,
            "width": self.width,
            "height": self.height,
            "provider": self.provider,
            "timings": dict(self.timings),
            "detections": detections,
        }
