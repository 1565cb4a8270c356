"""Hints name only what the asker can do: in CPython, and on the command line, there is no page to drop a photo on."""

import ast
import re
from pathlib import Path

import pytest

from detector import errors
from detector.errors import DetectorError
from detector.native.command import NOTHING, UNAVAILABLE, UNREADABLE, main

ROOT = Path(__file__).parents[1]
NATIVE = sorted((ROOT / "detector" / "native").rglob("*.py"))
# What only somebody in front of a browser has.
OF_PAGES = re.compile(
    r"\b(page|tab|tabs|browser|reload|drop|provider=|Chrome|MP4 or WebM clip)\b", re.IGNORECASE
)
KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, DetectorError)
}


def raised(path: Path) -> list[ast.Call]:
    """Each error of the tree that a module makes."""
    return [
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS
    ]


@pytest.mark.parametrize("path", NATIVE, ids=lambda path: path.stem)
def test_native_errors_do_not_send_anybody_to_a_page(path: Path) -> None:
    for call in raised(path):
        assert isinstance(call.func, ast.Name)
        kind = KINDS[call.func.id]
        if len(call.args) < 2:
            assert not OF_PAGES.search(kind.default_hint), (
                f"{path.name}:{call.lineno} needs a hint of its own"
            )
        for argument in call.args[1:]:
            for text in ast.walk(argument):
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    assert not OF_PAGES.search(text.value), f"{path.name}:{call.lineno}: {text.value}"


def test_there_are_errors_and_hints_of_pages_to_be_found() -> None:
    assert sum(len(raised(path)) for path in NATIVE) > 20
    of_pages = [name for name, kind in KINDS.items() if OF_PAGES.search(kind.default_hint)]
    assert {"MediaError", "NoProviderError", "UnsupportedError", "NoCameraError"} <= set(of_pages)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["missing.jpg"], UNREADABLE),
        (["missing.mp4"], UNREADABLE),
        ([__file__], UNREADABLE),
        ([str(ROOT / "models" / "check.jpg"), "--provider", "webgpu"], UNAVAILABLE),
        ([str(ROOT / "models" / "check.jpg"), "--model", "dragon"], UNAVAILABLE),
        ([str(ROOT / "models" / "check.jpg"), "--models", "nowhere"], UNAVAILABLE),
    ],
)
def test_the_command_says_what_can_be_done_there(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code != NOTHING
    told = capsys.readouterr().err
    hint = told.split(". ", 1)[1]
    assert hint.strip() and not OF_PAGES.search(hint), told
