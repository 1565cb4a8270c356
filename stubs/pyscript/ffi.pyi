from collections.abc import Callable
from typing import Any, TypeVar

from js import Object

F = TypeVar("F", bound=Callable[..., Any])

def create_proxy(function: F) -> F: ...
def is_none(value: object) -> bool: ...
def to_js(value: object) -> Object: ...
