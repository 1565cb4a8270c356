"""What docs/security.md promises is tested, and what is forbidden in the sources is not in them."""

import ast
import re
from pathlib import Path

import pytest

from tools.common import paths
from tools.serve.onlooker.server import CONTENT_SECURITY_POLICY

DOC = (paths.ROOT / "docs" / "security.md").read_text("utf-8")
THREATS = (
    "hostile embedder",
    "hostile page in another tab",
    "hostile image or video",
    "hostile model file",
    "hostile URL query",
    "hostile manifest",
    "stolen CDN",
)
# Ways to make elements or code of a text.
MARKUP = re.compile(
    r"\.(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|setHTMLUnsafe|createContextualFragment|\beval\s*\("
    r"|\bnew Function\b|(?<!new )\bFunction\s*\(|DOMParser|srcdoc|javascript:|set(?:Timeout|Interval)\(\s*[\"'`]"
)

# Of what is pasted, a document is made that nobody is shown, in which nothing runs: the addresses of its pictures are
# read (tests/browser/page/test_drop_and_paste.py sees that nothing is asked for).
NEVER_SHOWN = {"web/dropped.js": ["DOMParser"]}


def own_sources() -> list[Path]:
    folders = [paths.ROOT / "web", paths.ROOT / "detector"]
    found = [path for folder in folders for path in folder.rglob("*") if path.suffix in (".js", ".py")]
    return sorted([*found, paths.ROOT / "main.py", paths.ROOT / "index.html"])


@pytest.mark.parametrize("path", own_sources(), ids=lambda path: path.relative_to(paths.ROOT).as_posix())
def test_no_source_makes_markup_or_code_of_text(path: Path) -> None:
    text = path.read_text("utf-8")
    assert MARKUP.findall(text) == NEVER_SHOWN.get(path.relative_to(paths.ROOT).as_posix(), [])
    if path.suffix == ".py":
        names = {
            node.func.id
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not names & {"eval", "exec", "compile"}
    if path.suffix == ".html":
        assert not re.search(r"\son\w+=", text), "a handler in markup"
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), "a script in markup"


def test_the_scan_sees_what_it_looks_for() -> None:
    markup = [
        "a.innerHTML = b",
        "a.outerHTML=b",
        "a.insertAdjacentHTML('x', b)",
        "document.write(b)",
        "frame.srcdoc = b",
    ]
    code = ["eval (b)", "new Function('x')", "Function('x')", "setTimeout('x')", "a.href = 'javascript:b'"]
    for bad in markup + code:
        assert MARKUP.search(bad), bad


def test_the_policy_lets_no_text_become_code() -> None:
    assert "'unsafe-inline'" not in CONTENT_SECURITY_POLICY and "'unsafe-eval'" not in CONTENT_SECURITY_POLICY


def named_tests() -> list[tuple[str, str]]:
    """(file, function) of each test that the document names, as `tests/test_x.py::test_y`."""
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", DOC)


def test_each_threat_has_a_part_with_tests() -> None:
    parts = re.split(r"^## ", DOC, flags=re.MULTILINE)[1:]
    for threat in THREATS:
        (part,) = [part for part in parts if part.splitlines()[0].lower().endswith(threat.lower())]
        assert re.search(r"`tests/[\w/]+\.py::\w+`", part), threat
    assert len(named_tests()) > 25


@pytest.mark.parametrize(("file", "name"), sorted(set(named_tests())), ids=lambda one: one)
def test_each_test_that_it_names_is_there(file: str, name: str) -> None:
    tree = ast.parse((paths.ROOT / file).read_text("utf-8"))
    assert name in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
