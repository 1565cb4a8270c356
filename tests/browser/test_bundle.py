"""The bundle on hosts that know nothing of it: a plain server, a folder of another site, sloppy types."""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from types import MappingProxyType

import pytest
from playwright.sync_api import Browser

from tests.browser.live_page import LivePage
from tests.browser.plain_server import listening
from tools.common import paths
from tools.release import bundle
from tools.release.bundle import contents

Open = Callable[..., LivePage]


@pytest.fixture(scope="module")
def site(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to serve: the unzipped bundle, and the same once more as /a/b/."""
    root = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(bundled) as archive:
        archive.extractall(root)
    (root / "a").mkdir()
    (root / "a/b").symlink_to(root / bundle.NAME, target_is_directory=True)
    return root


@pytest.fixture(scope="module")
def plain_server(site: Path) -> Iterator[str]:
    """`python3 -m http.server` in the folder; its address."""
    command = [
        sys.executable,
        "-u",
        "-m",
        "http.server",
        "0",
        "--bind",
        "127.0.0.1",
        "--directory",
        str(site),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().split(" port ")[1].split()[0]
        try:
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


@contextmanager
def serving(site: Path, kinds: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """A server that calls files of some `kinds` what is written there; its address."""

    class Handler(SimpleHTTPRequestHandler):
        extensions_map = {**SimpleHTTPRequestHandler.extensions_map, **kinds}  # noqa: RUF012

        def log_message(self, format: str, *values: object) -> None:
            """Quiet."""

    with listening(partial(Handler, directory=str(site))) as address:
        yield address


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens an address as the page's root; all pages must end clean."""
    pages: list[LivePage] = []
    with ExitStack() as stack:

        def open_page(address: str, query: str = "") -> LivePage:
            context = browser.new_context(service_workers="block")  # test_offline.py lets it in
            stack.callback(context.close)
            live = LivePage(context.new_page(), address)
            pages.append(live)
            live.open(query)
            return live

        yield open_page
        for live in pages:
            live.assert_clean()


@pytest.mark.parametrize("folder", [f"{bundle.NAME}/", "a/b/"])
def test_on_a_plain_server_it_names_what_is_on_a_photo(
    plain_server: str, opened: Open, photo_folder: Path, folder: str
) -> None:
    live = opened(plain_server + folder)
    live.until_python()
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    assert live.labels()[0] == "cat"
    assert live.data["provider"] == "wasm"
    # assert_clean() holds all requests to the folder of the page; none of them may have been in vain
    assert live.missing == []


def test_pyodide_starts_in_a_folder_too(plain_server: str, opened: Open) -> None:
    live = opened(plain_server + "a/b/", "?python=pyodide")
    live.until_python()
    assert live.python("import numpy, PIL\nanswer(numpy.__version__)").startswith("2.")
    assert live.missing == []


def test_without_the_parts_that_may_be_deleted_the_page_goes_on(
    bundled: Path, tmp_path: Path, opened: Open, photo_folder: Path
) -> None:
    patterns = [f"{bundle.NAME}/{pattern}" for group in contents.PARTS.values() for pattern in group]
    with zipfile.ZipFile(bundled) as archive:
        kept = [name for name in archive.namelist() if not contents.matches(name, patterns)]
        assert len(kept) < len(archive.namelist()) - 40
        archive.extractall(tmp_path, kept)
    with serving(tmp_path) as address:
        live = opened(f"{address}{bundle.NAME}/")
        live.expected_errors = ("404",)
        live.until_python()
        assert live.page.is_visible("text=Start the camera")
        live.give_files(photo_folder / "chelsea.png")
        live.until("ready")
        assert live.labels()[0] == "cat"
        assert live.missing == [f"{live.address}vendor/samples/samples.json"]
        assert live.published("error") == []


def test_samples_and_links_stay_in_the_folder(plain_server: str, opened: Open) -> None:
    live = opened(plain_server + "a/b/")
    live.until_python()
    live.page.click("#samples button")
    live.until("ready")
    assert live.results[0]["source"] == "image"
    linked = live.page.evaluate("[...document.querySelectorAll('[href], [src]')].map((e) => e.href || e.src)")
    assert len(linked) >= 5
    for url in linked:
        assert url.startswith((live.address, "blob:"))
        assert url.startswith("blob:") or live.page.request.get(url).status == 200


@pytest.mark.parametrize(
    ("kinds", "file"),
    [
        ({".mjs": "text/plain"}, "vendor/micropython/micropython.mjs"),
        ({".mjs": "application/octet-stream"}, "vendor/micropython/micropython.mjs"),
        ({".js": "text/plain", ".mjs": "text/plain"}, "vendor/pyscript/core.js"),
    ],
)
def test_a_host_with_sloppy_types_is_told_what_to_set(
    site: Path, opened: Open, kinds: dict[str, str], file: str
) -> None:
    with serving(site, kinds) as address:
        live = opened(address + "a/b/")
        live.expected_errors = ("MIME type", "Failed to fetch dynamically imported module")
        live.expected_errors += ("ERR_CONNECTION_RESET",)  # the large files, when the test ends
        live.page.locator(f"#error-hint:has-text('{file}')").wait_for()
        text = live.error_text
        suffix = os.path.splitext(file)[1]
        assert "could not start its Python" in text
        assert f"sends {file} as “{kinds[suffix]}”" in text
        assert f"text/javascript. Whoever runs the server has to set that type for {suffix} files." in text
        assert live.published("error")[0]["code"] == "boot"


def test_a_host_that_does_not_know_wasm_is_good_enough(site: Path, opened: Open, photo_folder: Path) -> None:
    unknown = {
        ".wasm": "application/octet-stream",
        ".onnx": "text/plain",
        ".toml": "",
        ".webmanifest": "text/plain",
    }
    with serving(site, unknown) as address:
        live = opened(address + "a/b/")
        live.expected_errors = ("wasm streaming compile failed", "falling back to ArrayBuffer")
        live.until_python()
        live.give_files(photo_folder / "chelsea.png")
        live.until("ready")
        assert live.labels()[0] == "cat"


def recipe(language: str) -> list[str]:
    """The blocks of code of one language in docs/pyscript.md, as they stand."""
    text = (paths.ROOT / "docs/pyscript.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.+?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("python", ["mpy", "py"])
def test_a_page_of_ones_own_beside_the_bundle_runs_as_the_document_has_it(
    site: Path, plain_server: str, camera_browser: Browser, python: str
) -> None:
    (page,), configurations = recipe("html"), recipe("toml")
    assert '<script type="mpy" config="./first.toml">' in page
    (site / f"{python}.html").write_text(
        page.replace('type="mpy"', f'type="{python}"').replace("first.toml", f"{python}.toml"), "utf-8"
    )
    (site / f"{python}.toml").write_text(configurations[python == "py"], "utf-8")
    context = camera_browser.new_context()
    try:
        live = LivePage(context.new_page(), plain_server)
        live.open(f"{python}.html")
        live.page.locator("#answer:text-is('Ready')").wait_for()
        live.page.click("#start")
        live.page.locator("#answer:has-text('person')").wait_for()
        live.expected_errors = ("404",)  # the site's favicon
        live.assert_clean()
        assert [url.removeprefix(plain_server) for url in live.missing] in ([], ["favicon.ico"])
    finally:
        context.close()


def test_an_example_runs_in_a_folder_of_a_plain_server(plain_server: str, camera_browser: Browser) -> None:
    context = camera_browser.new_context()
    try:
        live = LivePage(context.new_page(), f"{plain_server}a/b/")
        live.open("examples/count.html")
        live.page.locator("#start:enabled").wait_for()
        live.page.click("#start")
        live.page.locator("#answer:text-is('1 person')").wait_for()
        live.assert_clean()
        assert live.missing == []
    finally:
        context.close()
