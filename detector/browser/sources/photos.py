"""The visitor's photos, one after another, and a video after them."""

from detector.browser.platform.language import explained
from detector.browser.sources.picture_decoder import Coming, decode, is_video
from detector.browser.sources.source import TurnPassed
from detector.browser.sources.still import StillSource
from detector.errors import MediaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from js import File, ImageBitmap

    from detector.browser.sources.source import Source, Turn
    from detector.exports.look import Look
    from detector.result import Result

    class Strip(Protocol):
        """Shows several photos beside each other."""

        def begin(self, photos: "PhotoBatch") -> None: ...

        def coming(self, more: bool) -> None: ...

        def add(self, file: File, bitmap: ImageBitmap, result: Result) -> None: ...

        def clear(self) -> None: ...


class PhotoBatch(StillSource):
    """files: at least one; of several videos only the first is taken.

    strip: where several are shown beside each other, or None. video: makes the source of a video file, given the file
    and what was found in the photos before it.
    """

    def __init__(
        self, files: "list[File]", strip: "Strip | None", video: "Callable[[File, list[Look]], Source]"
    ) -> None:
        super().__init__()
        self._files = files
        self._strip = strip
        self._video = video
        self._turn: "Turn | None" = None

    async def run(self, turn: "Turn") -> None:
        self._turn = turn
        files = self._files
        # While the network is on its way.
        first = None if is_video(files[0]) else Coming(decode(files[0], files[0].name))
        try:
            await turn.ready()
        except Exception:
            if first is not None:
                await first.discard()
            raise
        if self._strip is not None:
            self._strip.begin(self)
        broken = []
        clip = None
        for file in files:
            if is_video(file):
                clip = clip or file
                continue
            try:
                bitmap = await (first.take() if first and file is files[0] else decode(file, file.name))
            except MediaError as error:
                broken.append(error)
                continue
            result = await self.show(bitmap, file, turn)
            if self._strip is not None and result is not None:
                self._strip.add(file, bitmap, result)
        turn.check()
        if self._strip is not None:
            self._strip.coming(False)
        if clip is not None:
            video = self._video(clip, self.looks())
            turn.hand_over(video)
            await video.run(turn)
        elif broken and not self.looks():
            raise broken[0]
        turn.note([explained(error) for error in broken])

    def show_again(self, file: "File") -> None:
        """One of them, as it was chosen on the strip."""
        if self._turn is not None and not self._turn.passed:
            self._turn.supervise(self._show_again(file, self._turn))

    async def _show_again(self, file: "File", turn: "Turn") -> None:
        bitmap = await decode(file, file.name)
        if turn.passed:
            bitmap.close()
            raise TurnPassed
        turn.hand_over(self)
        await self.show(bitmap, file, turn)
