"""Which modules of the package run where, read from their imports: nobody keeps a list of them by hand.

    page        main.py and whatever it reaches: pyscript.toml, studio.toml, detector.json
    fetched     what the page asks for once somebody needs it, with lazy_import(), and what that reaches
    studio      what the studio's worker runs (web/studio.js)

`python3 -m tools modules` writes pyscript.toml, studio.toml and web/studio.js; set-up, and so every other command, does
it by itself.
"""

import ast
import os
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

LAZY = "lazy_import"
# Reached only in another Python than the one that is asked about.
NATIVE = "detector/native/"
BROWSER = "detector/browser/"
SERVICE = "detector/studio/service.py"
CONFIGS = ("pyscript.toml", "studio.toml")
WORKER = "web/studio.js"
MODULE = re.compile(r"detector(\.\w+)+")


def page(root: Path) -> list[str]:
    """Paths of the modules that the page starts with, sorted."""
    return reached(root, ["main.py"], without=(NATIVE,))


def fetched(root: Path) -> list[str]:
    """Paths of the modules that the page fetches when they are needed, sorted."""
    there = page(root)
    names = {name for path in there for name in _imports((root / path).read_text("utf-8"), lazy=True)}
    starts = [path for name in names for path in _files(name)]
    return [path for path in reached(root, starts, without=(NATIVE,)) if path not in there]


def studio(root: Path) -> list[str]:
    """Paths of the modules that the studio's worker runs, sorted."""
    return reached(root, [SERVICE], without=(NATIVE, BROWSER))


def reached(root: Path, starts: Iterable[str], without: tuple[str, ...]) -> list[str]:
    """Paths of the package's modules among `starts` and whatever they import, at once or later; sorted.

    The server asks for this with every visit, hence names and not `Path`, which takes four times as long.
    """
    folder = os.fspath(root)
    found: list[str] = []
    asked = set(starts)
    waiting = list(asked)
    while waiting:
        name = waiting.pop()
        file = os.path.join(folder, name)
        if name.startswith(without) or not os.path.isfile(file):
            continue
        found.append(name)
        with open(file, encoding="utf-8") as source:
            imported = _imports(source.read(), lazy=False)
        around = [f"{name[:place]}/__init__.py" for place, letter in enumerate(name) if letter == "/"]
        reaches = {*around, *(path for module in imported for path in _files(module))}
        waiting += reaches - asked
        asked |= reaches
    return sorted(name for name in found if name.startswith("detector/"))


def _files(module: str) -> tuple[str, str]:
    """The files that a module's name may mean."""
    path = module.replace(".", "/")
    return f"{path}.py", f"{path}/__init__.py"


@lru_cache(maxsize=1024)
def _imports(source: str, *, lazy: bool) -> tuple[str, ...]:
    """The modules of the package that a source imports, but for its types; lazy: those that it has fetched instead."""
    found: list[str] = []
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ()  # somebody is in the middle of a change: the page says what is wrong
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == LAZY:
            if lazy:
                found += [str(one.value) for one in node.args if isinstance(one, ast.Constant)]
        elif not lazy and isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Tuple):
            # A list of modules (detector/by_name.py).
            constants = [str(one.value) for one in node.value.elts if isinstance(one, ast.Constant)]
            found += [text for text in constants if MODULE.fullmatch(text)]
        elif not lazy and isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif not lazy and isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(name for name in found if name.split(".")[0] == "detector")


def written(root: Path) -> dict[str, str]:
    """Path -> text of each file that names modules, as it has to be."""
    files = "".join(f'"./{path}" = "./{path}"\n' for path in page(root))
    made = {}
    for name in CONFIGS:
        head, _, _ = (root / name).read_text("utf-8").partition("[files]\n")
        made[name] = f"{head}[files]\n{files}"
    sources = "".join(f'  "{path}",\n' for path in studio(root))
    code = (root / WORKER).read_text("utf-8")
    made[WORKER] = re.sub(
        r"const SOURCES = \[.*?\];", f"const SOURCES = [\n{sources}];", code, flags=re.DOTALL
    )
    return made


def ensure(root: Path) -> None:
    """Write those files, where they are not so already."""
    for name, text in written(root).items():
        if (root / name).read_text("utf-8") != text:
            (root / name).write_text(text, "utf-8", newline="\n")
