"""What to do about a camera that does not open, in the visitor's own browser first. Loaded when one does not."""

import js

from detector.browser.platform.dom import element
from detector.browser.platform.interop import WEBKIT
from detector.browser.platform.language import told

CHROME, FIREFOX, SAFARI = "Chrome", "Firefox", "Safari"
BROWSERS = (CHROME, FIREFOX, SAFARI)

# For each error's code, the steps: for all browsers, or for each in the order of BROWSERS.
STEPS = {
    "camera-denied": (
        "Click the sign to the left of the address, set Camera to Allow, and try again.",
        "Click the crossed-out camera to the left of the address, remove the block, and try again.",
        "Choose Settings for this Website in the Safari menu (on an iPhone: in the page menu beside the address), set "
        "Camera to Allow, and try again.",
    ),
    "camera-dismissed": ("Try again, and choose Allow when the browser asks.",),
    "camera-policy": (
        "Open this page by itself, not inside another; or ask whoever runs the site around it to allow it the camera.",
    ),
    "camera-insecure": (
        "On this machine, open the page as localhost. From another one, ask whoever serves it for its https address "
        "(HTTPS=1 make serve).",
    ),
    "no-camera": (
        "Connect a camera; it is noticed at once. A built-in one may have a switch or a shutter, or be turned off in "
        "the system's privacy settings.",
    ),
    "camera-busy": (
        "Close video calls and other programs or tabs that show the camera, and try again. If it stays: chrome://settings/"
        "content/camera shows which camera Chrome uses.",
        "Close video calls and other programs that show the camera, and try again: only one at a time may have it.",
        "Close video calls and other tabs that show the camera, and try again: Safari gives it to one tab at a time.",
    ),
    "camera-constraint": ("Choose another camera or resolution in Details, under Settings, and try again.",),
    "camera-unplugged": ("Connect it again: the page goes on by itself.",),
    "camera": ("Try again; if it stays, restart the browser.",),
}


def this_browser() -> str:
    """Whose menus the visitor sees."""
    agent = str(js.navigator.userAgent)
    return FIREFOX if "Firefox" in agent or "FxiOS" in agent else SAFARI if WEBKIT else CHROME


def advise(code: str) -> bool:
    """Show the steps for an error's code in the error's panel; whether there are any."""
    steps = STEPS.get(code, ())
    mine = this_browser()
    own = steps[BROWSERS.index(mine)] if len(steps) > 1 else steps[0] if steps else ""
    element("error-hint").textContent = told(own) or element("error-hint").textContent
    others = element("error-others")
    others.hidden = len(steps) < 2
    into = element("error-steps")
    into.replaceChildren()
    if len(steps) > 1:
        for browser, step in zip(BROWSERS, steps):
            if browser != mine:
                item = js.document.createElement("li")
                item.textContent = browser + ": " + told(step)
                into.append(item)
    element("error-samples").append(element("samples"))
    return bool(own)
