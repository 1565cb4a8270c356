"""Contact sheets of the photos on the strip: pages by the studio, which gets one photo after another."""

from detector.browser.platform.interop import load_module, record, to_js
from detector.browser.platform.language import word
from detector.browser.platform.save_file import save_file
from detector.browser.studio.worker import line, studio
from detector.errors import ClosedError, MediaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from js import Blob, File, ImageBitmap, Object

    from detector.detection import Detection
    from web import ZipModule

PER_PAGE = 30
FEW = 6  # photos that get more room
TYPE = "image/jpeg"


class ContactSheet:
    """One order of sheets.

    look(file): a coroutine, (ImageBitmap, detections, what was found in words), or MediaError. tell(words, done): what
    is done now, and how much of it, 0 to 1, or None where nobody knows.
    """

    def __init__(
        self,
        look: "Callable[[File], Awaitable[tuple[ImageBitmap, list[Detection], str]]]",
        tell: "Callable[[str, float | None], None]",
    ) -> None:
        self._look = look
        self._tell = tell
        self._parts: dict[str, tuple[int, int]] = {}
        self._cancelled = False

    async def make(self, files: "list[File]") -> str:
        """Offer the sheets of these files; the words to say then. Raises MediaError if none of them can be read."""
        studio.begin(self)
        try:
            pages, left_out = await self._pages(files)
        except Exception:
            studio.end(self, cancel=True)  # the photos that it has are of no use any more
            raise
        studio.end(self)
        file, name = pages[0], "onlooker-sheet.jpg"
        if len(pages) > 1:
            zipping: ZipModule = await load_module("./web/zip.js")
            archive = zipping.archive()
            for number, page in enumerate(pages):
                await archive.add(f"sheet-{number + 1}.jpg", page)
            file, name = archive.finish(), "onlooker-sheets.zip"
        self._check()
        save_file(file, name)
        count = len(files) - left_out
        said = (
            word("{count} photos are on one sheet.", count=count)
            if len(pages) == 1
            else word("{count} photos are on {pages} sheets.", count=count, pages=len(pages))
        )
        return said + (" " + word("{count} could not be read again.", count=left_out) if left_out else "")

    def cancel(self) -> None:
        """Nothing is offered. Whoever waits for `make` gets ClosedError."""
        self._cancelled = True
        studio.end(self, cancel=True)

    def _check(self) -> None:
        if self._cancelled:
            raise ClosedError("The studio was closed.", "")

    async def _pages(self, files: "list[File]") -> "tuple[list[Blob], int]":
        """(the pages as blobs, how many files could not be read)."""
        side = 520 if len(files) <= FEW else 360
        pages: list[Blob] = []
        waiting = left_out = 0
        for place, file in enumerate(files):
            self._tell(f"Photo {place + 1} of {len(files)}", place / len(files))
            try:
                bitmap, found, counts = await self._look(file)
            except MediaError:
                left_out += 1
                continue
            if self._cancelled:
                bitmap.close()
            self._check()  # to ask now would start another worker
            waiting = await studio.ask("sheet_add", _photo(file.name, bitmap, found, counts, side), bitmap)
            if waiting == PER_PAGE:
                pages.append(await self._page(len(pages) + 1, waiting, len(files)))
                waiting = 0
        if waiting:
            pages.append(await self._page(len(pages) + 1, waiting, len(files)))
        if not pages:
            raise MediaError("None of these photos can be read again.", "Choose them again.")
        return pages, left_out

    async def _page(self, number: int, count: int, files: int) -> "Blob":
        several = files > PER_PAGE
        about = word("Page {number}", number=number) if several else word("{count} photos", count=count)
        words = record(title=line(word("Contact sheet"), 26, 360, 650), page=line(about, 18, 200))
        page: Blob = await studio.ask("sheet_page", record(type=TYPE, words=words))
        return page

    # As a user of the studio

    def step(self, words: str) -> None:
        """What the studio does now. That it draws goes without saying: each photo is counted."""
        self._parts = {}
        if words != "Drawing":
            self._tell(words, None)

    def progress(self, part: str, received: int, total: int) -> None:
        """Bytes of a part that arrives."""
        self._parts[part] = (received, total)
        every = [self._parts[name] for name in self._parts]
        known = all(size for _, size in every)
        self._tell(
            "Fetching the studio",
            sum(got for got, _ in every) / sum(size for _, size in every) if known else None,
        )


def _photo(name: str, bitmap: "ImageBitmap", found: "list[Detection]", counts: str, side: int) -> "Object":
    return record(
        picture=bitmap,
        largest=2 * side,
        source_width=bitmap.width,
        found=to_js([[one.label, one.class_id, one.score, list(one.box)] for one in found]),
        side=side,
        words=record(name=line(str(name), 17, side, 600), counts=line(counts, 15, side)),
    )
