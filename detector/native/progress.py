"""How far a video is: one line on a terminal, written over and over."""

import os
import time
from typing import TextIO

SHOWN_EVERY = 0.1  # s
BAR = 24  # characters
USUAL_WIDTH = 80


def clock_time(seconds: float, thousandths: bool = True) -> str:
    """A time as 0:01.200, or 1:02:03.450."""
    whole = round(seconds * 1000)
    minutes, rest = divmod(whole, 60_000)
    hours, minutes = divmod(minutes, 60)
    told = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    told += f":{rest // 1000:02}"
    return f"{told}.{rest % 1000:03}" if thousandths else told


class Progress:
    """The line of one video, on a terminal; anywhere else nothing is written.

    name: the file's, shown where there is room. duration: the video's, in s, if it is known: then there is a bar.
    """

    def __init__(self, stream: TextIO, name: str, duration: float | None) -> None:
        self._stream = stream
        self._name = name
        self._duration = duration
        self._on = stream.isatty()
        self._began = time.monotonic()
        self._next = 0.0
        self._line = ""

    def show(self, frames: int, at: float) -> None:
        """So many frames were read, the last of them `at`, in s."""
        now = time.monotonic()
        if not self._on or now < self._next:
            return
        self._next = now + SHOWN_EVERY
        spent = now - self._began
        rate = f"{frames / spent:.0f} frames/s" if spent > 0.5 else ""
        place = clock_time(at, False)
        if self._duration:
            part = min(1.0, at / self._duration)
            filled = round(part * BAR)
            bar = "#" * filled + "." * (BAR - filled)
            told = f"[{bar}] {part:4.0%}  {place} of {clock_time(self._duration, False)}  {rate}"
        else:
            told = f"{place}  {rate}"
        room = self._width() - 1
        name = self._name if len(self._name) + len(told) + 2 <= room else ""
        line = f"{name}  {told}".strip()[:room]
        self._stream.write("\r" + line.ljust(len(self._line)))
        self._stream.flush()
        self._line = line

    def clear(self) -> None:
        """Take the line away, so that something else can be written there."""
        if self._line:
            self._stream.write("\r" + " " * len(self._line) + "\r")
            self._stream.flush()
            self._line = ""

    def _width(self) -> int:
        """The terminal's, in characters."""
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or USUAL_WIDTH
        except OSError:  # it does not say
            return USUAL_WIDTH
