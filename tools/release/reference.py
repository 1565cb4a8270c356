"""docs/api.md, out of the package's own docstrings: `python3 -m tools reference` writes it, a test holds it to them.

The sources are parsed, not imported, so that every Python writes the same text.
"""

import ast
import re
from collections.abc import Iterator, Sequence

from tools.common import files, paths

DOCUMENT = paths.ROOT / "docs" / "api.md"
PACKAGE = paths.ROOT / "detector"

# Where what `from detector import ...` gives is defined.
FUNCTIONS = ("load", "open_camera", "draw_boxes")
CLASSES = {
    "Detector": "pipeline",
    "Result": "result",
    "Stream": "stream",
    "Detection": "detection",
    "Box": "detection",
    "Settings": "settings",
}

INTRODUCTION = """\
# The API

Generated from the docstrings of `detector/` by `python3 -m tools reference`. The same on MicroPython, Pyodide and
CPython; [pyscript.md](pyscript.md) has the first steps in a page, [settings.md](settings.md) all settings.
"""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def run(arguments: Sequence[str]) -> int:
    """Write the document; give the exit code."""
    files.write(DOCUMENT, text().encode())
    print(DOCUMENT.relative_to(paths.ROOT))
    return 0


def text() -> str:
    """All of the document."""
    package = _tree("__init__")
    parts = [INTRODUCTION, _prose(package), "## Functions\n"]
    for name in FUNCTIONS:
        parts.append(_function(_function_of(package, name), level=3))
    parts.append("## Classes\n")
    for name, module in CLASSES.items():
        parts.append(_class(_class_of(_tree(module), name)))
    parts += ["## Errors\n", _prose(_tree("errors")), *_errors()]
    parts += ["## Command line\n", _prose(_tree("native/command")), f"```text\n{_exits()}```\n"]
    return "\n".join(part for part in parts if part)


def _tree(module: str) -> ast.Module:
    return ast.parse((PACKAGE / f"{module}.py").read_text("utf-8"))


def _function_of(tree: ast.Module, name: str) -> Function:
    (found,) = [node for node in tree.body if isinstance(node, Function) and node.name == name]
    return found


def _class_of(tree: ast.Module, name: str) -> ast.ClassDef:
    (found,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    return found


def _prose(node: ast.Module | ast.ClassDef | Function) -> str:
    """A docstring as Markdown, in which blocks of code are indented too."""
    docstring = ast.get_docstring(node)
    if not docstring:
        return ""
    return docstring.strip() + "\n"


def _signature(function: Function, name: str) -> str:
    """`async name(parameters) -> result`, as Python writes it."""
    for node in ast.walk(function.args):
        if isinstance(node, ast.arg) and node.annotation is not None:
            node.annotation = ast.Name(_plain(node.annotation))
    arguments = ast.unparse(function.args).removeprefix("self, ").removeprefix("self")
    arguments = re.sub(r"(: [^=,]*?)=", r"\1 = ", arguments)
    before = "async " if isinstance(function, ast.AsyncFunctionDef) else ""
    result = f" -> {_plain(function.returns)}" if function.returns and name != "__init__" else ""
    return f"{before}{name}({arguments.replace(chr(39), chr(34))}){result}"


def _plain(annotation: ast.expr) -> str:
    """An annotation, without the quotes that it may have."""
    text = isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)
    return str(ast.literal_eval(annotation)) if text else ast.unparse(annotation)


def _function(function: Function, level: int, of: str = "") -> str:
    name = of + function.name
    heading = f"{'#' * level} `{name}`\n"
    signature = f"```python\n{_signature(function, function.name)}\n```\n"
    return "\n".join([heading, signature, _prose(function)])


def _class(node: ast.ClassDef) -> str:
    parts = [f"### `{node.name}`\n", _prose(node)]
    for method in _public(node):
        if any(_name(decorator) == "property" for decorator in method.decorator_list):
            told = (ast.get_docstring(method) or "").strip()
            parts.append(f"#### `{node.name}.{method.name}`\n")
            parts.append(
                f"A property: `{_plain(method.returns)}`. {told}\n" if method.returns else f"{told}\n"
            )
        else:
            parts.append(_function(method, level=4, of=f"{node.name}."))
    return "\n".join(part for part in parts if part)


def _public(node: ast.ClassDef) -> Iterator[Function]:
    for method in node.body:
        if isinstance(method, Function) and not method.name.startswith("_"):
            yield method


def _name(expression: ast.expr) -> str:
    return expression.id if isinstance(expression, ast.Name) else ""


def _errors() -> Iterator[str]:
    """One row for each error: its code and what it says unless something more is known."""
    yield "| error | code | says |\n| --- | --- | --- |"
    for node in _tree("errors").body:
        if isinstance(node, ast.ClassDef):
            values = {
                _name(line.targets[0]): str(ast.literal_eval(line.value))
                for line in node.body
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
            }
            said = " ".join(values.get(name, "") for name in ("default_message", "default_hint")).strip()
            if "default_message" not in values:  # each has words of its own
                said = (ast.get_docstring(node) or "").splitlines()[0]
            yield f"| `{node.name}` | `{values['code']}` | {said} |"
    yield "\n"


def _exits() -> str:
    for node in _tree("native/command").body:
        if isinstance(node, ast.Assign) and _name(node.targets[0]) == "EXITS":
            return str(ast.literal_eval(node.value))
    raise ValueError("native/command.py has no EXITS")


def documented() -> Iterator[tuple[str, str]]:
    """(name, docstring) of everything that the document shows."""
    package = _tree("__init__")
    for name in FUNCTIONS:
        yield name, ast.get_docstring(_function_of(package, name)) or ""
    for name, module in CLASSES.items():
        node = _class_of(_tree(module), name)
        yield name, ast.get_docstring(node) or ""
        for method in _public(node):
            yield f"{name}.{method.name}", ast.get_docstring(method) or ""
