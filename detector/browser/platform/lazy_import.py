"""Modules of the page that are neither fetched nor compiled before somebody needs them.

    heat_map = await lazy_import("detector.browser.panel.heat_map")

The page does not start with them: the first box does not wait. What such a module imports comes with it, unless the
page has that anyway. tools/serve/modules.py finds these calls, so the name has to stand there as it is.
"""

import os
import sys

import js

from detector.browser.platform.interop import PYTHON, Shared, address, failure
from detector.errors import DetectorError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

OWN = "detector/browser/platform/lazy_import."  # this file, which may be bytecode
FOLDER = __file__[: __file__.rindex(OWN)]  # what the package lies in


async def lazy_import(name: str) -> "ModuleType":
    """The module of that name, with what it imports. Raises DetectorError; the next call tries again."""
    if name not in sys.modules:
        texts: dict[str, str] = {}
        await _collect(name, texts)
        for path in texts:
            _make_folders(path)
            with open(FOLDER + path, "w") as file:
                file.write(texts[path])
        if PYTHON == "pyodide":
            import importlib

            importlib.invalidate_caches()
        __import__(name)
    return sys.modules[name]


async def _collect(name: str, texts: dict[str, str]) -> None:
    """Fetch a module, and those that it imports at its top; side by side, as each may be a slow line away."""
    path = name.replace(".", "/")
    if path + ".py" in texts or any(_exists(path + kind) for kind in (".py", ".mpy", "/__init__.py")):
        return
    texts[path + ".py"] = ""
    texts[path + ".py"] = text = await _fetched(path + ".py")
    imports = [line.split()[1] for line in text.split("\n") if line.startswith("from detector.")]
    for coming in [Shared(_collect(module, texts)) for module in imports]:
        await coming.wait()


async def _fetched(path: str) -> str:
    try:
        response = await js.fetch(address("./" + path))
        if not response.ok:
            raise OSError("status " + str(response.status))
        return str(await response.text())
    except Exception as error:
        raise DetectorError(
            "A part of this page did not arrive (" + failure(error)[1] + ").",
            "Check the connection and try again.",
        )


def _exists(path: str) -> bool:
    try:
        os.stat(FOLDER + path)
        return True
    except OSError:
        return False


def _make_folders(path: str) -> None:
    parts = path.split("/")[:-1]
    for depth in range(len(parts)):
        folder = "/".join(parts[: depth + 1])
        if not _exists(folder):
            os.mkdir(FOLDER + folder)
