"""What the page may ask the studio for, by name, and how it is told what went wrong.

answer("save", {"pixels": ..., "width": 640, ...})   {"result": {"type": "image/png", "content": b"..."}}
answer("sing", {})                                   {"error": {"code": "studio", "message": ..., "hint": ...}}
"""

from collections.abc import Callable, Mapping

from detector.errors import DetectorError, OutOfMemoryError, StudioError
from detector.studio.heat import heat
from detector.studio.save import save
from detector.studio.sheet import Sheet

_sheet = Sheet()
METHODS: Mapping[str, Callable[..., object]] = {
    "save": save,
    "heat": heat,
    "sheet_add": _sheet.add,
    "sheet_page": _sheet.page,
}


def answer(method: str, args: Mapping[str, object]) -> dict[str, object]:
    """Call a method with `args` by name. Raises nothing: {"result": ...} or {"error": {code, message, hint}}."""
    try:
        if method not in METHODS:
            raise StudioError(f"The studio has no method {method}.", "Reload the page.")
        return {"result": METHODS[method](**args)}
    except MemoryError:
        error: DetectorError = OutOfMemoryError(
            "There is not enough memory for a picture of this size.",
            "Close other tabs or programs and try again.",
        )
    except DetectorError as known:
        error = known
    except Exception as unknown:
        error = StudioError(f"The studio could not do this ({type(unknown).__name__}: {unknown}).")
    return {"error": error.as_dict()}
