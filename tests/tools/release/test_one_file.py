"""dist/onlooker.html as it is written: what is in it, that it is whole, small enough, and the same each time."""

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from detector.language import LANGUAGES
from tools.common import paths
from tools.common.progress import SetupError
from tools.release import one_file
from tools.release.bundle import licences
from tools.release.one_file import contents
from tools.serve import content, generated, modules

INDEX = (paths.ROOT / "index.html").read_text("utf-8")
ASKED = re.compile(r"""\b(?:from|import)\s*\(?\s*["'](\.{1,2}/[^"']+)["']""")
# What modules ask for and this file has not: PyScript's plugins, which its configuration refuses.
PLUGINS = re.compile(r"vendor/pyscript/(?!core|error)[\w-]+\.js")


class Elements(HTMLParser):
    """All elements with their attributes and, for scripts and styles, what is in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], list[str]]] = []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attributes}, []))
        self._inside = tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1][2].append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = False


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return one_file.build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def elements(built: Path) -> list[tuple[str, dict[str, str], str]]:
    return [
        (tag, attributes, "".join(text)) for tag, attributes, text in Elements(built.read_text("utf-8")).found
    ]


@pytest.fixture(scope="module")
def inside(elements: list[tuple[str, dict[str, str], str]]) -> dict[str, bytes]:
    """The files in it, by name, unpacked."""
    return {
        attributes["data-file"]: gzip.decompress(base64.b64decode(text))
        for _, attributes, text in elements
        if "data-file" in attributes
    }


def test_the_same_files_give_the_same_document_of_at_most_14_mb(built: Path, tmp_path: Path) -> None:
    assert one_file.build(tmp_path).read_bytes() == built.read_bytes()
    assert built.name == "onlooker.html"
    assert built.stat().st_size <= 14_000_000


def test_one_that_is_too_large_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_file, "LARGEST", 1_000_000)
    with pytest.raises(SetupError, match=r"onlooker.html would have \d+ bytes, more than the 1000000"):
        one_file.build(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_its_files_are_those_of_the_page(inside: dict[str, bytes]) -> None:
    served = content.listing(paths.ROOT)
    made = {"detector.json", "models/manifest.json", contents.LICENCES}
    for name in inside.keys() - made:
        assert inside[name] == served[name].read_bytes(), name
    assert inside["detector.json"] == generated.sources(paths.ROOT)
    assert set(modules.fetched(paths.ROOT)) <= set(inside)
    for language in LANGUAGES:
        assert language == "en" or f"web/languages/{language}.json" in inside


def test_no_module_asks_for_another_that_is_not_there(inside: dict[str, bytes]) -> None:
    asked = 0
    for name, data in inside.items():
        if not name.endswith((".js", ".mjs")):
            continue
        for wanted in ASKED.findall(data.decode("utf-8")):
            path = (paths.ROOT / name).parent.joinpath(wanted).resolve().relative_to(paths.ROOT).as_posix()
            assert path in inside or PLUGINS.fullmatch(path), f"{name} asks for {path}"
            asked += 1
    assert asked > 10


def test_it_has_one_model_and_its_files(inside: dict[str, bytes]) -> None:
    manifest = json.loads(inside["models/manifest.json"])
    assert {entry["name"] for entry in manifest["model"]} == {"coco-ssd-lite"}
    for entry in manifest["model"]:
        assert hashlib.sha256(inside[f"models/{entry['file']}"]).hexdigest() == entry["sha256"]
    assert {name for name in inside if name.endswith(".onnx")} == {
        f"models/{entry['file']}" for entry in manifest["model"]
    }
    assert f"models/{manifest['check']['picture']}" in inside


def test_its_policy_lets_in_the_one_script_and_the_one_style_that_are_in_it(
    elements: list[tuple[str, dict[str, str], str]],
) -> None:
    (policy,) = [
        attributes["content"]
        for tag, attributes, _ in elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    directives = dict(directive.strip().split(" ", 1) for directive in policy.split(";"))
    (script,) = [text for tag, attributes, text in elements if tag == "script" and not attributes]
    (style,) = [text for tag, _, text in elements if tag == "style"]
    assert directives == {
        "default-src": "'none'",
        "script-src": f"'{hash_of(script)}' blob: 'wasm-unsafe-eval'",
        "style-src": f"'{hash_of(style)}'",
        "img-src": "blob: data:",
        "media-src": "blob:",
        "worker-src": "blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def hash_of(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_nothing_in_it_names_a_file_but_for_pythons_own_script(
    elements: list[tuple[str, dict[str, str], str]],
) -> None:
    """Browsers fetch no script of that type, and web/boot.js takes its address away before PyScript sees it."""
    named = [
        (tag, attributes.get("type"), attributes[name])
        for tag, attributes, _ in elements
        for name in ("src", "href", "srcset", "poster", "data", "action")
        if name in attributes and not attributes[name].startswith("data:")
    ]
    assert named == [("script", "mpy", "./main.py")]
    assert {attributes["type"] for _, attributes, _ in elements if "data-file" in attributes} == {
        "application/octet-stream"
    }


def test_what_starts_the_page_comes_before_what_is_large(
    elements: list[tuple[str, dict[str, str], str]],
) -> None:
    files = [attributes["data-file"] for _, attributes, _ in elements if "data-file" in attributes]
    assert files[0] == "web/boot.js" and files[-1] == "models/coco-ssd-lite.onnx"
    assert elements[-1][1] == {"id": "end", "hidden": ""}


def test_every_file_is_the_projects_own_or_has_its_terms_in_it(inside: dict[str, bytes]) -> None:
    terms = inside[contents.LICENCES].decode("utf-8")
    theirs = [work for work in licences.WORKS if f"  {work.name} ({work.licence})\n" in terms]
    beginnings = tuple(beginning for work in theirs for beginning in work.where)
    for name in inside.keys() - {contents.LICENCES}:
        assert name.startswith((*beginnings, *licences.OWN)), name
    texts = licences.texts()
    for work in theirs:
        assert texts[work.file].decode("utf-8").strip() in terms, work.name
    assert "Pyodide" not in {work.name for work in theirs}
    for name in ("LICENSE", "NOTICE"):
        assert (paths.ROOT / name).read_text("utf-8").strip() in terms


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('<div id="studio">', '<div id="workshop">'),
        ('<option value="webgl">WebGL</option>', ""),
        ("</head>", "</head></head>"),
    ],
)
def test_a_page_that_it_does_not_know_any_more_stops_it(before: str, after: str) -> None:
    assert one_file.document(INDEX, {one_file.FIRST: b""})
    with pytest.raises(SetupError, match=r"index\.html has \d places like"):
        one_file.document(INDEX.replace(before, after), {one_file.FIRST: b""})


def test_the_page_that_is_opened_as_a_file_names_it_in_every_language() -> None:
    said = (paths.ROOT / "web/unserved.js").read_text("utf-8")
    for language in LANGUAGES:
        if language != "en":
            assert re.search(rf"^    {language}: \[.*onlooker\.html.*make bundle", said, re.MULTILINE), (
                language
            )
