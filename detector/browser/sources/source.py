"""What a source is: something that opens, gives pictures to look at, and closes. The page has one at a time.

    class Still(Source):
        async def run(self, turn):
            self._bitmap = await decode(self._file, self._file.name)
            await turn.ready()                  # the network is here
            turn.show_picture(self)
            await turn.look(self._bitmap)       # detects, draws and publishes
            turn.enter("ready")

A source keeps its own state, and nobody else does. What it may do with the page is its Turn; once
another source has the page, whatever it awaits there raises TurnPassed, and so it just ends.
"""

import js

from detector.errors import MediaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Protocol

    from js import Blob, HTMLVideoElement, ImageBitmap

    from detector.detection import Detection
    from detector.exports.look import Look
    from detector.pipeline import Looks
    from detector.result import Result
    from detector.settings import Settings
    from detector.vision.merging import Merged
    from detector.vision.regions import Region

    class Turn(Protocol):
        """What a source may do with the page while it has it. Whatever is awaited raises TurnPassed afterwards."""

        passed: bool

        @property
        def settings(self) -> Settings: ...

        @property
        def state(self) -> str: ...

        def check(self) -> None:
            """Raises TurnPassed if another source has the page by now."""

        def enter(self, state: str) -> None:
            """The page is in this state from now on."""

        def fail(self, error: BaseException) -> None:
            """Show an error in words, and close the source."""

        def supervise(self, work: "Coroutine[object, object, object]") -> None:
            """Let it run; what it raises is shown."""

        async def ready(self) -> None:
            """Wait for the network."""

        async def warm_up(self) -> None:
            """Run the network until its speed settles: a moving picture is paced by it."""

        async def look(
            self,
            picture: "HTMLVideoElement | ImageBitmap",
            parts: "list[Region] | None" = None,
            seen: "Callable[[int, int, Result | None], bool] | None" = None,
            merged: "Callable[[Looks], Merged] | None" = None,
            placed: "Callable[[Result], list[Detection]] | None" = None,
        ) -> Result:
            """Detect, draw and publish. parts, seen, merged: as for Detector.look. placed: where detections are drawn,
            if not where they were found."""

        def choose_again(self, result: Result) -> Result:
            """What the same looks give with the settings as they are now, drawn and published."""

        def show_first(self, result: Result) -> None:
            """Draw what the first look of several has found."""

        def closer(self, done: int, of: int, enough: "Callable[[], object] | None") -> None:
            """Say how many looks of how many are done, and offer to end them with `enough`; None: they have ended."""

        def told(self, result: Result, alone: bool = False) -> None:
            """Show a result's numbers. alone: no other follows it, so it is also said to a screen reader."""

        def show_video(self) -> None:
            """The stage shows the video element from now on."""

        async def show_picture(self) -> None:
            """The stage shows the source's picture, an ImageBitmap, from now on."""

        def hand_over(self, source: "Source") -> None:
            """Another source takes this turn over; this one is closed."""

        def play(self) -> None:
            """Look at the video element from its next frame on, as the pace allows."""

        def count_anew(self, live: bool) -> None:
            """Nobody has crossed a line so far. live: whether times are those of the page, not of a clip."""

        def count_end(self) -> None:
            """No look follows: who is on the other side of a line has crossed it, and nobody is in a zone."""

        def pause(self) -> None:
            """No frame is looked at until `resume`."""

        def resume(self) -> None: ...

        def look_at_next(self) -> None:
            """Look at the next frame, whether or not it has changed."""

        def look_now(self) -> None:
            """Look at what the video shows, unless that was looked at: no frame may follow."""

        @property
        def resting(self) -> bool:
            """Whether nothing is looked at because nobody sees the page."""

        def opened(self) -> None:
            """A camera was opened: its name and those of others are known by now."""

        def waits(self, words: str, *hints: str) -> None:
            """Say, in English, what is waited for before the first picture; "": nothing any more."""

        def notice(self, words: str) -> None:
            """Say, in English, over the picture what is the matter with it; "": nothing any more."""

        def offer_others(self) -> None:
            """Offer what needs no camera, beside what is waited for."""

        def note(self, words: "list[str]") -> None:
            """Files that were left out, in words."""


class TurnPassed(Exception):
    """Another source has the page by now. Nobody is shown this: whoever meets it has nothing more to do."""


class Source:
    """kind: what `detector:result` calls it: "camera", "image" or "video".

    settings: names of those that it wants to know of. restarts: whether to try again makes sense after it has failed in
    the middle. opened: another number whenever it shows something else under the same name.
    """

    kind = ""
    settings: "tuple[str, ...]" = ()
    restarts = False

    async def run(self, turn: "Turn") -> None:
        """Open, and give pictures to `turn`. Raises DetectorError, and TurnPassed."""

    def close(self) -> None:
        """Give back what is held. Calling it again does nothing."""

    @property
    def picture(self) -> "HTMLVideoElement | ImageBitmap | None":
        """What is shown now, in its own pixels."""
        return None

    @property
    def opened(self) -> int:
        """Another number whenever it shows something else under the same name."""
        return 0

    @property
    def moves(self) -> bool:
        """Whether boxes are somewhere else between two looks."""
        return False

    def mirrored(self, settings: "Settings") -> bool:
        """Whether it is shown as in a mirror."""
        return settings.mirror == "1"

    def look_again(self, turn: "Turn") -> None:
        """Something else may be found in what is there: look at it."""

    def choose_again(self, turn: "Turn") -> None:
        """Other settings choose among what was found."""
        self.look_again(turn)

    def setting_changed(self, name: str, turn: "Turn") -> None:
        """One of `settings` has another value."""

    def video_event(self, name: str, turn: "Turn") -> None:
        """The video element, while it shows this source, had an event: "resize", "play", "pause", "ended", "error"."""

    def found(self, result: "Result", time: float) -> None:
        """A look while it runs found this. time: where a video was, in s."""

    def looks(self) -> "list[Look]":
        """What was found in each of its pictures, for those that have several; else []."""
        return []

    async def original(self) -> "Blob | ImageBitmap":
        """What is shown now, to be drawn elsewhere: its file, or a bitmap for whoever asks. Raises MediaError."""
        if self.picture is None:
            raise MediaError("There is nothing to save yet: start the camera, or choose a picture.", " ")
        return await js.createImageBitmap(self.picture)
