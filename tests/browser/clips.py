"""Video files whose frames are known: each shows its own number in bars, and begins when it is told to.

The browser encodes the frames; what puts them into a file is here, after Matroska's specification (RFC 9559).
"""

import itertools
import struct
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

SIZE = (320, 240)
BARS = 8
KEY_EVERY = 30

ENCODE = """
async ([times, [width, height], bars, keyEvery]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  const chunks = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      chunks.push([chunk.type === "key", [...bytes]]);
    },
    error: (error) => { throw error; },
  });
  encoder.configure({ codec: "vp8", width, height, bitrate: 2_000_000 });
  times.forEach((time, number) => {
    for (let bar = 0; bar < bars; bar++) {
      context.fillStyle = (number >> bar) & 1 ? "#fff" : "#000";
      context.fillRect((bar * width) / bars, 0, width / bars, height);
    }
    const frame = new VideoFrame(canvas, { timestamp: time * 1000 });
    encoder.encode(frame, { keyFrame: number % keyEvery === 0 });
    frame.close();
  });
  await encoder.flush();
  return chunks;
}
"""

# Notes the number of each video frame that is drawn to the network's size.
NOTE_NUMBERS = """
window.numbers = [];
const { drawImage } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.drawImage = function (source, ...rest) {
  drawImage.call(this, source, ...rest);
  if (!(source instanceof HTMLVideoElement) || this.canvas.width !== 300) return;
  const row = this.getImageData(0, 150, 300, 1).data;
  let number = 0;
  for (let bar = 0; bar < BARS; bar++) number |= (row[4 * Math.floor(((bar + 0.5) * 300) / BARS)] > 127) << bar;
  window.numbers.push(number);
};
""".replace("BARS", str(BARS))


Frame = tuple[int, bool, bytes]  # when it begins, in ms; whether it is a key frame; its VP8


def write_clip(page: Page, path: Path, times: Sequence[int], ends: int | None) -> Path:
    """A WebM whose frames begin at these times, in ms, and last until the next. ends: its length, in ms; None leaves
    that open, and how long each frame lasts, as recorders do."""
    path.write_bytes(webm(encoded(page, times), ends))
    return path


def encoded(page: Page, times: Sequence[int], size: tuple[int, int] = SIZE) -> list[Frame]:
    """Frames with their numbers, as the browser encodes them."""
    assert len(times) <= 1 << BARS
    chunks = page.evaluate(ENCODE, [list(times), size, BARS, KEY_EVERY])
    return [(time, key, bytes(data)) for time, (key, data) in zip(times, chunks, strict=True)]


def webm(frames: list[Frame], ends: int | None, size: tuple[int, int] = SIZE) -> bytes:
    """The file. size: width and height as its header says them."""
    info = _number("2AD7B1", 1_000_000) + _element("4D80", b"tests") + _element("5741", b"tests")
    if ends is not None:
        info += _element("4489", struct.pack(">d", ends))
    picture = _element("E0", _number("B0", size[0]) + _number("BA", size[1]))
    track = _number("D7", 1) + _number("73C5", 1) + _number("83", 1) + _element("86", b"V_VP8") + picture
    lasts = None
    if ends is not None:
        lasts = [after - time for time, after in itertools.pairwise([*(time for time, _, _ in frames), ends])]
    clusters: list[bytes] = []
    begins: list[int] = []
    for number, (time, key, data) in enumerate(frames):
        if key:
            begins.append(time)
            clusters.append(_number("E7", time))
        head = b"\x81" + struct.pack(">h", time - begins[-1])
        if lasts is None:
            clusters[-1] += _element("A3", head + (b"\x80" if key else b"\0") + data)
        else:
            block = _element("A1", head + b"\0" + data) + _number("9B", lasts[number])
            clusters[-1] += _element("A0", block + (b"" if key else _element("FB", b"\xff")))
    body = _element("1549A966", info) + _element("1654AE6B", _element("AE", track))
    cues = b""
    for begin, cluster in zip(begins, clusters, strict=True):
        where = _number("F7", 1) + _number("F1", len(body))
        cues += _element("BB", _number("B3", begin) + _element("B7", where))
        body += _element("1F43B675", cluster)
    if ends is not None:
        body += _element("1C53BB6B", cues)
    kind = _number("4286", 1) + _number("42F7", 1) + _number("42F2", 4) + _number("42F3", 8)
    kind += _element("4282", b"webm") + _number("4287", 2) + _number("4285", 2)
    return _element("1A45DFA3", kind) + _element("18538067", body)


def _element(name: str, content: bytes) -> bytes:
    return bytes.fromhex(name) + (len(content) | 1 << 56).to_bytes(8, "big") + content


def _number(name: str, number: int) -> bytes:
    return _element(name, number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big"))
