"""A video file's frames, one after another: upright, with square pixels, and each with its own time.

    with Video(Path("clip.mp4"), "clip.mp4") as video:
        for frame in video:
            print(frame.number, frame.time, frame.picture().size)

Needs the package av (PyAV). Nothing is held but the frame in hand and what the decoder needs for the next.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, cast

import av
from av.error import FFmpegError
from av.sidedata.sidedata import SideDataContainer
from av.sidedata.sidedata import Type as SideDataType
from PIL import Image

from detector.errors import MediaError
from detector.native.video.containers import is_cut_off
from detector.vision import MOST_VIDEO_PIXELS

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# FFmpeg's demuxers of files that hold a video themselves; not those of lists, which name other files and addresses.
DEMUXERS = "mov,mp4,matroska,webm,avi,ogg,mpeg,mpegts,flv,asf"
# A header may lie. A frame of up to four times the limit is refused in words, a larger one not even decoded.
OPTIONS = {"max_pixels": str(4 * MOST_VIDEO_PIXELS)}
USUAL_RATE = Fraction(30)  # of a video that does not tell its own
HD = 720  # pixels: from this height on, colours of no known kind are taken for BT.709, as in browsers

# What a display matrix (a, b, c, d; ISO/IEC 14496-12, 6.2.2) asks for, in Pillow's words.
UPRIGHT = {
    (0, 1, -1, 0): Image.Transpose.ROTATE_270,  # Pillow counts counterclockwise
    (-1, 0, 0, -1): Image.Transpose.ROTATE_180,
    (0, -1, 1, 0): Image.Transpose.ROTATE_90,
    (-1, 0, 0, 1): Image.Transpose.FLIP_LEFT_RIGHT,
    (1, 0, 0, -1): Image.Transpose.FLIP_TOP_BOTTOM,
    (0, 1, 1, 0): Image.Transpose.TRANSPOSE,
    (0, -1, -1, 0): Image.Transpose.TRANSVERSE,
}
AGAIN = "Copy or download it again."


class Frame:
    """One frame. number: the first is 1. time: in s from the beginning of the file; None where that does not say.

    width, height: in pixels, upright, as the picture has them.
    """

    def __init__(
        self,
        number: int,
        time: Fraction | None,
        decoded: "VideoFrame",
        shape: Fraction,
        turn: Image.Transpose | None,
    ) -> None:
        """shape: a pixel's width over its height. turn: what puts it upright."""
        self.number = number
        self.time = time
        self._decoded = decoded
        self._turn = turn
        # As browsers do it: one side is stretched, none is shrunk.
        self._stored = (
            round(decoded.width * max(shape, Fraction(1))),
            round(decoded.height / min(shape, Fraction(1))),
        )

    @property
    def pixels(self) -> int:
        """How many it has."""
        return self._stored[0] * self._stored[1]

    def picture(self) -> Image.Image:
        """The frame as a picture, RGB, upright."""
        decoded = self._decoded
        unknown = decoded.colorspace not in (1, *range(4, 11))  # of AVColorSpace, those that name a matrix
        kind = "ITU709" if unknown and decoded.height >= HD else None
        width, height = self._stored
        pixels = decoded.to_ndarray(format="rgb24", width=width, height=height, src_colorspace=kind)
        picture = Image.fromarray(pixels)
        return picture if self._turn is None else picture.transpose(self._turn)


class Video:
    """An open video file; iterate over it once. Its frames are checked as they come: none is too large.

    duration: in s, or None where the file does not say. rate: frames in a second, about. time_base: the unit
    in which its frames' times are whole numbers, in s.
    """

    def __init__(self, path: Path, name: str) -> None:
        """name: what to call it in errors. Raises MediaError."""
        self._name = name
        try:
            self._file = path.open("rb")
        except FileNotFoundError as problem:
            raise MediaError(f"There is no video {path}.", "Check its name.") from problem
        except OSError as problem:
            raise MediaError(f"{name} cannot be opened: {problem.strerror}.", "Check it.") from problem
        try:
            self._open()
        except BaseException:
            self._file.close()
            raise

    def _open(self) -> None:
        name, file = self._name, self._file
        if not file.read(1):
            raise MediaError(f"{name} is empty.", AGAIN)
        self._cut_off = is_cut_off(file)
        file.seek(0)
        try:
            self._container: InputContainer = av.open(
                file, "r", options={**OPTIONS, "format_whitelist": DEMUXERS}, metadata_errors="replace"
            )
        except (FFmpegError, OSError) as problem:
            if self._cut_off:
                raise MediaError(
                    f"{name} is not complete: it ends before what tells how to read it.", AGAIN
                ) from problem
            raise MediaError(
                f"{name} is no video that can be read here.", "Try an MP4, WebM, MOV, MKV or AVI file."
            ) from problem
        try:
            self._stream = self._choose()
        except BaseException:
            self._container.close()
            raise
        stream = self._stream
        self.rate: Fraction = stream.average_rate or stream.guessed_rate or USUAL_RATE
        self.time_base: Fraction = stream.time_base or Fraction(1, 1000)
        lasts = self._container.duration
        self.duration = lasts / av.time_base if lasts and lasts > 0 else None

    def _choose(self) -> "VideoStream":
        """The stream that is shown. Raises MediaError where there is none, or none that can be decoded."""
        # A song's cover is a stream, too.
        there = [
            stream
            for stream in self._container.streams.video
            if not stream.disposition & av.stream.Disposition.attached_pic
        ]
        if not there:
            raise MediaError(f"There is no picture in {self._name}, only sound or text.", "Name a video.")
        best = self._container.streams.best("video")
        stream = next((one for one in there if one is best), there[0])
        codec = stream.codec_context
        if codec is None:
            raise MediaError(
                f"{self._name} is in a format that the installed av cannot decode.",
                "Convert it to H.264, VP8, VP9 or AV1.",
            )
        self._check(codec.width * codec.height, f"{codec.width} x {codec.height}")
        codec.options = dict(OPTIONS)
        return stream

    def __iter__(self) -> Iterator[Frame]:
        """Its frames. Raises MediaError for one that is too large; and at the end where not all could be had."""
        number, damaged = 0, 0
        rotation: int | None = None
        turn: Image.Transpose | None = None
        start = self._container.start_time  # of all streams; in microseconds
        begin = None if start is None else Fraction(start, av.time_base)
        # A pixel's width over its height, where they differ.
        shape = self._stream.sample_aspect_ratio or Fraction(1)
        try:
            for packet in self._container.demux(self._stream):
                try:
                    # Half a packet at the end of half a file would be half a picture.
                    decoded = [] if packet.is_corrupt else packet.decode()
                except FFmpegError:
                    decoded = []
                    damaged += 1
                damaged += packet.is_corrupt
                for one in decoded:
                    number += 1
                    time = None
                    if one.pts is not None and one.time_base:
                        at = one.pts * one.time_base
                        begin = at if begin is None else begin
                        time = max(Fraction(0), at - begin)
                    # A frame that is asked for its side data is in a circle with them, and stays until it is found.
                    if one.rotation != rotation:
                        rotation = one.rotation
                        turn = UPRIGHT.get(_display_matrix(one))
                    frame = Frame(number, time, one, shape, turn)
                    self._check(frame.pixels, f"{one.width} x {one.height}")
                    yield frame
        except (FFmpegError, OSError):
            damaged += 1
        self._check_end(number, damaged)

    def _check(self, pixels: int, told: str) -> None:
        if pixels > MOST_VIDEO_PIXELS:
            raise MediaError(
                f"{self._name} is too large to be opened here ({told}).",
                f"Make it smaller: up to {MOST_VIDEO_PIXELS // 10**6} megapixels a frame fit.",
            )

    def _check_end(self, frames: int, damaged: int) -> None:
        """Raises MediaError where the file had more than its frames."""
        name = self._name
        if not frames:
            why = "ends before its first frame" if self._cut_off else "has no frame that can be decoded"
            raise MediaError(f"{name} {why}.", AGAIN)
        if self._cut_off:
            raise MediaError(f"{name} is not complete: it breaks off after {frames} frames.", AGAIN)
        if damaged:
            raise MediaError(f"{name} is damaged: only {frames} frames could be decoded.", AGAIN)

    def close(self) -> None:
        """Close the file. Calling it again does nothing."""
        self._container.close()
        self._file.close()

    def __enter__(self) -> "Video":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()


def _display_matrix(decoded: "VideoFrame") -> tuple[int, int, int, int]:
    """The upper left part of a frame's display matrix, each number as -1, 0 or 1."""
    data = cast(SideDataContainer, decoded.side_data).get(SideDataType.DISPLAYMATRIX)
    if data is None:
        return 1, 0, 0, 1
    numbers = memoryview(bytes(data)).cast("i")
    a, b, c, d = numbers[0], numbers[1], numbers[3], numbers[4]
    most = max(abs(a), abs(b), abs(c), abs(d), 1)  # it may scale, too
    return round(a / most), round(b / most), round(c / most), round(d / most)
