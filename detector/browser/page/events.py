"""What the page tells others: `detector:*` events on `document`, plain data that survives `structuredClone`."""

import js

from detector.browser.platform.interop import record, to_js

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1


def publish(name: str, detail: "Mapping[str, object]") -> None:
    """Dispatch `detector:<name>` with a plain-object detail that carries the version."""
    plain = dict(detail)
    plain["version"] = VERSION
    js.document.dispatchEvent(js.CustomEvent.new("detector:" + name, record(detail=to_js(plain))))
