"""What the command is asked to look at: photos and videos, by name, by folder, or on standard input."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from detector.errors import MediaError
from detector.native.video.containers import HEAD, SUFFIXES, is_video

STDIN = "-"
PICTURES = (".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


class Input(NamedTuple):
    """One photo or video: what to call it, and where it is; None for standard input."""

    name: str
    path: Path | None

    @property
    def is_video(self) -> bool:
        """By its name; where that ends otherwise than a picture's or a video's, by its first bytes."""
        if self.path is None or self.path.suffix.lower() in PICTURES:
            return False
        if self.path.suffix.lower() in SUFFIXES:
            return True
        try:
            with self.path.open("rb") as file:
                return is_video(file.read(HEAD))
        except OSError:  # whoever reads it says why
            return False


def inputs(named: str) -> Iterator[Input]:
    """What an argument means; of a folder all that is in it and below, in order. MediaError where that is nothing."""
    path = Path(named)
    if named == STDIN:
        yield Input(named, None)
    elif not path.is_dir():
        yield Input(named, path)
    else:
        kinds = PICTURES + SUFFIXES
        inside = sorted(one for one in path.rglob("*") if one.suffix.lower() in kinds and one.is_file())
        if not inside:
            raise MediaError(
                f"There are no pictures in {named}, and no videos.", f"Those end with {', '.join(kinds)}."
            )
        for one in inside:
            yield Input(str(one), one)
