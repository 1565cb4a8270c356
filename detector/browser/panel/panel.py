"""The panel at the side: opened and closed, and its sections, each of which is a module.

A section's module has `Section`, made of the app when the panel is opened first, with `opened()`, called each time.
"""

from detector import by_name
from detector.browser.platform.dom import element
from detector.browser.platform.interop import ONE_FILE, as_detector_error, listen, supervise
from detector.browser.platform.language import explained
from detector.browser.platform.lazy_import import lazy_import
from detector.errors import DetectorError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from detector.browser.page.app import App

    class Opened(Protocol):
        def opened(self) -> None: ...


# One more section is one more module, and its name here.
SECTIONS = (
    "detector.browser.panel.settings",
    "detector.browser.panel.history_chart",
    "detector.browser.panel.counting",
    "detector.browser.panel.exports",
    "detector.browser.panel.privacy",
)


class Panel:
    """Opens with the button “Details”."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self._sections: "list[Opened] | None" = None  # once it was opened
        self._studio_asked = False
        listen(element("more"), "click", self._toggle)

    def _toggle(self, *_: object) -> None:
        panel = element("panel")
        panel.hidden = not panel.hidden
        element("more").setAttribute("aria-expanded", "false" if panel.hidden else "true")
        if panel.hidden:
            return
        if self._sections is None:
            self._sections = [by_name.module(name).Section(self._app) for name in SECTIONS]
        for section in self._sections:
            section.opened()
        if not self._studio_asked and not ONE_FILE:
            self._studio_asked = True
            supervise(self._open_studio(), self._studio_failed)

    async def _open_studio(self) -> None:
        """What few people need comes by itself, and may fail to come."""
        (await lazy_import("detector.browser.panel.studio")).Section(self._app)
        element("full-size-error").hidden = True

    def _studio_failed(self, error: BaseException) -> None:
        """The rest of the panel works. The next opening tries again."""
        self._studio_asked = False
        known = as_detector_error(error, lambda message: DetectorError("Something went wrong: " + message))
        element("full-size-error").textContent = explained(known)
        element("full-size-error").hidden = False
