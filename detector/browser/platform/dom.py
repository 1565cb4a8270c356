"""The page's elements, by their ids."""

import js

from detector.browser.platform.interop import create_proxy, has, listen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def element(name: str) -> "js.Element":
    """The element with this id."""
    return js.document.getElementById(name)


def on_resize(name: str, act: "Callable[..., object]") -> None:
    """Call `act` whenever the element with this id has another size; in older browsers, the window."""
    if has(js.globalThis, "ResizeObserver"):
        js.ResizeObserver.new(create_proxy(act)).observe(element(name))
    else:
        listen(js.window, "resize", act)


def add_section(panel: "js.Element", title: str) -> "js.Element":
    """A new part at the end of a panel, under a heading; what is in it is its owner's."""
    heading = js.document.createElement("h2")
    heading.textContent = title
    part = js.document.createElement("div")
    panel.append(heading, part)
    return part


def add_button(into: "js.Element", text: str) -> "js.Element":
    """A button at the end of an element."""
    button = js.document.createElement("button")
    button.type = "button"
    button.textContent = text
    into.append(button)
    return button
