"""The copy of the page that its service worker keeps (web/sw.js), so that it works without a network.

The first visit is not slowed down by it: the copy is made after the first result, mostly from the browser's own
cache.
"""

import asyncio

import js

from detector.browser.network.restored_snapshot import files, possible
from detector.browser.platform.dom import element
from detector.browser.platform.interop import (
    ONE_FILE,
    bridge,
    failure,
    has,
    items,
    listen,
    supervise,
    to_js,
)
from detector.browser.platform.language import told, word
from detector.browser.platform.storage import OFFLINE, store, stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable

PAUSE_S = 2  # after the first result: the first frames, or a reload, come first
STUDIO = ("vendor/pyodide/", "studio.toml", "detector/")


class OfflineCopy:
    """Makes, checks and removes the offline copy, as the visitor chooses in the panel."""

    def __init__(self) -> None:
        self._choice = ""
        self._begun = False
        self._checking = asyncio.Lock()
        self._repaired = False  # a check has found files that were wrong, and nobody has asked yet
        self.possible = has(js.navigator, "serviceWorker") and not ONE_FILE
        if ONE_FILE:
            self._tell("All of this page is in one file: it needs no network.")
        elif not self.possible:
            self._tell("Browsers keep a page only if it comes by https or from this machine.")
        listen(element("offline-toggle"), "click", lambda event: self._supervised(self._toggle()))
        listen(element("offline-studio"), "change", lambda event: self._supervised(self._studio_chosen()))

    def used(self) -> None:
        """The page has done its work: now there is time. Only the first call counts."""
        if self.possible and not self._begun:
            self._begun = True
            self._supervised(self._begin())

    async def repaired(self) -> bool:
        """Look at the copy that this page came from; whether files were wrong since it opened, and are right now."""
        await self._check()
        repaired, self._repaired = self._repaired, False
        return repaired

    async def _check(self) -> None:
        if not self.possible or not has(js.navigator.serviceWorker, "controller"):
            return
        try:
            async with self._checking:  # two at once would each think that all was right
                if await self._ask("check"):
                    self._repaired = True
        except Exception as error:  # removed meanwhile: what was wrong before is still what is to be told
            js.console.info("The offline copy was not checked: " + failure(error)[1])

    async def _begin(self) -> None:
        await asyncio.sleep(PAUSE_S)
        self._choice = await stored(OFFLINE)  # "no", "studio", or "" for the page alone
        if self._choice == "no":
            self._show(False)
            return
        await self._keep()

    async def _keep(self) -> None:
        studio = self._choice == "studio"
        self._tell(
            "The studio is being fetched and kept."
            if studio
            else "A copy for use without a network is being made."
        )
        came_from_copy = has(js.navigator.serviceWorker, "controller")
        await (await bridge()).install("./sw.js")
        names = _names_in_use() + (list(STUDIO) if studio else [])
        await self._ask("keep", names + (await files() if possible() else []))
        self._show(True)
        if came_from_copy:
            await self._check()

    async def _toggle(self) -> None:
        if self._choice == "no":
            self._choice = ""
            await store(OFFLINE, "")
            await self._keep()
        else:
            self._choice = "no"
            await store(OFFLINE, "no")
            await (await bridge()).forget()
            self._show(False)

    async def _studio_chosen(self) -> None:
        wanted = element("offline-studio").checked
        self._choice = "studio" if wanted else ""
        await store(OFFLINE, self._choice)
        if wanted:
            await self._keep()
        else:
            await self._ask("drop", ["vendor/pyodide/"])

    def forgotten(self) -> None:
        """The copy and the visitor's choice were cleared."""
        self._choice = "no"  # for as long as this page is open
        self._show(False)

    def _show(self, kept: bool) -> None:
        if not kept:
            self._tell("Nothing is kept.")
        elif self._choice == "studio":
            self._tell("This page and its studio are kept on this device and work without a network.")
        else:
            self._tell("This page is kept on this device and works without a network.")
        toggle = element("offline-toggle")
        toggle.textContent = word("Remove offline copy") if kept else word("Keep an offline copy")
        toggle.hidden = False
        element("offline-studio").checked = self._choice == "studio"
        element("offline-studio").disabled = not kept

    def _tell(self, text: str) -> None:
        element("offline-text").textContent = told(text)

    def _supervised(self, work: "Awaitable[object]") -> None:
        def failed(error: BaseException) -> None:
            # The page itself works all the same.
            js.console.info("No offline copy: " + failure(error)[1])
            self._tell(
                "No copy could be kept: there is no room for it, or the browser does not let this page. "
                "With a network it works as ever."
            )

        supervise(work, failed)

    async def _ask(self, does: str, names: "list[str] | None" = None) -> list[str]:
        return items(await (await bridge()).ask(to_js({"does": does, "names": names or []})) or [])


def _names_in_use() -> list[str]:
    """What this page has fetched of its own folder, as names in it."""
    folder = js.URL.new(".", js.document.baseURI).href
    names = [str(entry.name) for entry in items(js.performance.getEntriesByType("resource"))]
    return [name[len(folder) :] for name in names if name.startswith(folder)]
