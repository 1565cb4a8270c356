"""What was found and where: the two values that everything else passes around.

    >>> Detection("person", 1, 0.874, Box(10, 20, 30, 40))
    Detection('person' 87% at x=10 y=20, 30 x 40)

Both are immutable and compare by value, in all three Pythons.
"""

from collections import namedtuple


class Box(namedtuple("Box", ("x", "y", "width", "height"))):
    """A rectangle in source pixels, floats: its left upper corner and its size. A tuple of four, too."""

    __slots__ = ()

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge, x + width."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge, y + height."""
        return self.y + self.height

    @property
    def corners(self) -> "tuple[float, float, float, float]":
        """(x0, y0, x1, y1), as vision/boxes.py takes it."""
        x, y, width, height = self
        return (x, y, x + width, y + height)

    @property
    def foot(self) -> "tuple[float, float]":
        """Where something stands: the middle of its lower edge, (x, y)."""
        return self.x + self.width / 2, self.y + self.height

    @property
    def area(self) -> float:
        """In source pixels, squared."""
        return self.width * self.height

    # MicroPython lets a subclass of a namedtuple take attributes; this makes it refuse, as CPython does.
    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Box is immutable: cannot set {name}")


class Detection:
    """One object found in one frame.

    label: its class in words ("person"). class_id: the class's number (COCO: 1 to 90, with gaps).
    score: the network's confidence, 0 to 1. box: where it is, in source pixels.
    track_id: which object it is from frame to frame, or None where nothing tracks. look: which look at the picture has
    found it: 0 at the whole, else at that part of it (vision/regions.py).

    A plain class rather than a namedtuple, because MicroPython's namedtuples cannot have defaults.
    """

    __slots__ = ("label", "class_id", "score", "box", "track_id", "look")

    label: str
    class_id: int
    score: float
    box: Box
    track_id: int | None
    look: int

    def __init__(
        self,
        label: str,
        class_id: int,
        score: float,
        box: Box,
        track_id: int | None = None,
        look: int = 0,
    ) -> None:
        put = object.__setattr__
        put(self, "label", label)
        put(self, "class_id", class_id)
        put(self, "score", score)
        put(self, "box", box)
        put(self, "track_id", track_id)
        put(self, "look", look)

    def tracked(self, track_id: int | None) -> "Detection":
        """The same detection under another track id."""
        return Detection(self.label, self.class_id, self.score, self.box, track_id, self.look)

    def placed(self, box: Box) -> "Detection":
        """The same detection in another place."""
        return Detection(self.label, self.class_id, self.score, box, self.track_id, self.look)

    def scored(self, score: float) -> "Detection":
        """The same detection with another score."""
        return Detection(self.label, self.class_id, score, self.box, self.track_id, self.look)

    def called(self, label: str) -> "Detection":
        """The same detection under another name, as in another language."""
        return Detection(label, self.class_id, self.score, self.box, self.track_id, self.look)

    def as_dict(self) -> dict[str, object]:
        """Plain values under coco-ssd's names: class, score, bbox [x, y, width, height]; trackId if any."""
        plain: dict[str, object] = {"class": self.label, "score": self.score, "bbox": list(self.box)}
        if self.track_id is not None:
            plain["trackId"] = self.track_id
        return plain

    def _values(self) -> tuple[str, int, float, Box, int | None, int]:
        return (self.label, self.class_id, self.score, self.box, self.track_id, self.look)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Detection is immutable: cannot set {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Detection) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        # copy and pickle are to rebuild it by its constructor: else they set attributes, which it refuses.
        return (Detection, self._values())

    def __repr__(self) -> str:
        x, y, width, height = self.box
        track = "" if self.track_id is None else f" #{self.track_id}"
        percent = int(self.score * 100 + 0.5)
        return (
            f"Detection('{self.label}' {percent}% at x={x:.0f} y={y:.0f}, {width:.0f} x {height:.0f}{track})"
        )
