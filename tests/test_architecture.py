"""The rules of the layout, held by reading imports: who may import what, one way, and what the page lists.

That the core compiles and imports on MicroPython is held by test_micropython.py.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import generated

ROOT = Path(__file__).parents[1]
EDGES = ("detector.browser", "detector.native", "detector.studio")
SHARED = "detector.pillow"  # what native and studio have in common: they may import it, and it only the core
OUTSIDE = (*EDGES, SHARED)

# What MicroPython brings in PyScript, of those modules that CPython has too.
MICROPYTHON = frozenset(
    "abc array asyncio binascii collections datetime functools gc hashlib heapq io itertools json math operator os "
    "pathlib random re string struct sys time types unittest".split()
)
JAVASCRIPT = frozenset(["js", "pyscript", "jsffi", "pyodide", "polyscript"])


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted((ROOT / "detector").rglob("*.py"))}
CORE = [
    name for name in MODULES if name.count(".") < 2 and name not in OUTSIDE and name != "detector.__main__"
]


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """(module, whether it is imported when this one is, or only when a function is called) of each import.

    `from detector.browser import engine` imports the module detector.browser.engine.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    later = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        at_once = id(node) not in later
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, at_once
        elif isinstance(node, ast.ImportFrom):
            source = _absolute(node, path)
            for alias in node.names:
                inner_module = f"{source}.{alias.name}"
                yield (inner_module if inner_module in MODULES else source), at_once


def _absolute(node: ast.ImportFrom, path: Path) -> str:
    """The full name of the module that an import is from: `from .x import y` in a/b.py is from a.x."""
    package = path.relative_to(ROOT).parent.parts
    above = package[: len(package) - node.level + 1] if node.level else ()
    return ".".join([*above, *([node.module] if node.module else [])])


def edge_of(module: str) -> str | None:
    return next((edge for edge in OUTSIDE if module == edge or module.startswith(edge + ".")), None)


def reachable(start: Path, elsewhere: tuple[str, ...] = ("detector.native",)) -> set[str]:
    """The modules of the package that a file imports, and those that they import, at once or later.

    Not followed: the edges that are imported only elsewhere.
    """
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for module, _ in imports(waiting.pop()):
            if module in MODULES and edge_of(module) not in elsewhere:
                parts = module.split(".")
                for length in range(1, len(parts) + 1):
                    name = ".".join(parts[:length])
                    if name not in found:
                        found.add(name)
                        waiting.append(MODULES[name])
    return found


@pytest.mark.parametrize("name", CORE)
def test_the_core_imports_itself_and_what_micropython_has(name: str) -> None:
    for module, at_once in imports(MODULES[name]):
        if module.split(".")[0] == "detector":
            # Only load() reaches for an edge, and only once it is called.
            assert module in CORE or (name == "detector" and not at_once), f"{name} imports {module}"
        else:
            assert module.split(".")[0] in MICROPYTHON, f"{name} imports {module}, which MicroPython lacks"


def test_only_the_browser_edge_and_main_know_javascript() -> None:
    files = [*MODULES.values(), ROOT / "main.py", *sorted((ROOT / "tools").rglob("*.py"))]
    for path in files:
        if path == ROOT / "main.py" or edge_of(module_name(path)) == "detector.browser":
            continue
        for module, _ in imports(path):
            assert module.split(".")[0] not in JAVASCRIPT, f"{path.relative_to(ROOT)} imports {module}"


@pytest.mark.parametrize("name", [name for name in MODULES if edge_of(name)])
def test_edges_import_the_core_and_never_each_other(name: str) -> None:
    for module, _ in imports(MODULES[name]):
        if module.split(".")[0] == "detector":
            shared = edge_of(module) == SHARED and edge_of(name) in ("detector.native", "detector.studio")
            assert module in CORE or edge_of(module) == edge_of(name) or shared, f"{name} imports {module}"


@pytest.mark.parametrize("name", [name for name in MODULES if edge_of(name) in ("detector.studio", SHARED)])
def test_the_studio_needs_nothing_but_the_core_numpy_and_pillow(name: str) -> None:
    for module, _ in imports(MODULES[name]):
        assert module.split(".")[0] in {"detector", "numpy", "PIL", *sys.stdlib_module_names}, (
            f"{name}: {module}"
        )


def test_the_package_does_not_know_what_is_built_upon_it() -> None:
    for name, path in MODULES.items():
        for module, _ in imports(path):
            assert module.split(".")[0] not in ("tools", "tests", "main"), f"{name} imports {module}"


def test_imports_run_one_way() -> None:
    graph = {name: {module for module, _ in imports(path)} & set(MODULES) for name, path in MODULES.items()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, "a circle: " + " -> ".join([*path[path.index(name) :], name])
        if name not in done:
            for module in sorted(graph[name]):
                visit(module, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("toml", ["pyscript.toml", "studio.toml"])
def test_the_page_lists_exactly_the_modules_it_needs(toml: str) -> None:
    files = tomllib.loads((ROOT / toml).read_text(encoding="utf-8"))["files"]
    listed = {"./" + MODULES[name].relative_to(ROOT).as_posix() for name in reachable(ROOT / "main.py")}
    assert set(files) == listed
    for source, target in files.items():
        assert source == target, f"{source} would be at {target}"


def late_modules(path: Path) -> Iterator[tuple[str, ...]]:
    """The modules that each `late(...)` of a file names, itself or by a constant."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple)
        for target in node.targets
        if isinstance(target, ast.Name) and all(isinstance(one, ast.Constant) for one in node.value.elts)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "late":
            names: list[str] = []
            for argument in node.args:
                if isinstance(argument, ast.Starred):
                    assert isinstance(argument.value, ast.Name)
                    names.extend(constants[argument.value.id])
                else:
                    names.append(ast.literal_eval(argument))
            yield tuple(names)


def test_what_comes_late_is_not_listed_and_finds_all_that_it_imports() -> None:
    listed = reachable(ROOT / "main.py")
    calls = [names for name in listed for names in late_modules(MODULES[name])]
    assert len(calls) > 1
    for names in calls:
        there = set(listed)
        for name in names:
            assert name not in listed, f"{name} is in pyscript.toml, and comes with the page"
            for module, _ in imports(MODULES[name]):
                if module in MODULES:
                    assert module in there, f"{name} imports {module}, which has to come before it"
            there.add(name)
    late = {name for names in calls for name in names}
    kept = {name for name in late if MODULES[name].relative_to(ROOT).as_posix() in generated.FIRST}
    assert kept == late, "without a network the panel works, too"
    unused = set(MODULES) - listed - late
    assert not [name for name in unused if edge_of(name) == "detector.browser"], "no page has it"


def test_the_studios_worker_fetches_exactly_the_modules_it_needs() -> None:
    code = (ROOT / "web/studio.js").read_text(encoding="utf-8")
    (sources,) = re.findall(r"const SOURCES = \[(.*?)\];", code, re.DOTALL)
    start = ROOT / "detector/studio/service.py"
    needed = reachable(start, ("detector.native", "detector.browser")) | {
        "detector.studio",
        module_name(start),
    }
    listed = re.findall(r'"([^"]+)"', sources)
    assert sorted(listed) == sorted(
        MODULES[name].relative_to(ROOT / "detector").with_suffix("").as_posix() for name in needed
    )


def project_texts() -> Iterator[tuple[str, str]]:
    """(path, text) of each text file that is committed or could be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path.is_file():
            data = path.read_bytes()
            if b"\0" not in data[:8192]:
                yield name, data.decode("utf-8")


def test_no_file_names_a_machine_or_a_registry() -> None:
    # In pieces, or this file would name them.
    folders = "|".join(["wo" + "rk", "ro" + "ot", "ho" + "me/[a-z]+", "Us" + r"ers/\w+", "tmp/" + "lab"])
    hosts = [
        r"registry\." + r"npmjs\.org",
        r"registry\." + r"yarnpkg\.com",
        r"\bpypi\." + "org",
        "python" + "hosted",
    ]
    named = re.compile(rf"(?<![\w.$}}])/(?:{folders})/|{'|'.join(hosts)}")
    for name, text in project_texts():
        for number, line in enumerate(text.splitlines(), 1):
            assert not named.search(line), f"{name}:{number}: {line.strip()[:200]}"
