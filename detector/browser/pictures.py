"""Photos: from a file or an address to a bitmap that stands upright, whatever its EXIF says."""

import js

from detector.browser.interop import address, attempt, failure, record
from detector.errors import MediaError


async def decode(blob: object, name: str) -> object:
    """A picture's `ImageBitmap`, turned as its EXIF orientation says. The caller closes it. Raises MediaError."""
    try:
        return await js.createImageBitmap(blob, record(imageOrientation="from-image"))
    except Exception:
        raise _explained(name, getattr(blob, "type", ""))


def _explained(name: str, kind: str) -> MediaError:
    lower = name.lower()
    if lower.endswith((".heic", ".heif")) or "hei" in kind:
        return MediaError(
            name + " is a HEIC photo, which this browser cannot read.",
            "Save it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible) and try again.",
        )
    return MediaError(name + " cannot be read as a picture.", "Try a JPEG, PNG or WebP photo.")


async def fetch_picture(path: str) -> object:
    """The bitmap of a picture of this page. Raises MediaError."""
    return await decode(await fetch_file(path), path)


async def fetch_file(path: str) -> object:
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
        raise MediaError(
            path + " could not be fetched (" + failure(error)[1] + ").", "Check the connection and try again."
        )


def is_video(file: object) -> bool:
    """By its type, or by its name where the system gives it none."""
    kind = file.type
    return kind.startswith("video/") or (
        not kind and file.name.lower().endswith((".mp4", ".webm", ".mov", ".m4v", ".ogv"))
    )


class PictureView:
    """The canvas that shows a photo. Keeps what it shows, so that it can be looked at again."""

    # Larger ones are shown smaller; they are still detected and saved at their own size.
    LARGEST_SIDE = 2560

    def __init__(self, canvas: object) -> None:
        self._canvas = canvas
        self.bitmap = None
        self.file = None  # the `Blob` that the bitmap was read from

    async def show(self, bitmap: object, file: object) -> None:
        """Take over a bitmap, read from a file, and paint it."""
        self.clear()
        self.bitmap = bitmap
        self.file = file
        shrink = min(1.0, self.LARGEST_SIDE / max(bitmap.width, bitmap.height))
        self._canvas.width = max(1, round(bitmap.width * shrink))
        self._canvas.height = max(1, round(bitmap.height * shrink))
        context = self._canvas.getContext("2d")
        await attempt(context, "drawImage", bitmap, 0, 0, self._canvas.width, self._canvas.height)
        self._canvas.hidden = False

    def clear(self) -> None:
        """Hide it and free both pictures."""
        bitmap, self.bitmap, self.file = self.bitmap, None, None
        if bitmap is not None:
            bitmap.close()
        self._canvas.hidden = True
        self._canvas.width = self._canvas.height = 1
