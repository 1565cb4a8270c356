"""Points over the picture that can be moved: with a mouse, a finger, or the arrow keys."""

import js

from detector.browser.platform.dom import element, on_resize
from detector.browser.platform.interop import is_none, listen
from detector.browser.platform.language import word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from js import Element, Event, KeyboardEvent, PointerEvent

    from detector.browser.stage.stage import Stage

    Points = list[tuple[float, float]]

STEP, FAR = 0.01, 0.05  # of the picture, for an arrow key, and with Shift
KEYS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, -1), "ArrowDown": (0, 1)}


class Handles:
    """One for each point of each shape. Nothing is listened to on them, but on the element that they are in.

    moved(shape, point, x, y, done): a point is there now, as fractions of the picture; done: and stays there.
    removed(shape, point): the visitor has pressed Delete on it.
    """

    def __init__(
        self,
        stage: "Stage",
        moved: "Callable[[int, int, float, float, bool], None]",
        removed: "Callable[[int, int], None]",
    ) -> None:
        self._stage = stage
        self._moved = moved
        self._removed = removed
        self._shapes: "list[tuple[str, Points]]" = []
        self._buttons: "list[tuple[Element, int, int]]" = []  # (button, shape, point)
        self._held: "tuple[int, int] | None" = None
        self._grip = (0.0, 0.0)  # where on the handle it is held, from its point, as fractions of the picture
        self._box = box = element("handles")
        listen(box, "pointerdown", self._taken)
        listen(box, "pointermove", self._dragged)
        listen(box, "pointerup", self._dropped)
        listen(box, "pointercancel", self._dropped)
        listen(box, "keydown", self._pressed)
        on_resize("view", self.place)

    def show(self, shapes: "list[tuple[str, Points]]") -> None:
        """(name, points) of each. Those that are there already stay, and with them the focus."""
        before = [(name, len(points)) for name, points in self._shapes]
        self._shapes = shapes
        if before != [(name, len(points)) for name, points in shapes]:
            self._buttons = []
            self._held = None
            for shape in range(len(shapes)):
                for point in range(len(shapes[shape][1])):
                    button = js.document.createElement("button")
                    button.type = "button"
                    button.className = "handle"
                    button.dataset.shape, button.dataset.point = str(shape), str(point)
                    self._buttons.append((button, shape, point))
            self._box.replaceChildren(*[button for button, _, _ in self._buttons])
        self.place()

    def place(self, *_: object) -> None:
        """Where the picture is now, or nowhere while there is none that moves."""
        fit = self._fit()
        self._box.hidden = fit is None
        if fit is None:
            return
        left, top, width, height = fit
        for button, shape, point in self._buttons:
            name, points = self._shapes[shape]
            x, y = points[point]
            button.style.left = f"{left + (1.0 - x if self._stage.mirrored else x) * width:.1f}px"
            button.style.top = f"{top + y * height:.1f}px"
            said = {"name": name, "number": point + 1, "x": round(100 * x), "y": round(100 * y)}
            button.setAttribute("aria-label", word("{name}, point {number}: {x}% across, {y}% down", **said))

    def _fit(self) -> "tuple[float, float, float, float] | None":
        """Left, top, width and height of the picture in its element, in CSS pixels."""
        last = self._stage.last
        if last is None or last.followed is None:
            return None
        view = element("view")
        scale = min(view.clientWidth / last.width, view.clientHeight / last.height)
        width, height = last.width * scale, last.height * scale
        return (view.clientWidth - width) / 2, (view.clientHeight - height) / 2, width, height

    # What the visitor does

    def _handle(self, event: "Event") -> "tuple[int, int] | None":
        button = event.target.closest(".handle")
        return None if is_none(button) else (int(button.dataset.shape), int(button.dataset.point))

    def _taken(self, event: "PointerEvent") -> None:
        self._held = self._handle(event)
        at = self._at(event)
        if self._held is None or at is None:
            return
        x, y = self._shapes[self._held[0]][1][self._held[1]]
        self._grip = (at[0] - x, at[1] - y)
        event.target.setPointerCapture(event.pointerId)

    def _dragged(self, event: "PointerEvent") -> None:
        self._drag(event, done=False)

    def _dropped(self, event: "PointerEvent") -> None:
        self._drag(event, done=True)
        self._held = None

    def _drag(self, event: "PointerEvent", done: bool) -> None:
        at = self._at(event)
        if self._held is not None and at is not None:
            self._move(self._held, at[0] - self._grip[0], at[1] - self._grip[1], done)

    def _at(self, event: "PointerEvent") -> "tuple[float, float] | None":
        """Where in the picture that happened, as fractions of it."""
        fit = self._fit()
        if fit is None:
            return None
        left, top, width, height = fit
        view = element("view").getBoundingClientRect()
        x = (event.clientX - view.left - left) / width
        y = (event.clientY - view.top - top) / height
        return 1.0 - x if self._stage.mirrored else x, y

    def _pressed(self, event: "KeyboardEvent") -> None:
        handle = self._handle(event)
        if handle is None:
            return
        if event.key in ("Delete", "Backspace"):
            event.preventDefault()
            self._removed(handle[0], handle[1])
        elif event.key in KEYS:
            event.preventDefault()
            across, down = KEYS[event.key]
            step = FAR if event.shiftKey else STEP
            x, y = self._shapes[handle[0]][1][handle[1]]
            self._move(
                handle, x + (-across if self._stage.mirrored else across) * step, y + down * step, True
            )

    def _move(self, handle: "tuple[int, int]", x: float, y: float, done: bool) -> None:
        shape, point = handle
        place = (min(1.0, max(0.0, x)), min(1.0, max(0.0, y)))
        self._shapes[shape][1][point] = place
        self.place()
        self._moved(shape, point, place[0], place[1], done)
