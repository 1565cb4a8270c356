"""What somebody might send who means harm: bombs made by hand, and any number of bad inputs, always the same ones."""

import io
import json
import random
import struct
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

from PIL import Image

from tools.common import paths

SEED = 20261122
SCRIPT = "<img src=x onerror=window.pwned=1>"


def dice(salt: str) -> random.Random:
    """Random numbers of one purpose. The seed is printed, and so is shown with a failure."""
    print(f"seed {SEED} {salt}")
    return random.Random(f"{SEED} {salt}")


# Bombs


def chunk(kind: bytes, data: bytes) -> bytes:
    """One of PNG's."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, rows: bytes, *more: bytes) -> bytes:
    """A grey PNG of one bit a pixel. more: chunks before the pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + pixels + chunk(b"IEND", b"")


def white(width: int, height: int, *more: bytes) -> bytes:
    """A whole PNG, all white."""
    return png(width, height, (b"\0" + b"\xff" * ((width + 7) // 8)) * height, *more)


def saved(kind: str, size: tuple[int, int] = (24, 16), **how: Any) -> bytes:
    """A whole picture of some kind."""
    file = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert("RGB").save(file, kind, **how)
    return file.getvalue()


def with_size(jpeg: bytes, width: int, height: int, marker: int = 0xC0) -> bytes:
    """A JPEG whose frame says another size."""
    at = jpeg.index(bytes([0xFF, marker]))
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


@cache
def bombs() -> dict[str, bytes]:
    """By file name: pictures of a few bytes that say that they have billions of pixels."""
    gif = b"GIF89a" + struct.pack("<HH", 60000, 60000) + b"\0\0\0"
    framed = b"GIF89a" + struct.pack("<HH", 1, 1) + b"\0\0\0\x21\xf9\x04\0\0\0\0\0"
    framed += b"\x2c" + struct.pack("<HHHH", 0, 0, 60000, 60000) + b"\0\x02\x02\x4c\x01\0;"
    extended = b"VP8X" + struct.pack("<I", 10) + bytes(4) + 2 * (59999).to_bytes(3, "little")
    lossless = b"VP8L" + struct.pack("<I", 6) + b"\x2f" + struct.pack("<I", 16383 | 16383 << 14) + b"\0"
    lossy = b"VP8 " + struct.pack("<I", 10) + b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", 16383, 16383)

    def webp(part: bytes) -> bytes:
        return b"RIFF" + struct.pack("<I", 4 + len(part)) + b"WEBP" + part

    exif = b"\xff\xe1\xff\xff" + b"Exif\0\0" + bytes(65527)
    jpeg = with_size(saved("JPEG"), 60000, 60000)
    avif = bytearray(saved("AVIF", speed=10))
    at = avif.index(b"ispe") + 8
    avif[at : at + 8] = struct.pack(">II", 60000, 60000)
    return {
        "bomb.png": png(60000, 60000, b""),
        "whole.png": white(12000, 12000),
        "tall.png": png(4, 2**31 - 1, b""),
        "bomb.jpg": jpeg,
        "progressive.jpg": with_size(saved("JPEG", progressive=True), 60000, 60000, 0xC2),
        "far.jpg": jpeg[:2] + 20 * exif + jpeg[2:],  # its size stands behind a megabyte of EXIF
        "bomb.gif": gif + b"\x2c" + struct.pack("<HHHH", 0, 0, 1, 1) + b"\0\x02\x02\x4c\x01\0;",
        "frame.gif": framed,
        "bomb.webp": webp(extended),
        "lossless.webp": webp(lossless),
        "lossy.webp": webp(lossy),
        "bomb.bmp": b"BM" + struct.pack("<IHHIIiiHHIIIIII", 54, 0, 0, 54, 40, 60000, -60000, 1, 24, *6 * [0]),
        "bomb.avif": bytes(avif),
    }


@cache
def stuffed() -> dict[str, bytes]:
    """By file name: small pictures with a hundred megabytes in their margins."""
    much = zlib.compress(bytes(100_000_000), 9)
    text = chunk(b"zTXt", b"Comment\0\0" + much)
    return {
        "text.png": white(32, 32, *3 * [text]),
        "international.png": white(32, 32, chunk(b"iTXt", b"Comment\0\1\0\0\0" + much)),
        "profile.png": white(32, 32, chunk(b"iCCP", b"profile\0\0" + much)),
    }


@cache
def odd() -> dict[str, bytes]:
    """By file name: what is no picture, or not the one that it says."""
    jpeg = saved("JPEG", size=(200, 200))
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9" '
        'onload="window.pwned=1"><script>window.pwned=1</script><image xlink:href="http://127.0.0.1:9/a.png" '
        'width="9" height="9"/><foreignObject><img src="http://127.0.0.1:9/b.png"/></foreignObject></svg>'
    )
    return {
        "empty.png": b"",
        "empty.jpg": b"",
        "half.jpg": jpeg[: len(jpeg) // 2],
        "head.png": white(9, 9)[:20],
        "noise.jpg": dice("noise").randbytes(5000),
        "zeros.webp": bytes(5000),
        "drawing.svg": drawing.encode(),
        "drawing.png": drawing.encode(),
        "page.gif": b"GIF89a/*" + f"*/=1;</script>{SCRIPT}".encode(),
        "program.jpg": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
        "archive.png": b"PK\x03\x04" + bytes(100),
    }


# Any number of them

KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("PNG", {}),
    ("PNG", {"save_all": True, "append_images": [Image.new("RGB", (24, 16))]}),
    ("JPEG", {"quality": 30}),
    (
        "JPEG",
        {
            "progressive": True,
            "exif": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0",
        },
    ),
    ("GIF", {"save_all": True, "append_images": [Image.new("RGB", (24, 16))]}),
    ("WEBP", {"lossless": True}),
    ("WEBP", {"quality": 20}),
    ("BMP", {}),
    ("AVIF", {"speed": 10}),
    ("TIFF", {}),
    ("ICO", {}),
)


def images(count: int) -> list[bytes]:
    """Pictures with something wrong with them, or not even that."""
    random_one = dice("images")
    whole = [saved(kind, **how) for kind, how in KINDS]
    return [_spoiled(random_one, whole) for _ in range(count)]


def _spoiled(die: random.Random, whole: list[bytes]) -> bytes:
    content = bytearray(die.choice(whole))
    for _ in range(die.choice((1, 1, 2, 5))):
        if not content:
            break
        at = die.randrange(len(content))
        way = die.randrange(9)
        if way == 0:
            del content[at:]
        elif way == 1:
            content[at] ^= 1 << die.randrange(8)
        elif way == 2:
            content[at : at + 8] = die.choice((b"\xff" * 8, b"\0" * 8, b"\x7f\xff\xff\xff" * 2))
        elif way == 3:
            content[at:at] = die.randbytes(die.randrange(40))
        elif way == 4:
            del content[at : at + die.randrange(1, 20)]
        elif way == 5:
            content[at:] = die.choice(whole)[at:]
        elif way == 6:
            content[at:at] = content[: die.randrange(1, 60)]
        elif way == 7:
            content[12 : 12 + at] = die.randbytes(at)
        else:
            content = bytearray(die.randbytes(die.randrange(1, 12)) + content)
    return bytes(content)


_TEXTS: tuple[Callable[[random.Random], str], ...] = (
    lambda die: SCRIPT,
    lambda die: "",
    lambda die: str(die.uniform(-1e9, 1e9)),
    lambda die: str(
        die.choice(("nan", "-inf", "1e999", "0x10", "1_000", "²", "١٢", "٠.٥", "-0", "+1", "00000000000001"))
    ),
    lambda die: "9" * die.randrange(1, 6000),
    lambda die: "a," * die.randrange(1, 3000),
    lambda die: "".join(chr(die.randrange(1, 0xD800)) for _ in range(die.randrange(1, 30))),
    lambda die: die.choice(
        ("../../../etc/passwd", "http://127.0.0.1:9/x", "javascript:window.pwned=1", "data:,x", "%00")
    ),
    lambda die: die.choice(
        ("__proto__", "constructor", "toString", "then", "__class__", "{0.__class__}", "%s%n")
    ),
    lambda die: "\u202e" + "\0\r\n\t" + "\ufeff",
    lambda die: "-" * die.randrange(1, 50),
    lambda die: "dog,-cat,dragon",
)
_NAMES = (
    "provider", "model", "threshold", "iou", "max", "classes", "facing", "camera", "resolution", "mirror", "boxes",
    "skip", "look", "tracks", "lines", "zones", "video",
    "announce", "lang", "THRESHOLD", " max ", "__proto__", "allow", "deny", "_set", "x" * 300,
)  # fmt: skip


def text(die: random.Random) -> str:
    """Any of many kinds of bad text."""
    return die.choice(_TEXTS)(die)


def queries(count: int) -> list[list[tuple[str, str]]]:
    """Names and values of addresses."""
    die = dice("queries")

    def name() -> str:
        return text(die)[:50] if die.random() < 0.2 else die.choice(_NAMES)

    return [[(name(), text(die)) for _ in range(die.choice((1, 2, 3, 8, 30)))] for _ in range(count)]


def anything(die: random.Random, depth: int = 3) -> Any:
    """A value that JSON can write."""
    way = die.randrange(11 if depth else 8)
    if way < 2:
        return text(die)[:200]
    if way < 8:
        return (None, True, -1, 2**53, 1e308, 0.5)[way - 2]
    if way == 8:
        return [anything(die, depth - 1) for _ in range(die.randrange(4))]
    return {text(die)[:20]: anything(die, depth - 1) for _ in range(die.randrange(4))}


def messages(count: int) -> list[Any]:
    """What a page around the detector's might post to it. None of it is to start, stop, or look at anything."""
    die = dice("messages")

    def one() -> Any:
        made: dict[str, Any] = {
            "id": die.choice((1, 7, -1, 2**53 - 1)),
            "call": die.choice(
                ("set", "set", "set", "detect", "eval", "__proto__", "constructor", text(die)[:20])
            ),
            "name": die.choice((*_NAMES, text(die)[:5000], 7)),
            "value": die.choice((text(die), text(die), text(die), None, 5)),
            "frame": anything(die),
        }
        if made["name"] in ("provider", "model", "lang", "python", "camera", "facing", "resolution"):
            made["value"] = SCRIPT  # a good value would have the network loaded anew
        for key in die.sample(sorted(made), die.choice((0, 0, 0, 1, 2))):
            made[key] = anything(die)
        for key in die.sample(sorted(made), die.choice((0, 0, 0, 1))):
            del made[key]
        return made if die.random() < 0.8 else anything(die)

    return [one() for _ in range(count)]


def manifests(count: int) -> list[str]:
    """JSON: the project's own manifest with some of it replaced by something else, or JSON no more."""
    die = dice("manifests")
    whole = (paths.MODELS / "manifest.json").read_text("utf-8")
    return [_spoiled_manifest(die, json.loads(whole)) for _ in range(count)]


BAD_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 2**31, 2**63, 10**400, 1e308, 0.5, "", "../../x", "/etc/passwd", "http://127.0.0.1:9/x.onnx",
    "//127.0.0.1:9/x", "a\\b", ".hidden", "x" * 5000, "a\0b", SCRIPT, [], {}, [[]], [-1], [10**9] * 4, [0, 0, 0, 0],
    ["x"], [1, 300, 300], {"x": 1}, [None],
)  # fmt: skip


def places(table: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to each value in a table of tables, lists and values."""
    inside = table.items() if isinstance(table, dict) else enumerate(table) if isinstance(table, list) else ()
    return [way for key, value in inside for way in ((*above, key), *places(value, (*above, key)))]


def _spoiled_manifest(die: random.Random, table: Any) -> str:
    table["model"] = table["model"][: die.randrange(1, 4)]
    ways = [way for way in places(table) if way[0] != "source"]
    way = die.choice(ways)
    inside = table
    for key in way[:-1]:
        inside = inside[key]
    if die.random() < 0.2 and isinstance(inside, dict):
        del inside[way[-1]]
    else:
        inside[way[-1]] = die.choice(BAD_VALUES)
    made = json.dumps(table)
    if die.random() < 0.1:
        return made[: die.randrange(len(made))]
    return made if die.random() < 0.95 else "[" * 100_000
