"""The product as pip installs it: run in an empty folder, by its command, with nothing of this copy of the project."""

import base64
import hashlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from detector.version import VERSION
from tests.browser.live_page import LivePage
from tools.common import paths
from tools.release import distribution

NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "ALL_PROXY"), "http://127.0.0.1:9")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return distribution.write(tmp_path_factory.mktemp("dist") / distribution.NAME)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel installed, for `PYTHONPATH`; what it depends on is in the tests' environment."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([*command, folder, wheel], check=True, env={**os.environ, "PIP_FIND_LINKS": ""})
    return folder


def environment(installed: Path, home: Path) -> dict[str, str]:
    return {
        **os.environ,
        **NO_NETWORK,
        "PYTHONPATH": str(installed),
        "HOME": str(home),
        "USERPROFILE": str(home),
    }


@contextmanager
def serving(installed: Path, folder: Path, *options: str) -> Iterator[str]:
    """`onlooker serve`, and the line that it prints."""
    command = [sys.executable, "-m", "onlooker", "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, cwd=folder, env=environment(installed, folder), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline()
        finally:
            process.terminate()


def test_it_is_a_distribution_of_at_most_40_mb(wheel: Path) -> None:
    assert wheel.stat().st_size <= 40e6
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert len(names) == len(set(names))
        record = archive.read(f"{distribution.INFO}/RECORD").decode().splitlines()
        for line in record[:-1]:
            name, digest, size = line.rsplit(",", 2)
            data = archive.read(name)
            told = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            assert (digest, int(size)) == (f"sha256={told}", len(data))
        assert {line.split(",")[0] for line in record} == set(names)
        told = archive.read(f"{distribution.INFO}/METADATA").decode()
    assert f"\nVersion: {VERSION}\n" in told
    assert not [name for name in names if "\\" in name or name.startswith("/") or ".." in name]
    listed = {name.removesuffix(".br") for name in names}
    assert len(listed) == len(names), "each file is in it in one form"
    assert f"{distribution.PAGE}/vendor/ort/ort-wasm-simd-threaded.wasm.br" in names
    papers = (paths.ROOT / "LICENSE", paths.ROOT / "NOTICE")
    assert {f"{distribution.INFO}/licenses/{path.name}" for path in papers} < set(names)


def test_it_serves_and_finds_a_cup_in_an_empty_folder(
    installed: Path, tmp_path: Path, browser: Browser, photo_folder: Path
) -> None:
    with serving(installed, tmp_path) as line, browser.new_context() as context:
        live = LivePage(context.new_page(), re.findall(r"http://\S+", line)[0])
        live.open("")
        live.until_python()
        live.give_files(photo_folder / "coffee.png")
        live.until("ready")
        assert "cup" in live.labels()
        assert any("/ort/start-" in url for url in live.requested)
        live.assert_clean()
    assert not list(tmp_path.iterdir()), "nothing is written"


def test_a_file_is_the_same_packed_and_unpacked_and_nothing_else_is_served(
    installed: Path, tmp_path: Path
) -> None:
    import brotli

    with serving(installed, tmp_path) as line:
        host = line.split("http://")[1].split("/")[0]
        connection = http.client.HTTPConnection(host)

        def asked(path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

        for name in ("models/coco-ssd-lite.onnx", "vendor/micropython/micropython.wasm", "web/style.css"):
            status, headers, plain = asked(f"/{name}")
            assert status == 200 and plain == (paths.ROOT / name).read_bytes()
            assert headers["X-Uncompressed-Length"] == str(len(plain))
            status, packed_headers, packed = asked(f"/{name}", **{"Accept-Encoding": "gzip, br"})
            assert status == 200 and packed_headers["Content-Encoding"] == "br"
            assert brotli.decompress(packed) == plain and packed_headers["ETag"] != headers["ETag"]
            assert asked(f"/{name}", **{"If-None-Match": headers["ETag"]})[0] == 304
        for path in (
            "/../__main__.py",
            "/files.json",
            "/models/coco-ssd-lite.onnx.br",
            "/%2e%2e/__init__.py",
        ):
            assert asked(path)[0] == 404, path
        assert "'none'" in asked("/")[1]["Content-Security-Policy"]
        connection.close()


def test_https_and_a_room_are_asked_for_by_options(installed: Path, tmp_path: Path) -> None:
    with serving(installed, tmp_path, "--https", "--allow-embed", "https://a.example") as line:
        assert "https://127.0.0.1:" in line
        assert (tmp_path / ".onlooker/onlooker.pem").is_file()


def test_what_is_wrong_is_said_in_this_commands_words(installed: Path, tmp_path: Path) -> None:
    def said(*options: str) -> str:
        command = [sys.executable, "-m", "onlooker", "serve", *options]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment(installed, tmp_path), capture_output=True, text=True
        )
        assert done.returncode == 2 and "Traceback" not in done.stderr and "make" not in done.stderr
        return done.stderr

    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "onlooker serve --port 8001" in said("--port", str(taken.getsockname()[1]))
    assert "Take a number from 1 to 65535" in said("--port", "eighty")
    assert "no origin" in said("--port", "0", "--allow-embed", "a.example")


def test_it_names_what_is_in_a_photo(installed: Path, tmp_path: Path, photo_folder: Path) -> None:
    command = [sys.executable, "-m", "onlooker", "detect", str(photo_folder / "coffee.png"), "--json"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(installed, tmp_path), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "cup" in [one["class"] for one in json.loads(done.stdout)["detections"]]
    done = subprocess.run(
        [*command[:4], "none.jpg"],
        cwd=tmp_path,
        env=environment(installed, tmp_path),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3 and "onlooker detect: There is no picture none.jpg" in done.stderr
