"""A step is done when its inputs are the ones it was done with, and its outputs still have their sizes.

`.cache/stamps/NAME.json` holds `{"key": hash of the inputs, "outputs": {path: bytes}}`. Sizes instead of
hashes keep a second start fast: hashing 100 MB takes longer than starting the server.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tools.common import files, paths, progress


class Stamp:
    """The record of one step.

    `inputs` are files (hashed by content; a missing one counts as missing) and plain strings. `root` is what
    the outputs' paths are recorded against.
    """

    def __init__(self, name: str, inputs: Iterable[Path | str], root: Path = paths.ROOT) -> None:
        self.name = name
        self.inputs = list(inputs)
        self.root = root
        self.file = root / ".cache" / "stamps" / f"{name}.json"

    def key(self) -> str:
        """Hash of all inputs: each one's name (or text) and content."""
        total = hashlib.sha256()
        for item in self.inputs:
            if isinstance(item, Path):
                content = hashlib.sha256(item.read_bytes()).hexdigest() if item.is_file() else "missing"
                total.update(f"{item.name}\0{content}\0".encode())
            else:
                total.update(f"{item}\0".encode())
        return total.hexdigest()

    def fresh(self) -> bool:
        """Is the step's work there, done with these very inputs?"""
        try:
            record = json.loads(self.file.read_text("utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return False
        if record.get("key") != self.key():
            return False
        return all(size_of(self.root / path) == size for path, size in record["outputs"].items())

    def write(self, outputs: Iterable[Path]) -> None:
        """Record that the step is done and has made `outputs`."""
        sizes = {path.relative_to(self.root).as_posix(): path.stat().st_size for path in outputs}
        record = json.dumps({"key": self.key(), "outputs": sizes}, indent=1)
        files.write(self.file, record.encode())


def size_of(path: Path) -> int | None:
    """A file's bytes, or None where there is no file."""
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None


def run_once(stamp: Stamp, title: str, action: Callable[[progress.Step], Sequence[Path]]) -> bool:
    """Do a step unless it is done; say whether there was anything to do.

    `action` counts bytes on the step that it gets, and returns the files that it made. The stamp is written
    last, so whatever stops the action leaves the step undone.
    """
    if stamp.fresh():
        return False
    with progress.step(title) as step:
        stamp.write(action(step))
    return True
