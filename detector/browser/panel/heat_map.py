"""“Draw heat map” in the panel: where things were, over the last picture.

Of photos and videos all that was found counts. Of a camera, it is what was seen since the details were first opened:
before that nothing is gathered, so that who never opens them does not pay for it.
"""

import asyncio

import js

from detector.browser.platform.dom import element
from detector.browser.platform.interop import listen, record, to_js
from detector.browser.platform.language import label as name_of
from detector.browser.platform.language import word
from detector.browser.platform.save_file import save_file
from detector.browser.sources.frame_grabber import is_bitmap
from detector.browser.studio.worker import line, studio
from detector.drawing.heat_map import COLUMNS, ROWS, Heat
from detector.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from js import Blob

    from detector.browser.page.app import App
    from detector.browser.page.turn import Turn
    from detector.browser.panel.studio import Section
    from detector.browser.sources.source import Source
    from detector.detection import Detection
    from detector.exports.look import Look
    from detector.result import Result

LARGEST = 1280  # pixels of the map's longer side
LEGEND = 480  # the legend's width, in its own units: detector/studio/heat.py
AT_ONCE = 200  # pictures that are summed up before others get their turn


class HeatMap:
    """Gathers what the camera sees, and shows the map."""

    def __init__(self, app: "App", section: "Section") -> None:
        self._app = app
        self._section = section
        self._heat = Heat()
        self._size: "tuple[float, float] | None" = None  # of the camera's last picture
        # What is summed up, as `app.watched`.
        self._watched: "tuple[Turn | None, Source | None, int] | None" = None
        self._offered: set[str] = set()  # classes that can be chosen
        self._blob: "Blob | None" = None
        app.on_result(lambda result, kind: self._seen(result, kind))
        for look in app.looks():
            self._offer(look.detections)
        self._watched = app.watched
        listen(element("heat"), "click", self._start)
        listen(element("heat-save"), "click", self._save)

    def _save(self, *_: object) -> None:
        if self._blob is not None:
            save_file(self._blob, "onlooker-heat.png")

    def _seen(self, result: "Result", kind: str) -> None:
        detections = result.detections
        watched = self._app.watched
        if watched != self._watched:
            self._watched = watched
            self._forget()
        if kind == "camera":
            if self._size and not _same_shape(self._size, (result.width, result.height)):
                self._heat = Heat()  # it was turned: things are elsewhere in its picture
            self._size = (result.width, result.height)
            self._heat.add(detections, result.width, result.height)
        self._offer(detections)

    def _forget(self) -> None:
        self._heat = Heat()
        self._size = None
        self._offered = set()
        into = element("heat-class")
        into.value = ""
        while into.options.length > 1:
            into.remove(1)
        element("heat-map").hidden = True
        self._blob = None

    def _offer(self, detections: "list[Detection]") -> None:
        for one in detections:
            if one.label not in self._offered:
                self._offered.add(one.label)
                option = js.document.createElement("option")
                option.value = one.label
                option.textContent = name_of(one.label)
                element("heat-class").append(option)

    def _start(self, *_: object) -> None:
        if self._app.stage.last is not None:
            self._section.run(element("heat"), "Taking the picture", self._draw)

    async def _draw(self, wanted: "Callable[[], bool]") -> str:
        app, chosen = self._app, str(element("heat-class").value)
        watched, last = app.watched, app.stage.last
        if last is None:  # it was closed before this began
            return ""
        heat = (
            self._heat
            if app.source is not None and app.source.kind == "camera"
            else await _summed(app.looks(), (last.width, last.height))
        )
        picture, _, mirror = await app.stage.original()
        if not wanted():
            return ""
        settings = app.settings.now
        shown = [
            label
            for label in heat.labels()
            if (not chosen or label == chosen)
            and label not in settings.deny
            and (settings.allow is None or label in settings.allow)
        ]
        if not shown:
            raise InputError(
                "Nothing of this was seen yet.", "Choose another kind of thing, or wait for one."
            )
        about = word("{count} pictures", count=heat.pictures)
        title = name_of(chosen) if chosen else word("Everything")
        width, height = last.width, last.height
        size = max(1.0, width * min(1.0, LARGEST / max(width, height)) / LEGEND)
        words = record(
            title=line(title, 18 * size, 200 * size, 600),
            about=line(about, 14 * size, 200 * size),
            unit=line(word("Objects at once, on average"), 13 * size, 232 * size),
        )
        args = record(
            picture=picture,
            largest=LARGEST,
            grids=to_js({label: heat.packed(label) for label in shown}),
            columns=COLUMNS,
            rows=ROWS,
            pictures=heat.pictures,
            mirror=mirror,
            words=words,
        )
        blob: Blob = await studio.ask("heat", args, *([picture] if is_bitmap(picture) else []))
        if wanted() and app.watched == watched:
            await self._show(blob, word("Heat map: {thing}, {about}", thing=title, about=about))
        return word("The heat map is drawn.")

    async def _show(self, blob: "Blob", words: str) -> None:
        self._blob = blob
        image = element("heat-picture")
        if image.src:
            js.URL.revokeObjectURL(image.src)
        image.src = js.URL.createObjectURL(blob)
        image.alt = words
        await image.decode()  # so that nothing moves when it appears
        element("heat-map").hidden = False


async def _summed(looks: "list[Look]", size: "tuple[float, float]") -> Heat:
    """All of these pictures; of a video those that have the shape of the one that is shown, of this size.

    The page goes on meanwhile: a video has thousands.
    """
    heat = Heat()
    for number, look in enumerate(list(looks)):
        if look.time is None or _same_shape((look.width, look.height), size):
            heat.add(look.detections, look.width, look.height)
        if number % AT_ONCE == AT_ONCE - 1:
            await asyncio.sleep(0)
    return heat


def _same_shape(one: "tuple[float, float]", other: "tuple[float, float]") -> bool:
    """Whether one picture is as wide for its height as another, to a pixel."""
    return abs(one[0] * other[1] - one[1] * other[0]) <= max(max(one), max(other))
