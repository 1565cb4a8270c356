"""The battery, where the browser tells of it: whether it is low enough to go gently."""

import js

from detector.browser.platform.interop import has, listen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LOW = 0.2


async def watch_battery(on_change: "Callable[[bool], object]") -> None:
    """Call `on_change(low)` now and whenever it changes: low is under 20% and not charging."""
    if not has(js.navigator, "getBattery"):
        return
    try:
        battery = await js.navigator.getBattery()
    except Exception:  # a policy may forbid to know, and then nothing is known
        return
    last: bool | None = None

    def look(*_: object) -> None:
        nonlocal last
        low = battery.level < LOW and not battery.charging
        if low != last:
            last = low
            on_change(low)

    listen(battery, "levelchange", look)
    listen(battery, "chargingchange", look)
    look()
