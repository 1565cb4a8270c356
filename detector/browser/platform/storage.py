"""Small texts that this browser keeps for this page, if it keeps anything."""

import js

from detector.browser.platform.interop import bridge, failure

PROVIDER = "onlooker:provider"  # the result of the last race
TRUSTED = "onlooker:trusted"  # where the known picture came out right
OFFLINE = "onlooker:offline"  # what to keep for use without a network
FORMAT = "onlooker:format"  # of pictures at full size
SETTINGS = "onlooker:settings"  # those that the visitor changed


async def stored(name: str) -> str:
    """The text of that name; "" where there is none, or the browser keeps nothing for this page."""
    try:
        return str(await (await bridge()).kept(name))
    except Exception as error:
        js.console.info("Not read from this browser, " + name + ": " + failure(error)[1])
        return ""


async def store(name: str, text: str) -> None:
    """Keep the text, if the browser lets us: it may be told to keep nothing, or be full."""
    try:
        await (await bridge()).kept(name, text)
    except Exception as error:
        js.console.info("Not kept in this browser, " + name + ": " + failure(error)[1])
