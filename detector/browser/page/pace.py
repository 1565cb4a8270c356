"""How much of the time a moving picture may take: less on a battery that is nearly empty."""

from detector.browser.platform.battery import watch_battery
from detector.browser.platform.dom import element
from detector.browser.platform.interop import listen, supervise
from detector.pacing.pacer import FULL_DUTY, GENTLE_DUTY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from detector.browser.sources.live_frames import LiveFrames
    from detector.live_settings import LiveSettings


class Pace:
    """Sets the frames' pace by the battery, the setting `skip`, and the visitor's word."""

    def __init__(
        self, frames: "LiveFrames", settings: "LiveSettings", failed: "Callable[[BaseException], None]"
    ) -> None:
        self._frames = frames
        self._settings = settings
        self._battery_low = False
        self._full_speed = False  # the visitor's word on a low battery
        settings.on_change(("skip",), self._skip_changed)
        listen(element("full-speed"), "change", self._full_speed_chosen)
        supervise(watch_battery(self._battery_changed), failed)

    def _skip_changed(self, name: str) -> None:
        self._frames.skip(self._settings.now.skip)
        self._set()

    def _battery_changed(self, low: bool) -> None:
        self._battery_low = low
        self._set()

    def _full_speed_chosen(self, *_: object) -> None:
        self._full_speed = bool(element("full-speed").checked)
        self._set()

    def _set(self) -> None:
        # A visitor who says which frames to skip has decided on the pace.
        low = self._battery_low and self._settings.now.skip == "auto"
        gentle = low and not self._full_speed
        self._frames.pace(GENTLE_DUTY if gentle else FULL_DUTY)
        element("battery").hidden = not low
        element("status-battery").hidden = not gentle
