"""How much memory the page holds, as far as the browser tells."""

import js

from detector.browser.platform.interop import attempt, has


async def measured() -> int:
    """Bytes of this page and its workers; 0 where the browser does not tell.

    Only cross-origin isolated pages in Chromium are told, and it may wait for a garbage collection: seconds.
    """
    if not has(js.performance, "measureUserAgentSpecificMemory"):
        return 0
    try:
        return int((await attempt(js.performance, "measureUserAgentSpecificMemory")).bytes)
    except Exception:  # a browser that has it and refuses it: then nobody knows, and nothing is guarded
        return 0
