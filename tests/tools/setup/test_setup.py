"""Set-up as a whole: what it puts where, what it says when it can't, and that a second time does nothing."""

import ast
import functools
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import brotli
import pytest

from tests.registry import NOISE, everything_in
from tools import commands
from tools.common import files, paths, progress, stamps
from tools.common.progress import SetupError
from tools.model import build as model
from tools.runtime.snapshot import build as snapshot
from tools.runtime.trim import shorten
from tools.serve import precompressed
from tools.setup import chromium, engines, icons, npm, python_env, samples, vendoring

# npm, PyScript and what is copied


def test_chunks_follow_the_imports_but_not_into_the_unused(tmp_path: Path) -> None:
    sources = {
        "core.js": 'export{a}from"./core-A1.js";',
        "core-A1.js": 'import("./error-B2.js");import("./py-editor-C3.js");x=()=>import( "./toml-D4.js" )',
        "error-B2.js": 'import{n}from"./core-A1.js";',
        "toml-D4.js": "",
        "toml-E5.js": "",
        "py-editor-C3.js": 'import("./xterm-F6.js")',
        "xterm-F6.js": "",
    }
    for name, text in sources.items():
        files.write(tmp_path / name, text.encode())
    assert vendoring.chunks(tmp_path) == ["core-A1.js", "core.js", "error-B2.js", "toml-D4.js"]


def test_vendor_holds_what_the_page_needs_and_nothing_else() -> None:
    there = {path.relative_to(paths.VENDOR).as_posix() for path in paths.VENDOR.rglob("*") if path.is_file()}
    plain = {name for name in there if not name.endswith(".br")}
    assert {f"{name}.br" for name in plain} >= there - plain
    expected = {f"{folder}/{name}" for folder, (_, names) in vendoring.COPIED.items() for name in names}
    pyscript = vendoring.chunks(paths.NODE_MODULES / vendoring.PYSCRIPT)
    expected |= {f"pyscript/{name}" for name in pyscript} | {"pyodide/pyodide-lock.json"}
    lock = json.loads((paths.VENDOR / "pyodide/pyodide-lock.json").read_text("utf-8"))
    expected |= {f"pyodide/{package['file_name']}" for package in lock["packages"].values()}
    expected |= {"noble-hashes/LICENSE", "pyscript/LICENSE", f"ort/{shorten.WHOLE}"}
    expected |= {f"icons/{icon.file}" for icon in icons.ICONS}
    expected |= {f"samples/{sample.name}.jpg" for sample in samples.SAMPLES} | {"samples/samples.json"}
    opened = json.loads(snapshot.LIST.read_text("utf-8"))
    memories = [memory for threads in opened["models"].values() for memory in threads.values()]
    builds = [opened["wasm"]] if "wasm" in opened else []  # none if it does not fit (tools/runtime/fits.py)
    expected |= {f"ort/{file['file']}" for file in [*builds, *memories]} | {"ort/snapshots.json"}
    assert plain == expected
    for name in plain:
        if name.endswith((".js", ".mjs")):
            assert b"sourceMappingURL=" not in (paths.VENDOR / name).read_bytes()[-200:]


def test_each_package_in_vendor_carries_its_licence_or_stands_in_notice() -> None:
    notice = (paths.ROOT / "NOTICE").read_text("utf-8")
    for folder, package in vendoring.PACKAGES.items():
        texts = [path for path in vendoring.licences(paths.VENDOR / folder) if path.suffix != ".br"]
        assert bool(texts) == (folder not in vendoring.WITHOUT_LICENCE), package
        for text in texts:
            assert text.read_bytes() == (paths.NODE_MODULES / package / text.name).read_bytes()
    for folder, name in vendoring.WITHOUT_LICENCE.items():
        about = json.loads(
            (paths.NODE_MODULES / vendoring.PACKAGES[folder] / "package.json").read_text("utf-8")
        )
        assert re.search(rf"^  {name} +{about['license']}\b", notice, re.MULTILINE), f"{name} in NOTICE"


def test_copying_removes_the_comment_that_asks_for_a_map(tmp_path: Path) -> None:
    source = files.write(tmp_path / "a.mjs", b"export {};\n//# sourceMappingURL=a.mjs.map\n")
    assert vendoring.copy(source, tmp_path / "out/a.mjs").read_bytes() == b"export {};\n"
    wasm = files.write(tmp_path / "a.wasm", b"\0asm//# sourceMappingURL=x")
    assert vendoring.copy(wasm, tmp_path / "out/a.wasm").read_bytes() == wasm.read_bytes()
    with pytest.raises(SetupError, match=r"gone\.js is not in its npm package"):
        vendoring.copy(tmp_path / "gone.js", tmp_path / "out/gone.js")


def test_lock_files_record_hashes_and_no_hosts() -> None:
    lock = json.loads((paths.ROOT / "package-lock.json").read_text("utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not any("resolved" in entry for entry in packages.values())
    wanted = json.loads((paths.ROOT / "package.json").read_text("utf-8"))
    for version in (wanted["dependencies"] | wanted["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    for path in python_env.LISTS.glob("*.txt"):
        text = path.read_text("utf-8")
        assert not re.search(r"https?:|^--?[a-z]*(index|find-links)", text, re.MULTILINE)
        for requirement in re.split(r"\n(?=\S)", text.strip()):
            assert re.match(r"[\w.-]+==\S+ ", requirement)
            assert "--hash=sha256:" in requirement


def test_the_tests_environment_has_what_the_others_have() -> None:
    def pinned(name: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+==\S+)", (python_env.LISTS / name).read_text("utf-8"), re.MULTILINE))

    for name in (python_env.SETUP, python_env.HTTPS, python_env.NATIVE):
        assert pinned(name) < pinned(python_env.TEST)
    assert not {one.split("==")[0] for one in pinned(python_env.SETUP)} & {"onnxruntime", "cryptography"}, (
        "what serving does not need comes when it is asked for"
    )


def test_node_is_found_or_brought() -> None:
    result = subprocess.run([npm.node_path(), "-p", "6*7"], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "42"


def test_without_npm_the_one_of_the_environment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(npm.shutil, "which", lambda name: "/usr/bin/node" if name == "node" else None)
    monkeypatch.setattr(python_env, "install", lambda requirements, title: installed.append(requirements))
    assert npm.npm_path() == str(python_env.python().with_name("npm"))
    assert npm.node_path() == str(python_env.python().with_name("node"))
    assert installed == [python_env.NODE, python_env.NODE]


# The model's source


def tarball(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def test_of_the_package_only_the_model_is_unpacked(tmp_path: Path) -> None:
    path = files.write(
        tmp_path / "a.tgz",
        tarball(
            {
                f"{model.MEMBERS}model.json": b"{}",
                f"{model.MEMBERS}group1-shard1of1": b"weights",
                f"{model.MEMBERS}../../../evil": b"evil",
                "package/install.js": b"evil",
                "../evil": b"evil",
            }
        ),
    )
    assert everything_in(model.unpack(path, tmp_path / "out/model")) == [
        "evil",
        "group1-shard1of1",
        "model.json",
    ]
    assert everything_in(tmp_path / "out") == ["model/evil", "model/group1-shard1of1", "model/model.json"]


def test_a_tarball_that_is_not_the_expected_one_is_not_kept(tmp_path: Path) -> None:
    path = files.write(tmp_path / "a.tgz", b"altered")
    right = files.write(tmp_path / "b.tgz", b"right")
    model.check_integrity(right, model.integrity(right))
    with pytest.raises(SetupError) as caught:
        model.check_integrity(path, model.integrity(right))
    assert model.integrity(right) in str(caught.value)
    assert everything_in(tmp_path) == ["b.tgz"]


def test_the_built_models_are_the_manifests() -> None:
    manifest = tomllib.loads(model.MANIFEST.read_text("utf-8"))
    for entry in manifest["model"]:
        path = paths.MODELS / entry["file"]
        assert path.stat().st_size == entry["bytes"]
        assert files.sha256(path) == entry["sha256"]
    assert json.loads((paths.MODELS / "manifest.json").read_text("utf-8")) == manifest
    assert manifest["source"]["integrity"] == model.INTEGRITY


# Compression


def test_brotli_forms_are_made_once_and_anew_for_new_content(tmp_path: Path) -> None:
    page = files.write(tmp_path / "vendor/a.js", b"export const answer = 42;\n" * 100)
    noise = files.write(tmp_path / "vendor/noise.bin", NOISE[:5000])
    files.write(tmp_path / "vendor/tiny.js", b"export {};")
    files.write(tmp_path / "vendor/cat.jpg", bytes(5000))
    wanted = list(precompressed.candidates(tmp_path))
    assert wanted == [page, noise]
    record = tmp_path / "done.json"
    form = precompressed.brotli_form(page)
    assert precompressed.compress_all(wanted, progress.Step("test"), record) == [form]
    assert brotli.decompress(form.read_bytes()) == page.read_bytes()

    files.write(page, page.read_bytes())  # copied again, the same: the form is kept, and counts as new
    first = form.read_bytes()
    os.utime(form, (1, 1))
    form.write_bytes(b"x" * len(first))
    os.utime(form, (1, 1))
    assert precompressed.compress_all(wanted, progress.Step("test"), record) == [form]
    assert form.read_bytes() == b"x" * len(first)
    assert form.stat().st_mtime_ns >= page.stat().st_mtime_ns

    files.write(page, b"export const answer = 43;\n" * 100)
    assert precompressed.compress_all(wanted, progress.Step("test"), record) == [form]
    assert brotli.decompress(form.read_bytes()) == page.read_bytes()
    assert not precompressed.brotli_form(noise).exists()

    files.write(page, NOISE[:5000])
    assert precompressed.compress_all(wanted, progress.Step("test"), record) == []
    assert not form.exists()


def test_a_quick_brotli_form_gives_way_to_a_better_one_and_never_the_other_way_round(tmp_path: Path) -> None:
    text = (paths.ROOT / "docs/settings.md").read_bytes()
    page, record = files.write(tmp_path / "vendor/a.js", text), tmp_path / "done.json"

    def size(*, best: bool) -> int:
        precompressed.compress_all([page], progress.Step("test"), record, best=best)
        return precompressed.brotli_form(page).stat().st_size

    quick = size(best=False)
    small = size(best=True)
    assert small < quick < len(text)
    assert size(best=False) == small


# Chromium


def program(path: Path) -> Path:
    files.write(path, b"#!/bin/sh\n").chmod(0o755)
    return path


def test_chrome_is_looked_for_in_the_usual_places(tmp_path: Path) -> None:
    home, commands_folder = tmp_path / "home", tmp_path / "bin"
    environment = {"PATH": str(commands_folder)}
    assert chromium.find(environment, home) is None
    program(home / ".cache/ms-playwright/chromium-1100/chrome-linux/chrome")
    newest = program(home / ".cache/ms-playwright/chromium-1217/chrome-linux64/chrome")
    assert chromium.find(environment, home) == newest
    own = program(tmp_path / "browsers/chromium-1/chrome-linux/chrome")
    assert chromium.find({**environment, "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "browsers")}, home) == own
    application = program(home / "Applications/Chromium.app/Contents/MacOS/Chromium")
    assert chromium.find(environment, home) == application
    command = program(commands_folder / "google-chrome")
    assert chromium.find(environment, home) == command
    chosen = program(tmp_path / "my chrome")
    assert chromium.find({**environment, "CHROME": str(chosen)}, home) == chosen


def test_a_chrome_that_does_not_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"CHROME=/no/such/chrome is not a program"):
        chromium.find({"PATH": str(tmp_path), "CHROME": "/no/such/chrome"}, tmp_path)


def test_without_a_browser_set_up_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "find", lambda: None)
    monkeypatch.setattr(chromium, "apt_command", lambda: [])
    with pytest.raises(SetupError, match=r"CHROME=/path/to/chrome make test"):
        chromium.ensure()


def test_chromium_is_installed_where_that_is_allowed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(chromium, "find", lambda: tmp_path / "chromium" if ran else None)
    monkeypatch.setattr(chromium, "apt_command", lambda: ["sudo", "-n", "apt-get"])
    monkeypatch.setattr(python_env, "run", lambda command, failed: ran.append(command))
    assert chromium.ensure() == tmp_path / "chromium"
    assert [command[3] for command in ran] == ["update", "install"]
    assert ran[1][-1] == "chromium"


# The other engines


def installed(root: Path) -> dict[str, str]:
    """A machine with everything that the three engines need; its environment."""
    for name in ("firefox-esr", "WebKitWebDriver", "Xvfb"):
        program(root / "bin" / name)
    program(root / "lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser")
    return {"PATH": str(root / "bin")}


def test_engines_are_found_where_distributions_put_them(tmp_path: Path) -> None:
    environment = installed(tmp_path)
    found = engines.find(environment, tmp_path)
    assert found.missing() == []
    assert found.mini_browser == tmp_path / "lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"
    chosen = program(tmp_path / "my firefox")
    assert engines.find({**environment, "FIREFOX": str(chosen)}, tmp_path).firefox == chosen
    with pytest.raises(SetupError, match="FIREFOX=/no/such/fox is not a program"):
        engines.find({**environment, "FIREFOX": "/no/such/fox"}, tmp_path)


@pytest.mark.parametrize(
    ("gone", "package"),
    [
        ("bin/firefox-esr", "firefox-esr"),
        ("bin/WebKitWebDriver", "webkit2gtk-driver"),
        ("lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser", "webkit2gtk-driver"),
        ("bin/Xvfb", "xvfb"),
    ],
)
def test_a_missing_engine_is_installed_or_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gone: str, package: str
) -> None:
    environment = installed(tmp_path)
    (tmp_path / gone).unlink()
    found = engines.find(environment, tmp_path)
    assert found.missing() == [package]
    monkeypatch.setattr(engines, "find", lambda: found)
    monkeypatch.setattr(chromium, "apt_command", lambda: [])
    with pytest.raises(SetupError, match=rf"apt-get install --no-install-recommends {package};"):
        engines.ensure()
    ran: list[list[str]] = []
    monkeypatch.setattr(chromium, "apt_command", lambda: ["apt-get"])
    monkeypatch.setattr(python_env, "run", lambda command, failed: ran.append(command))
    with pytest.raises(SetupError, match="cannot be found here"):
        engines.ensure()
    assert ran[1][-1] == package, "it was tried"


def test_engines_can_be_chosen_by_name() -> None:
    assert engines.chosen({}) == ("chromium", "firefox", "webkit")
    assert engines.chosen({"ENGINES": "chromium, webkit"}) == ("chromium", "webkit")
    with pytest.raises(SetupError, match="ENGINES has opera"):
        engines.chosen({"ENGINES": "opera"})


# Commands


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("npm error code ENOSPC", "the disk is full"),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "the disk is full",
        ),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "not what the lock file expects",
        ),
        ("npm error code EINTEGRITY", "not what the lock file expects"),
        ("Temporary failure in name resolution", "If the network was down"),
    ],
)
def test_a_failed_command_is_explained(said: str, expected: str) -> None:
    with pytest.raises(SetupError) as caught:
        python_env.run([sys.executable, "-c", f"import sys; sys.exit({said!r})"], "Installing failed")
    assert expected in str(caught.value)
    assert "run the same command again" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_environment_left_unfinished_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment, ran = tmp_path / ".venv", list[str]()

    def fake_run(command: list[str], failed: str) -> str:
        ran.append(command[2])
        if command[2] == "venv":
            for name in ("pyvenv.cfg", "bin/python"):
                files.write(environment / name, b"")
            (environment / "unfinished").unlink(missing_ok=True)  # as --clear does
        elif ran.count("pip") == 1:
            raise SetupError("the disk is full")
        return ""

    monkeypatch.setattr(paths, "VENV", environment)
    monkeypatch.setattr(python_env, "UNFINISHED", environment / "unfinished")
    monkeypatch.setattr(stamps, "Stamp", functools.partial(stamps.Stamp, root=tmp_path))
    monkeypatch.setattr(python_env, "run", fake_run)
    monkeypatch.setattr(python_env, "ROOM", 0)
    with pytest.raises(SetupError, match="the disk is full"):
        python_env.ensure()
    assert ran == ["venv", "pip"]
    python_env.ensure()
    assert ran == ["venv", "pip", "venv", "pip"]
    python_env.ensure()
    assert ran == ["venv", "pip", "venv", "pip"]


def test_set_up_does_not_begin_on_a_disk_that_is_nearly_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(python_env, "ROOM", usage.free * 2)
    monkeypatch.setattr(paths, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(python_env, "UNFINISHED", tmp_path / ".venv/unfinished")
    monkeypatch.setattr(stamps, "Stamp", functools.partial(stamps.Stamp, root=tmp_path))
    with pytest.raises(SetupError, match=r"Set-up needs about \d+\.\d MB of disk, and \d+\.\d MB are free\."):
        python_env.ensure()
    assert everything_in(tmp_path) == []


def test_npm_that_ends_half_way_without_an_error_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "NODE_MODULES", tmp_path / "node_modules")
    monkeypatch.setattr(stamps, "Stamp", functools.partial(stamps.Stamp, root=tmp_path))
    monkeypatch.setattr(python_env, "run", lambda command, failed: "")
    with pytest.raises(SetupError, match="node_modules is not complete"):
        npm.ensure(tests=False)
    assert everything_in(tmp_path) == []


def test_an_expected_failure_is_a_paragraph_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails() -> None:
        raise SetupError("The network is down. Mend it.")

    monkeypatch.setattr(python_env, "ensure", fails)
    assert commands.main(["setup"]) == 1
    assert capsys.readouterr().err == "\nThe network is down. Mend it.\n"


@pytest.mark.parametrize("arguments", [[], ["dance"], ["--help"]])
def test_an_unknown_command_shows_the_commands(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(arguments) == 2
    assert "usage: python3 -m tools COMMAND" in capsys.readouterr().err


def test_a_python_that_is_too_old_can_read_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    source = (paths.ROOT / "tools/__main__.py").read_text("utf-8")
    ast.parse(source, feature_version=(3, 7))
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"need Python 3\.11 or newer"):
        exec(compile(source, "__main__", "exec"), {"__name__": "__main__"})


def test_a_second_set_up_does_nothing_and_needs_no_network() -> None:
    nowhere = "http://127.0.0.1:9"  # the discard port: nothing listens
    environment = {**os.environ, "PATH": os.defpath, "PIP_INDEX_URL": nowhere, "npm_config_registry": nowhere}
    environment |= {"http_proxy": nowhere, "https_proxy": nowhere}
    command = [sys.executable, "-m", "tools", "setup"]
    result = subprocess.run(
        command, cwd=paths.ROOT, env=environment, capture_output=True, text=True, check=False
    )
    # A step that has anything to do prints a line.
    assert (result.returncode, result.stdout, result.stderr) == (0, "Ready: make serve\n", "")
