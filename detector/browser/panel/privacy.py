"""What this browser keeps for the page, shown and cleared. Loaded when the panel is opened."""

import js

from detector.browser.platform.dom import element
from detector.browser.platform.interop import failure, items, listen, load_module, supervise
from detector.browser.platform.language import MB, told, word
from detector.browser.platform.storage import FORMAT, OFFLINE, PROVIDER, SETTINGS, TRUSTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.browser.page.app import App
    from web import HoldingsModule

KEPT = {
    SETTINGS: "The settings that you changed",
    FORMAT: "The format of pictures at full size",
    PROVIDER: "Which provider was the fastest here",
    TRUSTED: "That the network computes a known picture right here",
    OFFLINE: "What to keep for use without a network",
}


class Section:
    """The panel's list of what is kept, and the button that clears it. told whenever the panel is opened."""

    def __init__(self, app: "App") -> None:
        self._app = app
        listen(element("clear-kept"), "click", lambda event: supervise(self._clear(), self._failed))

    def opened(self) -> None:
        """List what is kept now."""
        supervise(self._list(), self._failed)

    async def _list(self) -> None:
        held = await (await _holdings()).holdings()
        lines = [told(KEPT.get(name, name)) for name in items(held.names)]
        if held.bytes:
            size = f"{held.bytes / MB:.1f}"
            lines.append(word("The copy for use without a network, {size} MB", size=size))
        element("clear-kept").disabled = not lines
        rows = []
        for line in lines or [word("Nothing is kept.")]:
            row = js.document.createElement("li")
            row.textContent = line
            rows.append(row)
        element("kept").replaceChildren(*rows)

    async def _clear(self) -> None:
        await (await _holdings()).clear()
        self._app.offline.forgotten()
        await self._list()
        element("kept-text").textContent = word("All of it is cleared: the next visit begins as the first.")

    def _failed(self, error: BaseException) -> None:
        text = word("This browser did not tell, or did not let it go ({failure}).", failure=failure(error)[1])
        element("kept-text").textContent = text


async def _holdings() -> "HoldingsModule":
    loaded: HoldingsModule = await load_module("./web/holdings.js")
    return loaded
