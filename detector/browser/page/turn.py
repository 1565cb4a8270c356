"""A turn: one source's time on the page, from its opening to the next one's.

Nothing has to be cancelled half-way: whatever a source awaited finds that its turn has passed, and ends.
"""

import js

from detector.browser.page.events import publish
from detector.browser.platform.interop import now, supervise
from detector.browser.sources.source import TurnPassed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from js import HTMLVideoElement, ImageBitmap

    from detector.browser.page.app import App
    from detector.browser.sources.source import Source
    from detector.detection import Detection
    from detector.pipeline import Detector, Looks
    from detector.result import Result
    from detector.settings import Settings
    from detector.tracking.counting import Event
    from detector.tracking.tracker import Track
    from detector.vision.merging import Merged
    from detector.vision.regions import Region


class Turn:
    """What a source may do with the page while it has it (sources/source.py says what each of these is for).

    again: begins the same anew, for who tries again after an error.
    """

    def __init__(self, app: "App", source: "Source", again: "Callable[[], None]") -> None:
        self.source = source
        self.passed = False
        self._app = app
        self._again = again
        self._tracks: "dict[int, Track]" = {}  # those that were told to have entered

    def begin(self) -> None:
        """Let the source have the page."""

        async def run() -> None:
            await self.source.run(self)

        self._run(run(), self._again)

    def end(self) -> None:
        """Whatever the source awaits raises TurnPassed."""
        self.passed = True
        self.source.close()
        self._tell_tracks([], self._app.counting.finish())

    def check(self) -> None:
        if self.passed:
            raise TurnPassed

    def supervise(self, work: "Coroutine[object, object, object]") -> None:
        self._run(work, self._again if self.source.restarts else None)

    def _run(self, work: "Coroutine[object, object, object]", again: "Callable[[], None] | None") -> None:
        def failed(error: BaseException) -> None:
            if not self.passed and not isinstance(error, TurnPassed):
                self._app.fail(error, again)

        supervise(work, failed)

    def fail(self, error: BaseException) -> None:
        if not self.passed:
            self._app.fail(error, self._again if self.source.restarts else None)

    def hand_over(self, source: "Source") -> None:
        if source is not self.source:
            self.source.close()
            self.source = source

    # The network

    async def ready(self) -> None:
        self.check()
        await self._app.network.ready()
        self.check()

    async def warm_up(self) -> None:
        await self._app.network.warm_up()
        self.check()

    async def look(
        self,
        picture: "HTMLVideoElement | ImageBitmap",
        parts: "list[Region] | None" = None,
        seen: "Callable[[int, int, Result | None], bool] | None" = None,
        merged: "Callable[[Looks], Merged] | None" = None,
        placed: "Callable[[Result], list[Detection]] | None" = None,
    ) -> "Result":
        result = await self._detector.look(picture, parts, seen, merged)
        self.check()
        self._found(result, placed)
        return result

    async def look_aside(
        self, picture: "HTMLVideoElement", parts: "list[Region]", merged: "Callable[[Looks], Merged]"
    ) -> "Result":
        """Detect, as `look`, and show nothing."""
        result = await self._detector.look(picture, parts, None, merged)
        self.check()
        return result

    def choose_again(self, result: "Result") -> "Result":
        again = self._detector.choose_again(result)
        self._found(again, None)
        return again

    @property
    def _detector(self) -> "Detector":
        detector = self._app.network.detector
        assert detector is not None  # whoever looks has waited for it
        return detector

    def _found(self, result: "Result", placed: "Callable[[Result], list[Detection]] | None") -> None:
        app = self._app
        began = now()
        drawn = placed(result) if placed else result.detections
        events: "list[Event]" = []
        if result.followed is not None:
            events = app.counting.update(result.followed, result.at_ms, result.width, result.height)
        app.stage.show(result, drawn)
        result.drawn(now() - began)
        publish("result", result.detail(self.source.kind))
        self._tell_tracks(result.tracks, events)
        app.seen(result)

    def count_anew(self, live: bool) -> None:
        self._app.counting.reset()
        # As text: MicroPython takes a number without a fraction for one of 32 bits.
        origin = float(str(js.String(js.performance.timeOrigin)))
        self._app.counting.zero_ms = origin if live else None

    def count_end(self) -> None:
        for event in self._app.counting.finish():
            publish("track", event.detail())
        self._app.stage.restyle()

    def _tell_tracks(self, tracks: "list[Track]", events: "list[Event]") -> None:
        """Publish who has come since the last result, what happened at lines and zones, and who has left."""
        there = {track.id: track for track in tracks if track.id is not None}
        for number in there:
            if number not in self._tracks:
                publish("track", there[number].detail("enter"))
                self._tracks[number] = there[number]
        for event in events:
            publish("track", event.detail())
        for number in [number for number in self._tracks if number not in there]:
            publish("track", self._tracks.pop(number).detail("leave"))

    def show_first(self, result: "Result") -> None:
        self.check()
        self._app.stage.show(result, result.detections)

    def closer(self, done: int, of: int, enough: "Callable[[], object] | None") -> None:
        if not self.passed:
            self._app.view.closer(done, of, enough)

    # The page

    @property
    def settings(self) -> "Settings":
        return self._app.settings.now

    @property
    def state(self) -> str:
        return self._app.view.state

    def enter(self, state: str) -> None:
        self.check()
        self._app.view.enter(state)

    def told(self, result: "Result", alone: bool = False) -> None:
        self._app.view.result(result, now(), force=alone)
        if alone and self.settings.announce:
            self._app.view.announce_all(result.detections)

    def waits(self, words: str, *hints: str) -> None:
        self.check()
        self._app.view.waits(words, hints)

    def notice(self, words: str) -> None:
        self.check()
        self._app.view.notice(words)

    def offer_others(self) -> None:
        if not self.passed:
            self._app.view.offer_others()

    def note(self, words: "list[str]") -> None:
        self.check()
        self._app.view.files_left_out(words)

    def show_video(self) -> None:
        self.check()
        self._app.stage.show_video(self.source)

    async def show_picture(self) -> None:
        self.check()
        await self._app.stage.show_picture(self.source)
        self.check()

    def opened(self) -> None:
        self._app.settings.show("camera")
        self._app.stage.forget_boxes()
        self._app.stage.restyle()  # another may face the other way

    # A moving picture

    def play(self) -> None:
        self.check()
        self.count_anew(live=True)
        self._app.live.begin(self)

    def pause(self) -> None:
        self._app.live.pause()

    def resume(self) -> None:
        self.check()
        self._app.live.resume()

    def look_at_next(self) -> None:
        self._app.live.look_again()

    def look_now(self) -> None:
        self._app.live.look_now()

    @property
    def resting(self) -> bool:
        return self._app.live.resting
