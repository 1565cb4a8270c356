"""Modules of the page that are neither fetched nor compiled before somebody needs them.

    heat_map = await late("detector.heat", "detector.browser.heat_map")

They stand in no list of what the page loads: the first box does not wait for them. Those that one imports come before
it, unless the page has them anyway.
"""

import sys

import js

from detector.browser.interop import PYTHON, Shared, address, failure
from detector.errors import DetectorError

OWN = "detector/browser/late."  # this file, which may be bytecode


async def late(*names: str) -> object:
    """The last of these modules, once all are here. Raises DetectorError; the next call tries again."""
    missing = [name for name in names if name not in sys.modules]
    texts = {}
    for coming in [Shared(_fetch(name, texts)) for name in missing]:
        await coming.wait()
    for name in missing:
        # Beside this file, where the others of the package are, too.
        with open(__file__[: __file__.rindex(OWN)] + _path(name), "w") as file:
            file.write(texts[name])
    if PYTHON == "pyodide":
        import importlib

        importlib.invalidate_caches()
    for name in missing:
        __import__(name)
    return sys.modules[names[-1]]


def _path(name: str) -> str:
    return name.replace(".", "/") + ".py"


async def _fetch(name: str, texts: dict) -> None:
    try:
        response = await js.fetch(address("./" + _path(name)))
        if not response.ok:
            raise OSError("status " + str(response.status))
        texts[name] = str(await response.text())
    except Exception as error:
        raise DetectorError(
            "A part of this page did not arrive (" + failure(error)[1] + ").",
            "Check the connection and try again.",
        )
