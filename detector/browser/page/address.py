"""Settings from the page's address, `?threshold=0.7&classes=person,cat`, and from an earlier visit."""

import json

import js

from detector.browser.platform.interop import EMBEDDED, ONE_FILE, items
from detector.browser.platform.storage import SETTINGS, stored
from detector.errors import SettingError
from detector.settings import NAMES, Settings, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from js import URLSearchParams


async def page_settings() -> tuple[Settings, list[str]]:
    """(Settings, problems in words): what the address says, and else what this browser remembers."""
    entries = [(entry[0], entry[1]) for entry in items(js.URLSearchParams.new(js.location.search).entries())]
    settings, problems = parse(entries)
    said = [name.strip().lower() for name, _ in entries]
    earlier = [pair for pair in await _remembered() if pair[0] not in said]
    if earlier:
        settings, _ = parse(earlier + entries)  # what was remembered and is no more is no problem
    if ONE_FILE and settings.python == "pyodide":
        problems.append(SettingError("python: this file brings MicroPython alone.").message)
    return settings, problems


async def _remembered() -> list[tuple[str, str]]:
    """(name, text) of settings on an earlier visit."""
    if EMBEDDED:
        return []  # there the page around it decides
    text = await stored(SETTINGS)
    try:
        pairs = json.loads(text) if text else []
        return [(str(name), str(value)) for name, value in pairs if name in NAMES]
    except (ValueError, TypeError):
        return []  # not ours to read


def without_settings() -> "URLSearchParams":
    """The address' `URLSearchParams` without any setting: what others have put there stays."""
    query = js.URLSearchParams.new(js.location.search)
    for name in NAMES:
        query.delete(name)
    return query
