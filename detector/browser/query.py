"""Settings from the page's address: `?threshold=0.7&classes=person,cat`."""

import js

from detector.browser.interop import items
from detector.settings import parse


def page_settings() -> tuple:
    """(Settings, problems in words) of this page's address."""
    entries = items(js.URLSearchParams.new(js.location.search).entries())
    return parse([(entry[0], entry[1]) for entry in entries])
