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

from tools.serve import generated, modules

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
CORE = [name for name in MODULES if not name.startswith(OUTSIDE) and name != "detector.__main__"]


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """(module, whether it is imported when this one is, or only when a function is called) of each import.

    `from detector.browser.network import runtime` imports the module detector.browser.network.runtime.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []  # read by mypy alone
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
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Tuple):
            # A list of modules, imported by name (detector/by_name.py).
            for one in node.value.elts:
                if isinstance(one, ast.Constant) and one.value in MODULES:
                    yield str(one.value), False
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


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tools/serve/onlooker").glob("*.py")), ids=lambda path: path.stem
)
def test_what_pip_installs_needs_nothing_of_the_tools(path: Path) -> None:
    for module, _ in imports(path):
        assert module.startswith("tools.serve.onlooker") or module.split(".")[0] != "tools", module


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


# Each room imports only those before it.
ROOMS = ("platform", "studio", "sources", "network", "stage", "page", "panel", "embedding")


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[2] if module.startswith("detector.browser.") and len(parts) > 3 else ""


def test_every_room_of_the_browser_edge_has_its_place() -> None:
    assert {room_of(name) for name in MODULES} - {""} == set(ROOMS)


@pytest.mark.parametrize("name", [name for name in MODULES if room_of(name)])
def test_rooms_import_only_those_before_them(name: str) -> None:
    for module, _ in imports(MODULES[name]):
        if room_of(module):
            assert ROOMS.index(room_of(module)) <= ROOMS.index(room_of(name)), f"{name} imports {module}"


def test_no_folder_is_crowded() -> None:
    for folder in {path.parent for path in MODULES.values()}:
        modules_in_it = [path for path in folder.glob("*.py") if not path.stem.startswith("__")]
        assert len(modules_in_it) <= 14, f"{folder.relative_to(ROOT)} has {len(modules_in_it)} modules"


@pytest.mark.parametrize("toml", ["pyscript.toml", "studio.toml"])
def test_the_page_lists_exactly_the_modules_it_needs(toml: str) -> None:
    files = tomllib.loads((ROOT / toml).read_text(encoding="utf-8"))["files"]
    listed = {"./" + MODULES[name].relative_to(ROOT).as_posix() for name in reachable(ROOT / "main.py")}
    assert set(files) == listed
    for source, target in files.items():
        assert source == target, f"{source} would be at {target}"


def lazy_imports(path: Path) -> Iterator[str]:
    """The modules that a file has fetched once they are needed."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "lazy_import":
            (name,) = node.args
            yield ast.literal_eval(name)


def test_what_is_fetched_when_needed_is_not_listed_and_kept_offline() -> None:
    listed = reachable(ROOT / "main.py")
    names = [name for module in listed for name in lazy_imports(MODULES[module])]
    assert len(names) > 1
    for name in names:
        assert name in MODULES, f"there is no {name}"
        assert name not in listed, f"{name} is in pyscript.toml, and comes with the page"
    fetched = {module for name in names for module in {name, *reachable(MODULES[name])}} - listed
    first = generated.first(ROOT)
    kept = {name for name in fetched if MODULES[name].relative_to(ROOT).as_posix() in first}
    assert kept == fetched, "without a network the panel works, too"
    for module in fetched:
        for name in MODULES[module].read_text(encoding="utf-8").splitlines():
            # lazy_import() reads the source line by line.
            assert not re.match(r"(from detector import|import detector|from \.)", name), f"{module}: {name}"
    unused = {name for name in set(MODULES) - listed - fetched if edge_of(name) == "detector.browser"}
    assert not unused, "no page has it"


def test_the_files_that_list_modules_are_as_the_imports_say() -> None:
    for name, text in modules.written(ROOT).items():
        assert (ROOT / name).read_text("utf-8") == text, f"{name}: python3 -m tools modules"


def test_the_studios_worker_fetches_exactly_the_modules_it_needs() -> None:
    code = (ROOT / "web/studio.js").read_text(encoding="utf-8")
    (sources,) = re.findall(r"const SOURCES = \[(.*?)\];", code, re.DOTALL)
    start = ROOT / "detector/studio/service.py"
    needed = reachable(start, ("detector.native", "detector.browser")) | {
        "detector.studio",
        module_name(start),
    }
    listed = re.findall(r'"([^"]+)"', sources)
    assert sorted(listed) == sorted(MODULES[name].relative_to(ROOT).as_posix() for name in needed)


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
