"""Modules that a list names: the list is all that has to know of one more."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def module(name: str) -> "Any":
    """The module of this full name, imported with its first use. Whoever has the list says what is in each."""
    if name not in sys.modules:
        __import__(name)
    return sys.modules[name]


def short(name: str) -> str:
    """The last part of a module's full name."""
    return name[name.rindex(".") + 1 :]


def find(names: tuple[str, ...], last: str) -> "Any":
    """The one of these modules whose name ends so. Raises ValueError."""
    return module(names[[short(name) for name in names].index(last)])
