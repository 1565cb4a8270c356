"""The visitor's settings, from one visit to the next, and in the page's address."""

import json

import js

from detector.browser.page.address import without_settings
from detector.browser.platform.interop import EMBEDDED, failure, supervise
from detector.browser.platform.storage import SETTINGS, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from detector.settings import Settings

# Not remembered: what is said by the address alone.
BY_ADDRESS = ("autostart", "python")


def remember(settings: "Settings") -> None:
    """Keep what is not as usual, and put it into the address. Inside of another page: neither."""
    if EMBEDDED:
        return
    pairs = settings.as_query()
    supervise(store(SETTINGS, json.dumps([pair for pair in pairs if pair[0] not in BY_ADDRESS])), _not_kept)
    _show_in_address(pairs)


def forget() -> None:
    """The next visit begins as the first."""
    supervise(store(SETTINGS, ""), _not_kept)


def _show_in_address(pairs: list[tuple[str, str]]) -> None:
    query = without_settings()
    for name, text in pairs:
        query.set(name, text)
    told = str(query.toString())
    for sign, code in ((",", "%2C"), (":", "%3A"), (";", "%3B")):
        told = told.replace(code, sign)
    js.history.replaceState(js.history.state, "", js.location.pathname + ("?" + told if told else ""))


def _not_kept(error: BaseException) -> None:
    js.console.info("The settings were not kept: " + failure(error)[1])
