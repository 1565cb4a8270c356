"""Files that are either whole or not there: written under a temporary name, verified, then renamed."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tools.common.progress import SetupError


@contextmanager
def replacing(target: Path, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `target`; rename it onto `target` if all went well, else remove it.

    Until it has its name, and `mode`, only its owner can read it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        temporary.chmod(mode)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write(target: Path, content: bytes, mode: int = 0o644) -> Path:
    """Write a whole file, or nothing."""
    with replacing(target, mode) as stream:
        stream.write(content)
    return target


def sha256(path: Path) -> str | None:
    """A file's sha256 in hexadecimal, or None where there is no file."""
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify(content: bytes, expected: str, what: str, where: str) -> bytes:
    """Give `content` back if its sha256 is `expected`, else raise `SetupError` naming both."""
    actual = hashlib.sha256(content).hexdigest()
    if actual != expected:
        raise SetupError(
            f"{what} from {where} is not what it should be: its sha256 is {actual}, expected {expected}. It "
            "was not kept. Run the command again; if it stays so, something on the way changes downloads "
            "(a proxy, a mirror), or the source was altered: don't use it."
        )
    return content
