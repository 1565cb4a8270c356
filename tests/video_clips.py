"""Videos made by PyAV when the tests run: of photographs, with each frame at its own time."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from tools.common import paths

SIZE = (320, 240)
MILLISECOND = Fraction(1, 1000)
CODECS = {".avi": "mpeg4", ".mkv": "libx264", ".mov": "libx264", ".mp4": "libx264", ".webm": "libvpx"}


def photo(name: str = "coffee.png", size: tuple[int, int] = SIZE) -> Image.Image:
    """A photograph: coffee.png has a cup, chelsea.png a cat."""
    with Image.open(paths.PHOTOS / name) as picture:
        return picture.convert("RGB").resize(size)


class Pipe:
    """A file that cannot be sought in: no length can be written into its header afterwards."""

    def __init__(self) -> None:
        self.content = b""

    def write(self, part: bytes) -> int:
        self.content += bytes(part)
        return len(part)


def write_clip(
    path: Path,
    pictures: Sequence[Image.Image],
    times: Sequence[int] | None = None,
    *,
    codec: str | None = None,
    rotation: int = 0,
    mirrored: bool = False,
    shape: Fraction | None = None,
    key_every: int = 12,
    ordered: bool = False,
    pixels: str = "yuv420p",
    options: dict[str, str] | None = None,
    piped: bool = False,
) -> Path:
    """A clip of these pictures at these times, in ms; left out, it is 25 a second.

    rotation: the display matrix', in degrees counterclockwise, after which it is mirrored. shape: a pixel's width over
    its height. key_every: frames from key frame to key frame. ordered: frames are stored in the order in which they are
    shown. options: the container's. piped: without a duration.
    """
    target = Pipe() if piped else path
    kind = {".mkv": "matroska"}.get(path.suffix, path.suffix[1:])
    with av.open(target, "w", format=kind, container_options=options or {}) as container:
        stream = container.add_stream(codec or CODECS[path.suffix], rate=25)
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = pixels
        stream.codec_context.time_base = MILLISECOND
        stream.codec_context.gop_size = key_every
        if ordered:
            stream.codec_context.max_b_frames = 0
        stream.codec_context.bit_rate = 20_000_000
        stream.codec_context.qmin, stream.codec_context.qmax = 1, 4  # boxes are to be those of the photograph
        if shape is not None:
            stream.codec_context.sample_aspect_ratio = shape
        if rotation or mirrored:
            stream.set_display_rotation(rotation, mirrored)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.array(picture), "rgb24").reformat(format=pixels)
            frame.pts = number * 40 if times is None else times[number]
            frame.time_base = MILLISECOND
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    if isinstance(target, Pipe):
        path.write_bytes(target.content)
    return path


def encode(pictures: Sequence[Image.Image], times: Sequence[int]) -> list[tuple[int, bool, bytes]]:
    """Frames of VP8, for tests/browser/clips.py: when each begins, in ms, whether it is a key frame, its bytes."""
    codec = av.CodecContext.create("libvpx", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height = pictures[0].size
    codec.pix_fmt = "yuv420p"
    codec.time_base = MILLISECOND
    codec.bit_rate = 20_000_000
    codec.qmin, codec.qmax = 1, 4
    codec.options = {"lag-in-frames": "0", "auto-alt-ref": "0"}
    packets = []
    for picture, time in zip(pictures, times, strict=True):
        frame = av.VideoFrame.from_ndarray(np.array(picture), "rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = time, MILLISECOND
        packets += codec.encode(frame)
    packets += codec.encode()
    return [(time, packet.is_keyframe, bytes(packet)) for time, packet in zip(times, packets, strict=True)]


def write_jpegs(path: Path, pictures: Sequence[bytes]) -> Path:
    """A clip of JPEGs as they are, 25 a second."""
    with av.open(path, "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuvj420p"
        for number, picture in enumerate(pictures):
            packet = av.Packet(picture)
            packet.stream = stream
            packet.pts = packet.dts = number
            packet.time_base = Fraction(1, 25)
            packet.is_keyframe = True
            container.mux(packet)
    return path


def write_sound(path: Path, cover: Image.Image | None = None) -> Path:
    """A second of silence, without any picture but a cover."""
    with av.open(path, "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        if cover is not None:
            front = container.add_stream("mjpeg", rate=1)
            front.width, front.height, front.pix_fmt = *cover.size, "yuvj420p"
            front.disposition = av.stream.Disposition.attached_pic
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 44100), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = 44100, 0
        if cover is not None:
            picture = av.VideoFrame.from_ndarray(np.array(cover), "rgb24").reformat(format="yuvj420p")
            picture.pts = 0
            container.mux(front.encode(picture))
            container.mux(front.encode())
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def drifting(count: int, size: tuple[int, int] = SIZE) -> list[Image.Image]:
    """The cup, moving to the right, a pixel in each frame."""
    picture = photo(size=(size[0] + count, size[1]))
    return [picture.crop((count - number, 0, count - number + size[0], size[1])) for number in range(count)]


def crossing(ways: str) -> list[Image.Image]:
    """One after another walks through the picture: "i" to the right, "o" to the left. Meant for 10 a second."""
    size, empty = (480, 270), (96, 104, 112)
    person = photo("astronaut.png", (512, 512)).crop((60, 0, 400, 512)).resize((126, 190))
    pictures = []
    for way in ways:
        for step in range(14):
            x = -110 + (size[0] + 94) * step / 13
            picture = Image.new("RGB", size, empty)
            picture.paste(person, (round(x if way == "i" else size[0] - 126 - x), 60))
            pictures.append(picture)
        pictures += [Image.new("RGB", size, empty)] * 4
    return pictures


def read_back(path: Path) -> list[tuple[float, Image.Image]]:
    """(time in s, picture) of each frame, decoded by PyAV alone, as it is stored."""
    with av.open(path) as container:
        return [(frame.time, frame.to_image()) for frame in container.decode(video=0)]
