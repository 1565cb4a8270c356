"""The detector in CPython: onnxruntime runs the network, Pillow and numpy hold the pictures.

    session.py   a picture in, candidates out
    frames.py    what may be a frame, and how it becomes the network's input
    watch.py     where the frames of a stream come from
    command.py   the command line; inputs.py, report.py, progress.py, targets.py and interruption.py are its parts
    video/       videos, by PyAV
    decode.py    the end of the network once more, in numpy: the reference for the graph's own

Only this folder imports onnxruntime. What Pillow draws is in detector/pillow, as the studio draws it too.
"""

import time

from detector.native.session import NativeSession, open_session
from detector.native.watch import watch

__all__ = ["NativeSession", "clock", "open_session", "watch"]


def clock() -> float:
    """The time in ms, since some moment: for durations."""
    return time.perf_counter() * 1000
