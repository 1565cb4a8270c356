"""Frames into a video file: H.264 or VP9, whichever the installed PyAV can encode, each frame at its own time.

with VideoWriter(Path("named.mp4"), video.rate, video.time_base) as writer:
    writer.write(picture, time)
"""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO

import av
import numpy as np
from av.codec.codec import Codec, UnknownCodecError
from av.error import FFmpegError
from PIL import Image, ImageOps

from detector.native.targets import WriteError

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

VP9 = "libvpx-vp9"
# By a file's ending: FFmpeg's muxer, and the encoders to be tried, the first that is installed.
KINDS = {
    ".mp4": ("mp4", ("libx264", "libopenh264", VP9)),
    ".m4v": ("mp4", ("libx264", "libopenh264", VP9)),
    ".mov": ("mov", ("libx264", "libopenh264")),
    ".mkv": ("matroska", ("libx264", "libopenh264", VP9)),
    ".webm": ("webm", (VP9, "libvpx")),
}
# Quick, and better than what was filmed needs.
OPTIONS = {
    "libx264": {"crf": "20", "preset": "veryfast"},
    VP9: {"crf": "28", "b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1"},
    "libvpx": {"crf": "8", "b": "8M", "deadline": "realtime", "cpu-used": "6"},
}
ODD = (VP9, "libvpx")  # those that take odd sizes
LARGEST_UNIT = 10**6  # of time, in a second: some encoders take no smaller ones
BT709, LIMITED = 1, 1  # AVCOL_SPC_BT709, AVCOL_RANGE_MPEG


class VideoWriter:
    """Writes one file, which is made with the first frame and closed by close(): what is in it then can be played.

    frames: how many it has.
    """

    def __init__(self, path: Path, rate: Fraction, unit: Fraction) -> None:
        """rate: frames in a second, about. unit: of times, in s. Raises WriteError for another kind than KINDS."""
        self.path = path
        self.frames = 0
        self._rate = rate
        self._unit = max(unit, Fraction(1, LARGEST_UNIT))
        self._last = -1  # the time of the last frame, in units
        self._size = (0, 0)
        self._file: BinaryIO | None = None
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._muxer, self._encoder = _encoder(path)

    def write(self, picture: Image.Image, time: Fraction | None) -> None:
        """Add a frame. time: in s; None: after the last one. One of another size is fitted in. Raises WriteError."""
        try:
            if self._stream is None:
                self._begin(picture.size)
            assert self._stream is not None and self._container is not None
            frame = av.VideoFrame.from_ndarray(np.asarray(self._fitted(picture)), "rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range=LIMITED)
            step = max(1, round(1 / self._rate / self._unit))
            at = self._last + step if time is None else round(time / self._unit)
            self._last = frame.pts = max(at, self._last + 1)  # time only goes on
            frame.time_base = self._unit
            self._container.mux(self._stream.encode(frame))
            self.frames += 1
        except (FFmpegError, OSError) as problem:
            raise self._failed(problem) from problem

    def close(self) -> None:
        """Write what is left, and the file's end. Calling it again does nothing. Raises WriteError."""
        container, self._container = self._container, None
        file, self._file = self._file, None
        try:
            if container is not None and self._stream is not None:
                self._container_end(container, self._stream)
        except (FFmpegError, OSError) as problem:
            raise self._failed(problem) from problem
        finally:
            if file is not None:
                file.close()

    @staticmethod
    def _container_end(container: "OutputContainer", stream: "VideoStream") -> None:
        try:
            container.mux(stream.encode())
        finally:
            container.close()

    def _begin(self, size: tuple[int, int]) -> None:
        """Make the file, for frames of this size."""
        self._size = size
        if self._encoder not in ODD:
            self._size = (size[0] + size[0] % 2, size[1] + size[1] % 2)
        self._file = self.path.open("wb")
        self._container = av.open(self._file, "w", format=self._muxer)
        stream = self._container.add_stream(self._encoder, rate=self._rate.limit_denominator(10**6))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = self._size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = self._unit
        stream.codec_context.options = OPTIONS.get(self._encoder, {})
        stream.color_range = LIMITED
        stream.colorspace = stream.color_primaries = stream.color_trc = BT709
        self._stream = stream

    def _fitted(self, picture: Image.Image) -> Image.Image:
        """The picture as large as the file's: an odd side repeats its last row or column."""
        wide, high = self._size[0] - picture.width, self._size[1] - picture.height
        if not wide and not high:
            return picture
        if not (0 <= wide <= 1 and 0 <= high <= 1):
            return ImageOps.pad(picture, self._size)
        whole = Image.new("RGB", self._size)
        whole.paste(picture, (wide, high))
        whole.paste(picture, (0, 0))
        return whole

    def _failed(self, problem: Exception) -> WriteError:
        why = getattr(problem, "strerror", None) or str(problem)
        return WriteError(
            f"{self.path} cannot be written: {why}.", "Name a file in a folder with enough room."
        )

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()


def _encoder(path: Path) -> tuple[str, str]:
    """FFmpeg's muxer and encoder for a file of that name. Raises WriteError."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise WriteError(f"{path} cannot be written: a video ends with {', '.join(KINDS)}.", "Name one so.")
    muxer, encoders = KINDS[kind]
    for name in encoders:
        try:
            Codec(name, "w")
        except UnknownCodecError:
            continue
        return muxer, name
    raise WriteError(
        f"{path} cannot be written: the installed av has none of {', '.join(encoders)}.",
        "Install the wheel of av, or name a file that ends with another of " + ", ".join(KINDS) + ".",
    )
