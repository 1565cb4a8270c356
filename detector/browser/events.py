"""What the page tells others: `detector:*` events on `document`, plain data that survives `structuredClone`."""

import js

from detector.browser.interop import record, to_js

VERSION = 1


def publish(name: str, detail: dict) -> None:
    """Dispatch `detector:<name>` with a plain-object detail that carries the version."""
    detail["version"] = VERSION
    js.document.dispatchEvent(js.CustomEvent.new("detector:" + name, record(detail=to_js(detail))))
