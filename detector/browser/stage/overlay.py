"""Executes draw commands on a canvas: the only drawing there is; what to draw is decided in `detector.drawing`."""

import js

from detector.browser.platform.language import labelled, reading
from detector.drawing.commands import Fill, Line, Stroke, Text
from detector.drawing.draw import draw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from js import CanvasImageSource, CanvasRenderingContext2D, HTMLCanvasElement

    from detector.detection import Detection
    from detector.drawing.commands import Command
    from detector.drawing.label_memory import LabelMemory
    from detector.drawing.marks import Mark
    from detector.tracking.tracker import Track
    from detector.vision.regions import Region

FONT = "system-ui, sans-serif"


class Painter:
    """Draw commands onto a 2d context, in source pixels."""

    def __init__(self, context: "CanvasRenderingContext2D") -> None:
        self._context = context
        self._widths: dict[tuple[str, float], float] = {}

    def measure(self, text: str, size: float) -> float:
        """Width of a text in pixels. Labels recur, so each is asked of the canvas once."""
        key = (text, size)
        if key not in self._widths:
            if len(self._widths) > 100:
                self._widths.clear()
            self._context.font = str(size) + "px " + FONT
            self._widths[key] = self._context.measureText(text).width
        return self._widths[key]

    def execute(self, commands: "list[Command]") -> None:
        context = self._context
        for command in commands:
            if isinstance(command, Stroke):
                context.lineWidth = command.line_width
                context.strokeStyle = command.color
                context.strokeRect(command.x, command.y, command.width, command.height)
            elif isinstance(command, Fill):
                context.fillStyle = command.color
                context.fillRect(command.x, command.y, command.width, command.height)
            elif isinstance(command, Line):
                context.lineWidth = command.line_width
                context.lineCap = "round"
                context.strokeStyle = command.color
                context.beginPath()
                context.moveTo(command.x0, command.y0)
                context.lineTo(command.x1, command.y1)
                context.stroke()
            elif isinstance(command, Text):
                context.font = str(command.size) + "px " + FONT
                context.textBaseline = "middle"
                context.textAlign = "left"  # on a page that reads from right to left, too
                context.direction = reading()
                context.fillStyle = command.color
                context.fillText(command.text, command.x, command.y)


class Overlay:
    """The canvas over the picture. It has the picture's shape, so CSS fits both alike."""

    def __init__(self, canvas: "HTMLCanvasElement") -> None:
        self._canvas = canvas
        self._context = canvas.getContext("2d")
        self._painter = Painter(self._context)
        self._shape: tuple[float, float, float] | None = None

    def show(
        self,
        detections: "list[Detection]",
        width: float,
        height: float,
        mirror: bool,
        style: str = "full",
        memory: "LabelMemory | None" = None,
        held: bool = False,
        regions: "Sequence[Region]" = (),
        tracks: "Sequence[Track]" = (),
        marks: "Sequence[Mark]" = (),
    ) -> None:
        """Draw detections (source pixels, of a picture of width x height) in place of the last ones.

        memory, held, regions, tracks, marks: as for draw().
        """
        ratio = self._fit(width, height)
        density = ratio[0]
        self._context.setTransform(density, 0, 0, density, 0, 0)
        self._context.clearRect(0, 0, width, height)
        commands = draw(
            labelled(detections),
            width,
            height,
            measure=self._painter.measure,
            mirror=mirror,
            scale=ratio[1],
            style=style,
            memory=memory,
            held=held,
            regions=regions,
            tracks=tracks,
            marks=marks,
        )
        self._painter.execute(commands)

    def clear(self) -> None:
        """Nothing drawn, and no memory held."""
        self._canvas.width = self._canvas.height = 1
        self._shape = None

    def _fit(self, width: float, height: float) -> tuple[float, float]:
        """Give the canvas the screen's own resolution. Returns (canvas pixels, CSS pixels) per source pixel, inverted
        for the second: source pixels per CSS pixel."""
        shown_width = self._canvas.clientWidth or width
        shown_height = self._canvas.clientHeight or height
        css = min(shown_width / width, shown_height / height)
        density = css * js.devicePixelRatio
        shape = (width, height, density)
        if shape != self._shape:
            self._canvas.width = round(width * density)
            self._canvas.height = round(height * density)
            self._shape = shape
        return density, 1 / css


def annotated(
    source: "CanvasImageSource",
    width: float,
    height: float,
    detections: "list[Detection]",
    mirror: bool,
    style: str,
    memory: "LabelMemory | None" = None,
    regions: "Sequence[Region]" = (),
    tracks: "Sequence[Track]" = (),
    marks: "Sequence[Mark]" = (),
) -> "HTMLCanvasElement":
    """The picture with its boxes, at full resolution, on a canvas that nobody sees.

    regions, tracks, marks: as for draw(). memory: by which these were drawn last; labels are at the same places.
    """
    canvas = js.document.createElement("canvas")
    canvas.width = width
    canvas.height = height
    context = canvas.getContext("2d")
    if mirror:
        context.setTransform(-1, 0, 0, 1, width, 0)
    context.drawImage(source, 0, 0, width, height)
    context.setTransform(1, 0, 0, 1, 0, 0)
    painter = Painter(context)
    scale = max(1.0, max(width, height) / 960)
    commands = draw(
        labelled(detections),
        width,
        height,
        measure=painter.measure,
        mirror=mirror,
        scale=scale,
        style=style,
        memory=memory,
        held=True,
        regions=regions,
        tracks=tracks,
        marks=marks,
    )
    painter.execute(commands)
    return canvas
