"""What a visitor is told while the browser asks for the camera: where its question is. Loaded when one may be asked."""

import js

from detector.browser.platform.interop import WEBKIT

ON_A_PHONE = "Its question lies over this page."
FIREFOX = "Its question is below the address, on the left; the camera there brings it back."
SAFARI = "Its question is at the top of this window."
CHROME = "Its question is at the top left, below the address."


def where() -> str:
    """Where the visitor's browser shows its question, in English."""
    agent = str(js.navigator.userAgent)
    if "Android" in agent or "Mobile" in agent or "iP" in agent:
        return ON_A_PHONE
    if "Firefox" in agent:
        return FIREFOX
    return SAFARI if WEBKIT else CHROME
