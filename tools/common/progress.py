"""What set-up prints: one line a step, with the bytes and the time, and one paragraph when it can't go on.

with progress.step("page parts") as step:
    step.add(path)                 # counts the bytes of a file that was made
->  page parts               41.2 MB    0.4 s
"""

import errno
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SetupError(Exception):
    """Set-up can't go on. The text says what happened and what to do, in one paragraph."""


class Step:
    """The bytes of one step, shown while it runs (on a terminal) and once when it is done."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.bytes = 0
        self._shown = 0.0

    def add(self, amount: int | Path) -> None:
        """Count `amount` bytes, or the size of a file."""
        self.bytes += amount.stat().st_size if isinstance(amount, Path) else amount
        if _alone() and time.monotonic() - self._shown > 0.1:
            self._shown = time.monotonic()
            print(f"\r  {self.name:<34} {readable(self.bytes):>9}", end="", flush=True)


def _alone() -> bool:
    """May the line be written anew? On a terminal, and by what does not run beside others."""
    return sys.stdout.isatty() and threading.current_thread() is threading.main_thread()


def readable(size: int) -> str:
    """Bytes as people read them: 532 B, 41.2 kB, 14.2 MB (powers of ten, as browsers count)."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Time a step and print its line. A full disk becomes a `SetupError` that says so."""
    current, began = Step(name), time.monotonic()
    if _alone():
        print(f"  {name} ...", end="", flush=True)
    try:
        yield current
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise SetupError(disk_full(f'The step "{name}" failed')) from error
    start = "\r" if _alone() else ""
    seconds = time.monotonic() - began
    print(f"{start}  {name:<34} {readable(current.bytes):>9} {seconds:>6.1f} s", flush=True)


def disk_full(failed: str) -> str:
    """The message for a disk without room; `failed` says what did."""
    return (
        f"{failed}: the disk is full. Nothing half-written is kept or used. Free about 1 GB and run the same "
        "command again: it goes on from where it stopped."
    )
