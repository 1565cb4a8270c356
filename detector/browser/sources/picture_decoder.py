"""Photos: from a file or an address to a bitmap that stands upright, whatever its EXIF says."""

import js

from detector.browser.platform.interop import Shared, address, failure, load_module, record
from detector.browser.sources.frame_grabber import is_huge
from detector.errors import MediaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable

    from js import Blob, File, HTMLVideoElement, ImageBitmap

    from web import PictureModule

READER = "./web/picture.js"
_reader: "PictureModule | None" = None


async def reader() -> "PictureModule":
    """web/picture.js, fetched once a picture comes from outside. Raises MediaError."""
    global _reader
    if _reader is None:
        try:
            loaded: PictureModule = await load_module(READER)
        except Exception as error:
            raise _not_fetched(READER, error)
        _reader = loaded
    return _reader


async def decode(blob: "Blob", name: str) -> "ImageBitmap":
    """The `ImageBitmap` of a picture from outside, turned as its EXIF orientation says. The caller closes it.

    Its header is read before the browser decodes it. Raises MediaError.
    """
    read = await reader()
    try:
        return await read.decode(blob)
    except Exception as error:
        kind, told = failure(error)
    if kind == "QuotaExceededError":
        raise MediaError(
            name + " is too large to be opened here (" + told + ").",
            "Make it smaller: up to 134 megapixels and 256 MB fit.",
        )
    if kind == "TimeoutError":
        raise MediaError(name + " takes too long to be read.", "Save it anew as JPEG and try again.")
    raise _explained(name, str(getattr(blob, "type", "")))


async def decode_own(blob: "Blob", name: str) -> "ImageBitmap":
    """The same for a picture of this page, which no header has to be read of. Raises MediaError."""
    try:
        return await js.createImageBitmap(blob, record(imageOrientation="from-image"))
    except Exception:
        raise _explained(name, "")


def _explained(name: str, kind: str) -> MediaError:
    lower = name.lower()
    if lower.endswith((".heic", ".heif")) or "hei" in kind:
        return MediaError(
            name + " is a HEIC photo, which this browser cannot read.",
            "Save it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible) and try again.",
        )
    if lower.endswith(".svg") or "svg" in kind:
        return MediaError(
            name + " is an SVG drawing, which is not opened here.", "Save it as PNG and try again."
        )
    return MediaError(name + " cannot be read as a picture.", "Try a JPEG, PNG or WebP photo.")


class Coming:
    """A picture that is on its way from the start, while its taker waits for other things.

    picture: a coroutine that gives its bitmap. Who takes that closes it; if nobody does, discard it.
    """

    def __init__(self, picture: "Awaitable[ImageBitmap]") -> None:
        self._bitmap: "ImageBitmap | None" = None
        self._arrival = Shared(self._arrive(picture))

    async def _arrive(self, picture: "Awaitable[ImageBitmap]") -> None:
        self._bitmap = await picture

    async def take(self) -> "ImageBitmap":
        """Its bitmap. Raises MediaError."""
        await self._arrival.wait()
        assert self._bitmap is not None
        return self._bitmap

    async def discard(self) -> None:
        """Close it once it is there."""
        try:
            (await self.take()).close()
        except MediaError:
            pass  # then there is nothing to close


async def fetch_picture(path: str) -> "ImageBitmap":
    """The bitmap of a picture of this page. Raises MediaError."""
    return await decode_own(await fetch_file(path), path)


async def fetch_file(path: str) -> "Blob":
    """A picture of this page as it is stored, a `Blob`. Raises MediaError."""
    try:
        response = await js.fetch(address(path))
        if not response.ok:
            raise MediaError(
                path + " is missing on the server (status " + str(response.status) + ").",
                "Try another picture.",
            )
        return await response.blob()
    except MediaError:
        raise
    except Exception as error:
        raise _not_fetched(path, error)


def _not_fetched(path: str, error: BaseException) -> MediaError:
    return MediaError(
        path + " could not be fetched (" + failure(error)[1] + ").", "Check the connection and try again."
    )


def is_video(file: "File") -> bool:
    """By its type, or by its name where the system gives it none."""
    kind = file.type
    return kind.startswith("video/") or (
        not kind and file.name.lower().endswith((".mp4", ".webm", ".mov", ".m4v", ".ogv"))
    )


def check_video(video: "HTMLVideoElement", name: str) -> None:
    """Raises MediaError where a frame of a video is too large, be it by the file's header or by its own."""
    if is_huge(video):
        told = f"{video.videoWidth} × {video.videoHeight}"
        raise MediaError(
            name + " is too large to be opened here (" + told + ").",
            "Make it smaller: up to 36 megapixels a frame fit.",
        )
