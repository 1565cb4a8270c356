"""The first `make serve` on a new machine: what it fetches, that the page works at once, and what is made meanwhile."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.live_page import LivePage
from tools.common import paths
from tools.setup import python_env

README = (paths.ROOT / "README.md").read_text("utf-8")
MADE = shutil.ignore_patterns(
    ".git", ".venv", ".cache", "node_modules", "vendor", "dist", "test-output", "__pycache__", ".*_cache",
    "*.onnx", "*.br", "manifest.json", "check.jpg",
)  # fmt: skip


def fetched_by_npm(cache: Path) -> int:
    """Bytes: tarballs as they are, and lists of versions as they come over the line."""
    contents = [file.read_bytes() for file in (cache / "_cacache/content-v2").rglob("*") if file.is_file()]
    return sum(len(one) if one[:2] == b"\x1f\x8b" else len(gzip.compress(one)) for one in contents)


def fetched_by_pip(folder: Path) -> int:
    """Bytes of the wheels that set-up installs before it serves."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    locked = python_env.LISTS / python_env.SETUP
    subprocess.run(
        [*command, "--only-binary", ":all:", "--requirement", locked, "--dest", folder], check=True
    )
    return sum(wheel.stat().st_size for wheel in folder.iterdir())


def test_a_fresh_copy_serves_before_it_improves(tmp_path: Path, browser: Browser, photo_folder: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(paths.ROOT, copy, ignore=MADE)
    # As on a machine that has nothing: no Python environment is active, no cache is filled.
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "HOST")}
    environment |= {"npm_config_cache": str(tmp_path / "npm"), "PORT": "0", "HTTPS": ""}
    command = [sys.executable, "-m", "tools", "serve"]
    with subprocess.Popen(
        command, cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            said: list[str] = []
            while not said or not said[-1].startswith("Onlooker is at "):
                line = process.stdout.readline()
                assert line, "".join(said)
                said.append(line)
            assert not (copy / ".venv/unfinished").exists()
            packages = {path.name for path in copy.glob(".venv/lib/python*/site-packages/*")}
            assert "brotli.py" in packages and not packages & {"onnxruntime", "cryptography", "pytest"}
            assert json.loads((copy / "vendor/ort/snapshots.json").read_text("utf-8")) == {"models": {}}
            assert not list((copy / "vendor/pyodide").glob("*.whl")), "the studio's come later"
            address = re.findall(r"http://\S+", said[-1])[0]
            with browser.new_context() as context:
                live = LivePage(context.new_page(), address)
                live.open("")
                live.until_python()
                live.give_files(photo_folder / "coffee.png")
                live.until("ready")
                assert "cup" in live.labels()
                live.assert_clean()
            assert "works already" in process.stdout.readline()
            assert "numpy and pillow for Pyodide" in process.stdout.readline()
            rest = [process.stdout.readline() for _ in range(3)]
            assert sum("brotli" in line for line in rest) == 2, rest
            assert sum("the network, opened" in line for line in rest) == 1, rest
            assert json.loads((copy / "vendor/ort/snapshots.json").read_text("utf-8"))["models"]
            with browser.new_context() as context:
                live = LivePage(context.new_page(), address)
                live.open("")
                live.until_python()
                live.give_files(photo_folder / "coffee.png")
                live.until("ready")
                assert any("/ort/start-" in url for url in live.requested)
                live.assert_clean()
        finally:
            process.terminate()
    later = sum(wheel.stat().st_size for wheel in (copy / "vendor/pyodide").glob("*.whl"))
    fetched = (fetched_by_npm(tmp_path / "npm") + fetched_by_pip(tmp_path / "pip"), later)
    told = re.findall(r"about (\d+) MB from package registries, and\s(\d+) more", README)[0]
    assert [abs(count / 1e6 - int(one)) < 1 for count, one in zip(fetched, told, strict=True)] == [
        True
    ] * 2, fetched
    assert fetched[0] < 100e6
