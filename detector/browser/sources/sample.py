"""A picture of this page, for those who have no camera and no photo at hand."""

from detector.browser.sources.picture_decoder import decode_own, fetch_file
from detector.browser.sources.still import StillSource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.browser.sources.source import Turn


class Sample(StillSource):
    """path: the picture's address, relative to the page's."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    async def run(self, turn: "Turn") -> None:
        file = await fetch_file(self._path)
        bitmap = await decode_own(file, self._path)
        try:
            await turn.ready()
        except Exception:
            bitmap.close()
            raise
        await self.show(bitmap, file, turn)
