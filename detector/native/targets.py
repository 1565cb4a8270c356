"""Where drawings go: one file, or a folder, with a picture or a video for each that was looked at."""

from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from detector.errors import DetectorError, SettingError
from detector.native.inputs import Input


class WriteError(DetectorError):
    """A picture or a video with boxes cannot be written."""

    code = "write"


class Targets:
    """Where what is drawn goes: one file, or a folder, which is made where it is not there."""

    def __init__(self, out: Path, many: bool, originals: Iterable[Input]) -> None:
        """originals: none of these is ever written over by what goes into a folder.

        Raises SettingError where several would go into one file.
        """
        self._originals = {_identity(one.path) for one in originals if one.path is not None} - {None}
        if many and out.exists() and not out.is_dir():
            raise SettingError(f"{out} is no folder.", "For several files, --draw must name one.")
        self._out = out
        self._taken: set[Path] = set()
        try:
            if many:
                out.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise WriteError(f"The folder {out} cannot be made: {problem.strerror}.") from problem

    def save(self, picture: Image.Image, photo: Input) -> None:
        """Write the picture that was made of a photo. Raises WriteError."""
        path = self._path(photo, ".png") if self._out.is_dir() else self._out
        try:
            picture.save(path)
        except (OSError, ValueError) as problem:
            raise WriteError(
                f"{path} cannot be written: {problem}.", "Name a file such as named.png."
            ) from problem

    def video(self, clip: Input) -> Path:
        """Where the video that is made of a video goes. Raises WriteError where that is the one it is made of."""
        if not self._out.is_dir():
            if _identity(self._out) in self._originals:
                raise WriteError(f"{self._out} is the video itself.", "Name another file.")
            return self._out
        return self._path(clip, ".webm" if clip.name.lower().endswith(".webm") else ".mp4")

    def _path(self, one: Input, suffix: str) -> Path:
        stem = "stdin" if one.path is None else one.path.stem
        number, path = 1, self._out / f"{stem}{suffix}"
        # Files of one name, from several folders; or the folder is that of the originals.
        while path in self._taken or _identity(path) in self._originals:
            number += 1
            path = self._out / f"{stem}-{number}{suffix}"
        self._taken.add(path)
        return path


def _identity(path: Path) -> tuple[int, int] | None:
    """What is the same for all names of one file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
