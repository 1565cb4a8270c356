"""What a file's first bytes and its boxes tell, without decoding: whether it is a video, and whether it is whole."""

import os
from typing import BinaryIO

# What a folder is searched for. Any other file is a video if its first bytes are a video's.
SUFFIXES = (".3gp", ".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".ogv", ".webm")

HEAD = 192  # bytes: enough for is_video
_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"
# ISO base media files that are pictures (ISO/IEC 23008-12).
_PICTURES = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_BOXES = tuple(b"ftyp moov mdat free skip wide moof mfra sidx styp udta uuid meta pnot emsg prft".split())


def is_video(head: bytes) -> bool:
    """Whether a file that begins so is a video."""
    if head[4:8] == b"ftyp":
        return head[8:12] not in _PICTURES
    return (
        head.startswith((_EBML, b"OggS", b"\0\0\1\xba"))
        or head[4:8] in (b"moov", b"mdat")
        or (head.startswith(b"RIFF") and head[8:12] == b"AVI ")
        or (len(head) > 188 and head[0] == head[188] == 0x47)  # MPEG-TS
    )


def is_cut_off(file: BinaryIO) -> bool:
    """Whether the file ends before it says that it does, as half of a download does.

    Not all can say it: what was recorded into a stream has no length. The file's position is left anywhere.
    """
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(64)
    if head.startswith(b"RIFF"):
        size = int.from_bytes(head[4:8], "little")
        return 8 + size > length and size < 2**32 - 1
    if head.startswith(_EBML):
        return _segment_end(head) > length
    return _boxes_end(file, length) > length


def _segment_end(head: bytes) -> int:
    """Where the one Segment of a Matroska file ends (RFC 8794); 0 where that is left open."""
    size, place = _vint(head, 4)
    place += size
    if head[place : place + 4] != _SEGMENT:
        return 0
    size, begin = _vint(head, place + 4)
    open_ended = size == (1 << 7 * (begin - place - 4)) - 1
    return 0 if open_ended else begin + size


def _vint(head: bytes, place: int) -> tuple[int, int]:
    """(a number of variable length, the place after it); 0 where there is none."""
    first = head[place] if place < len(head) else 0
    if not first:
        return 0, place + 1
    width = 9 - first.bit_length()
    number = int.from_bytes(head[place : place + width], "big")
    return number & ((1 << 7 * width) - 1), place + width


def _boxes_end(file: BinaryIO, length: int) -> int:
    """Where the last box of an MP4 or QuickTime file ends (ISO/IEC 14496-12)."""
    place = 0
    while place + 8 <= length:
        file.seek(place)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if head[4:8] not in _BOXES:  # something else was appended
            return length
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        elif size == 0:  # it reaches to the end, wherever that is
            return length
        if size < 8:  # no box
            return length
        place += size
    return place
