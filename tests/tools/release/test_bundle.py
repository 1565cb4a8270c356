"""The zip of `make bundle`: what is in it, that it is whole, and that the same files give the same bytes."""

import hashlib
import json
import re
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest

from detector.version import VERSION
from tools import commands
from tools.common import files, paths
from tools.common.progress import SetupError
from tools.release import bundle, npm_package, packages
from tools.release.bundle import contents, licences
from tools.serve import content

FORMS = {".br": brotli.decompress}


@pytest.fixture(scope="module")
def inside(bundled: Path) -> dict[str, bytes]:
    """The bundle's files, by name."""
    with zipfile.ZipFile(bundled) as archive:
        return {name.removeprefix(f"{bundle.NAME}/"): archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def plain(inside: dict[str, bytes]) -> dict[str, bytes]:
    """Those that are no compressed form of another."""
    return {name: data for name, data in inside.items() if Path(name).suffix not in FORMS}


def test_the_same_files_give_the_same_zip(bundled: Path, tmp_path: Path) -> None:
    again = bundle.build(tmp_path)
    assert again.name == bundled.name == f"onlooker-{VERSION}.zip"
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted(
        [
            again.name,
            f"{bundle.NAME}-webgl.zip",
            npm_package.NAME,
            *(Path(name).name for name in packages.MAKERS),
        ]
    )
    for name in names:
        assert files.sha256(tmp_path / name) == files.sha256(bundled.parent / name)


def test_the_packages_beside_it_are_those_in_it(bundled: Path, plain: dict[str, bytes]) -> None:
    for name in packages.MAKERS:
        assert (bundled.parent / Path(name).name).read_bytes() == plain[name]


def test_it_is_one_folder_of_plain_files_in_order(bundled: Path) -> None:
    with zipfile.ZipFile(bundled) as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    assert names == sorted(names)
    assert {name.split("/")[0] for name in names} == {f"onlooker-{VERSION}"}
    hidden = [name for name in names if re.search(r"/\.|\.\.|\\", name)]
    assert hidden == [f"{bundle.NAME}/.nojekyll"]
    assert {entry.date_time for entry in entries} == {bundle.EPOCH}
    assert {entry.external_attr >> 16 for entry in entries} == {stat.S_IFREG | 0o644}


def test_it_has_all_of_the_page_and_nothing_else(plain: dict[str, bytes]) -> None:
    page = {
        name: path for name, path in content.listing(paths.ROOT).items() if not name.endswith(".float32.onnx")
    }
    for name, path in page.items():
        assert plain[name] == path.read_bytes(), name
    papers = {"README.txt", "LICENSE", "NOTICE", "SHA256SUMS", ".nojekyll", "embedding.json"}
    others = {name for name in plain if not name.startswith("licences/")} - set(page) - papers
    assert others == set(contents.generated(page))
    assert "index.html" in page and "vendor/ort/ort.wasm.min.mjs" in page
    assert not [
        name for name in plain if name.startswith(("tests/", "tools/", "detector/native/", "node_modules/"))
    ]


def test_it_is_smaller_than_70_mb_because_webgls_model_comes_by_itself(
    bundled: Path, plain: dict[str, bytes]
) -> None:
    assert bundled.stat().st_size < 70e6
    with zipfile.ZipFile(bundled.with_name(f"{bundle.NAME}-webgl.zip")) as archive:
        names = {name.removeprefix(f"{bundle.NAME}/") for name in archive.namelist()}
    assert names == {"models/coco-ssd-lite.heads.float32.onnx", f"{bundle.SUMS}.webgl"}
    assert not names & set(plain), "it is unpacked over the other"


def test_every_module_that_the_page_lists_is_in_it(plain: dict[str, bytes]) -> None:
    for config in ("pyscript.toml", "studio.toml"):
        listed = re.findall(r'^"\./(.+?)" = ', plain[config].decode(), re.MULTILINE)
        assert len(listed) > 30 and set(listed) <= set(plain)


def test_large_files_have_forms_that_are_the_same_files(
    inside: dict[str, bytes], plain: dict[str, bytes]
) -> None:
    forms = {name: data for name, data in inside.items() if name not in plain}
    for name, data in forms.items():
        assert FORMS[Path(name).suffix](data) == plain[name[:-3]], name
        assert len(data) < len(plain[name[:-3]])
    for name, data in plain.items():
        if len(data) > 100_000 and Path(name).suffix in (".wasm", ".js", ".mjs"):
            assert f"{name}.br" in forms, name
    small = forms["vendor/ort/ort-wasm-simd-threaded.wasm.br"]
    assert small == (paths.VENDOR / "ort/ort-wasm-simd-threaded.wasm.br").read_bytes()


def test_files_that_are_made_for_it_get_forms_too() -> None:
    made = contents.with_forms("web/list.json", b'{"file": "hash"}' * 100)
    assert set(made) == {"web/list.json", "web/list.json.br"}
    assert set(contents.with_forms("web/list.json", b"{}")) == {"web/list.json"}


def test_an_old_brotli_form_is_made_anew(tmp_path: Path) -> None:
    source = tmp_path / "a.js"
    (tmp_path / "a.js.br").write_bytes(brotli.compress(b"old"))
    source.write_bytes(b"new\n" * 1000)
    stamp = (tmp_path / "a.js.br").stat().st_mtime_ns
    source.touch()
    assert source.stat().st_mtime_ns > stamp
    assert brotli.decompress(contents.with_forms("a.js", source)["a.js.br"]) == b"new\n" * 1000


def test_its_checksums_are_those_of_sha256sum(
    bundled: Path, inside: dict[str, bytes], tmp_path: Path
) -> None:
    assert bundle.check(bundled) == len(inside) - 1
    lines = inside["SHA256SUMS"].decode().splitlines()
    assert [line[66:] for line in lines] == sorted(set(inside) - {"SHA256SUMS"})
    for line in lines:
        assert line == f"{hashlib.sha256(inside[line[66:]]).hexdigest()}  {line[66:]}"


def rewritten(source: Path, target: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """The zip with some files changed and its checksums as they were."""
    small = {"a.txt": b"a", "b.txt": b"b"}
    bundle.write(source, small)
    with zipfile.ZipFile(source) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    change(found)
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in found.items():
            archive.writestr(name, data)
    return target


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda found: found.update({f"{bundle.NAME}/b.txt": b"B"}), "b.txt"),
        (lambda found: found.pop(f"{bundle.NAME}/a.txt"), "a.txt"),
        (lambda found: found.update({f"{bundle.NAME}/c.txt": b"c"}), "c.txt"),
        (lambda found: found.pop(f"{bundle.NAME}/SHA256SUMS"), "a.txt, b.txt"),
    ],
)
def test_what_differs_from_its_checksum_is_named(
    tmp_path: Path, change: Callable[[dict[str, bytes]], object], named: str
) -> None:
    altered = rewritten(tmp_path / "whole.zip", tmp_path / "altered.zip", change)
    assert bundle.check(tmp_path / "whole.zip") == 2
    with pytest.raises(SetupError, match=rf"not those of SHA256SUMS: {re.escape(named)}\."):
        bundle.check(altered)


def test_a_bundle_that_is_missing_or_damaged_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"There is no .+none\.zip\. Write it anew: python3 -m tools bundle"):
        bundle.check(tmp_path / "none.zip")
    whole = rewritten(tmp_path / "a.zip", tmp_path / "b.zip", lambda found: None)
    data = bytearray(whole.read_bytes())
    data[data.index(b"a.txt") + 5] ^= 1  # the content of a file: its CRC differs
    for spoiled in (bytes(data), whole.read_bytes()[:-30], b""):
        whole.write_bytes(spoiled)
        with pytest.raises(SetupError, match="is damaged"):
            bundle.check(whole)


def test_the_command_says_where_it_is_and_checks_it(
    bundled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bundle, "DIST", tmp_path)
    for path in bundled.parent.iterdir():
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(bundle, "build", lambda: None)
    assert bundle.run([]) == 0
    told = capsys.readouterr().out
    assert re.search(r"onlooker-\S+\.zip  \d+\.\d MB", told)
    assert "py3-none-any.whl" in told and "micropython.tgz" in told and "onlooker.html" in told
    assert bundle.run(["--check"]) == 0
    assert "files, all as in SHA256SUMS" in capsys.readouterr().out
    assert "bundle --check" in commands.USAGE


# Licences


def test_every_file_is_the_projects_own_or_has_its_licence(plain: dict[str, bytes]) -> None:
    named = tuple(beginning for work in licences.WORKS for beginning in work.where)
    papers = ("README.txt", "LICENSE", "NOTICE", "SHA256SUMS", ".nojekyll", "embedding.json", "licences/")
    for name in plain:
        assert name.startswith((*named, *licences.OWN, *papers)), name
    for work in licences.WORKS:
        for beginning in work.where:
            assert [name for name in plain if name.startswith(beginning)], (
                f"{work.name} is not in {beginning}"
            )


@pytest.mark.parametrize(
    ("work", "words"),
    [
        ("PyScript", ["Apache License", "polyscript", "Andrea Giammarchi", "ISC"]),
        ("MicroPython", ["Damien P. George", "Permission is hereby granted, free of charge"]),
        (
            "onnxruntime-web",
            ["Copyright (c) Microsoft Corporation", "THIRD PARTY SOFTWARE NOTICES", "protobufjs"],
        ),
        ("Pyodide", ["Mozilla Public License Version 2.0", "Exhibit B"]),
        (
            "CPython",
            ["PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2", "libmpdec", "bzip2", "zlib", "libffi", "Expat"],
        ),
        ("numpy", ["NumPy Developers"]),
        ("Pillow", ["Secret Labs AB", "Jeffrey A. Clark"]),
        ("micropip", ["Mozilla Public License Version 2.0"]),
        ("packaging", ["Donald Stufft", "Apache License"]),
        ("noble-hashes", ["Paul Miller", "MIT"]),
        ("COCO-SSD", ["The TensorFlow Authors", "Apache License"]),
        ("Sample pictures", ["CC0", "NASA"]),
        ("Emscripten", ["Emscripten authors", "Rich Felker", "LLVM"]),
    ],
)
def test_the_texts_are_there(plain: dict[str, bytes], work: str, words: list[str]) -> None:
    (entry,) = (entry for entry in licences.WORKS if entry.name == work)
    text = plain[entry.file].decode("utf-8")
    for word in words:
        assert word in text
    assert f"{work} ({entry.licence})" in plain["licences/README.txt"].decode("utf-8")


def test_pyodides_source_is_named_in_the_version_that_is_here(plain: dict[str, bytes]) -> None:
    version = json.loads((paths.ROOT / "package.json").read_text("utf-8"))["dependencies"]["pyodide"]
    assert f'"{version}"' in plain["vendor/pyodide/pyodide.mjs"].decode("utf-8")
    assert f"pyodide/releases/tag/{version}" in plain["licences/README.txt"].decode("utf-8")


def test_a_package_without_its_text_stops_the_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "NODE_MODULES", tmp_path)
    with pytest.raises(SetupError, match=r"The licence text .+ is not there"):
        list(licences.npm_texts("some-package"))
    (tmp_path / "some-package").mkdir()
    about = {"name": "some-package", "version": "1.0.0", "license": "MIT"}
    (tmp_path / "some-package/package.json").write_text(json.dumps(about), "utf-8")
    with pytest.raises(SetupError, match="some-package brings no licence text"):
        list(licences.npm_texts("some-package"))


# README.txt


def test_the_parts_that_may_be_deleted_are_there_and_nothing_at_first_needs_them(
    plain: dict[str, bytes],
) -> None:
    readme = plain["README.txt"].decode("utf-8")
    assert not re.search(r"[{}]", readme.replace('{"allow": ["https://a.example"]}', ""))
    for title, patterns in contents.PARTS.items():
        assert title in readme
        for pattern in patterns:
            assert pattern in readme and [name for name in plain if contents.matches(name, [pattern])]
    assert max(len(line) for line in readme.splitlines()) <= 80
