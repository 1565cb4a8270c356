"""Files of the page that are made from others: Python without comments is the same Python, line by line."""

import ast
import json
import tomllib

import pytest

from tools import generated, paths

PACKED = json.loads(generated.sources(paths.ROOT))


class Undocumented(ast.NodeTransformer):
    """A tree without docstrings."""

    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node, generated.DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
            if not node.body and not isinstance(node, ast.Module):
                node.body.append(ast.Pass())
        return node


@pytest.mark.parametrize("name", sorted(PACKED["files"]))
def test_a_packed_module_is_the_same_python_on_the_same_lines(name: str) -> None:
    original, packed = (paths.ROOT / name).read_text("utf-8"), PACKED["files"][name]
    assert ast.dump(ast.parse(packed)) == ast.dump(Undocumented().visit(ast.parse(original)))
    assert ast.get_docstring(ast.parse(packed)) is None
    assert packed.count("\n") == original.count("\n")
    for node in ast.walk(ast.parse(packed)):
        if isinstance(node, generated.DOCUMENTED[1:]):
            line = packed.split("\n")[node.lineno - 1]
            assert original.split("\n")[node.lineno - 1].startswith(line)


def test_all_that_pyscript_would_fetch_is_packed() -> None:
    listed = tomllib.loads((paths.ROOT / "pyscript.toml").read_text("utf-8"))["files"]
    assert set(PACKED["files"]) == {name.removeprefix("./") for name in listed}
    assert PACKED["main"] == (paths.ROOT / "main.py").read_text("utf-8")


def test_texts_that_look_like_comments_stay() -> None:
    source = 'def f():\n    """Doc."""\n    # why\n    return "# no comment"  # why\n\n\nclass A:\n    """Doc."""\n'
    assert generated.bare(source) == 'def f():\n\n\n    return "# no comment"\n\n\nclass A:\n    pass\n'
    assert generated.bare("def f(:  # broken") == "def f(:  # broken"
