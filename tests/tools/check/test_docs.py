"""The documents: the reference is that of the docstrings, no setting is missing, and links and commands exist."""

import re
from pathlib import Path

import pytest

import detector
from detector.errors import DetectorError
from detector.native import command
from detector.native.command import EXITS
from detector.settings import _CHOICES, NAMES, Settings
from detector.version import VERSION
from tools import commands
from tools.check import translations
from tools.common import paths
from tools.release import bundle, packages, reference

DOCUMENTS = [
    paths.ROOT / "README.md",
    paths.ROOT / "CONTRIBUTING.md",
    *sorted((paths.ROOT / "docs").glob("*.md")),
]
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)
LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)(#[^)\s]*)?\)")


def read(name: str) -> str:
    return (paths.ROOT / name).read_text("utf-8")


def test_the_reference_is_that_of_the_docstrings() -> None:
    assert read("docs/api.md") == reference.text(), "it is stale: python3 -m tools reference"


def test_the_reference_has_all_that_is_public_and_each_has_a_docstring() -> None:
    shown = {*reference.FUNCTIONS, *reference.CLASSES, "DetectorError"}
    assert shown == set(detector.__all__)
    for name, docstring in reference.documented():
        assert docstring, f"{name} has no docstring"
    text = reference.text()
    for error in all_errors(DetectorError):
        assert f"| `{error.__name__}` | `{error.code}` |" in text
    assert EXITS in text


def all_errors(root: type[DetectorError]) -> list[type[DetectorError]]:
    found = [root]
    for child in root.__subclasses__():
        if child.__module__ == "detector.errors":
            found += all_errors(child)
    return found


def test_the_reference_changes_with_its_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("__init__", "errors", "native/command", *reference.CLASSES.values()):
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text((reference.PACKAGE / f"{name}.py").read_text("utf-8"), "utf-8")
    monkeypatch.setattr(reference, "PACKAGE", tmp_path)
    assert reference.text() == read("docs/api.md")
    path = tmp_path / "detection.py"
    path.write_text(path.read_text("utf-8").replace("One object found", "Something found"), "utf-8")
    assert reference.text() != read("docs/api.md")


def test_every_setting_is_in_the_table_with_its_values_and_default() -> None:
    rows = {name: (values, default) for name, values, default, _ in ROW.findall(read("docs/settings.md"))}
    assert tuple(rows) == NAMES
    usual = Settings()
    for name, (values, default) in rows.items():
        for choice in _CHOICES.get(name, ()):
            assert f"`{choice}`" in values, f"{name}: {choice}"
            assert re.fullmatch(r"(`[\w-]+`(, )?)+", values) or name == "lang", name
        if name in _CHOICES:
            assert len(values.split(", ")) == len(_CHOICES[name]), name
        value = getattr(usual, name)
        if value == "":
            assert not default.startswith("`"), name
        else:
            told = str(int(value)) if isinstance(value, bool) else str(value)
            assert default.strip("`") == told, name


def test_limits_models_languages_and_classes_are_those_that_there_are() -> None:
    text = read("docs/settings.md")
    rows = {name: values for name, values, _, _ in ROW.findall(text)}
    for name, bound in (("max", "200"), ("skip", "1000")):
        assert bound in rows[name]
        assert getattr(Settings().changed(name, bound), name) == int(bound)
        with pytest.raises(detector.DetectorError):
            Settings().changed(name, str(int(bound) + 1))
    for path in sorted(translations.LANGUAGES.glob("*.json")):
        assert f"`{path.stem}`" in rows["lang"]
    plain = " ".join(text.split())
    assert f"The classes are the 80 of COCO: {', '.join(detector.settings.COCO_LABELS.names())}." in plain


def test_what_the_command_line_takes_is_what_the_document_says() -> None:
    (told,) = re.findall(
        r"^- on the command line: (.+?)^$", read("docs/settings.md"), re.MULTILINE | re.DOTALL
    )
    options = {action.dest for action in command._parser()._actions}
    assert set(re.findall(r"`(\w+)`", told)) == options & set(NAMES)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target, anchor in LINK.findall(document.read_text("utf-8")):
        if "://" in target:
            continue
        path = (document.parent / target).resolve()
        assert path.exists(), f"{document.name}: {target}"
        if anchor:
            titles = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}
            assert anchor[1:] in anchors, f"{document.name}: {target}{anchor}"


def test_what_a_page_of_ones_own_lists_is_named_as_it_is() -> None:
    text = read("docs/pyscript.md")
    for name in packages.MAKERS:
        assert f"{bundle.NAME}/{name}" in text
    assert set(re.findall(r"(?:onlooker|detector)-(\d+\.\d+\.\d+)", text)) == {VERSION}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_that_are_told_exist(document: Path) -> None:
    text = document.read_text("utf-8")
    for name in re.findall(r"python3? -m tools ([\w-]+)", text):
        assert name in commands.COMMANDS, name
    for name in re.findall(r"`make (\w+)", text):
        assert name in (paths.ROOT / "Makefile").read_text("utf-8").split(), name
