"""One picture that stands still: what photos and samples have in common."""

from detector.browser.platform.interop import now
from detector.browser.sources.source import Source, TurnPassed
from detector.errors import InputError
from detector.exports.look import Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import Blob, ImageBitmap

    from detector.browser.sources.source import Turn
    from detector.result import Result


LONG_MS = 1000  # looks that take longer say how far they are


class StillSource(Source):
    """Shows one bitmap at a time, and can look at it again. What was found is kept once for each file."""

    kind = "image"

    def __init__(self) -> None:
        self._bitmap: "ImageBitmap | None" = None
        self._file: "Blob | None" = None
        self._result: "Result | None" = None  # of what is shown
        self._asked = 0  # looks at what is shown, each of which ends the one before
        self._cancelled = 0  # the last of them that the visitor has had enough of
        self._found: "list[tuple[Blob, Look]]" = []

    @property
    def picture(self) -> "ImageBitmap | None":
        return self._bitmap

    def close(self) -> None:
        bitmap, self._bitmap, self._file = self._bitmap, None, None
        self._result = None
        if bitmap is not None:
            bitmap.close()

    def looks(self) -> "list[Look]":
        return [look for _, look in self._found]

    async def original(self) -> "Blob | ImageBitmap":
        assert self._file is not None
        return self._file

    def look_again(self, turn: "Turn") -> None:
        if self._bitmap is not None:
            turn.supervise(self._look(turn))

    def choose_again(self, turn: "Turn") -> None:
        file = self._file
        if file is not None and self._result is not None:
            self._result = turn.choose_again(self._result)
            self._told(file, self._result, turn)

    async def show(self, bitmap: "ImageBitmap", file: "Blob", turn: "Turn") -> "Result | None":
        """Take over a bitmap, read from a file, show it and look at it."""
        if turn.passed:
            bitmap.close()
            raise TurnPassed
        StillSource.close(self)
        self._bitmap, self._file = bitmap, file
        await turn.show_picture()
        result = await self._look(turn)
        turn.enter("ready")
        return result

    async def _look(self, turn: "Turn") -> "Result | None":
        bitmap, file = self._bitmap, self._file
        if bitmap is None or file is None:
            return None  # it was closed
        self._asked += 1
        asked = self._asked
        began = now()

        def seen(done: int, of: int, first: "Result | None") -> bool:
            """Its first boxes are shown at once, and if the rest takes long, how far it is."""
            if turn.passed or bitmap is not self._bitmap or asked != self._asked or asked == self._cancelled:
                return False
            if first is not None and self._result is None:
                turn.show_first(first)
                if turn.state == "loading":
                    turn.enter("running")
            if (now() - began) / done * of > LONG_MS:
                turn.closer(done, of, self._enough)
            return True

        try:
            result = await turn.look(bitmap, seen=seen)
        except InputError:
            if bitmap is self._bitmap:
                raise
            return None  # it was closed for the next one before its turn came
        finally:
            if asked == self._asked:
                turn.closer(0, 0, None)
        self._result = result
        self._told(file, result, turn)
        return result

    def _enough(self) -> None:
        """What was found so far is what there is."""
        self._cancelled = self._asked

    def _told(self, file: "Blob", result: "Result", turn: "Turn") -> None:
        self._note(file, result)
        turn.told(result, alone=True)

    def _note(self, file: "Blob", result: "Result") -> None:
        name = getattr(file, "name", None) or "picture"
        look = Look(str(name), result.width, result.height, result.detections)
        for place, (known, _) in enumerate(self._found):
            if known is file:
                self._found[place] = (file, look)
                return
        self._found.append((file, look))
