"""docs/how-it-works.md, "Adding one is one file": each module as it stands there, its name in a list, and no more."""

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.live_page import LivePage
from tools.common import paths
from tools.serve.onlooker.server import Server
from tools.serve.server import make_server

# What stands in the place of the screen: a canvas whose picture changes.
SCREEN = """
navigator.mediaDevices.getDisplayMedia = async () => {
  const photo = await createImageBitmap(await (await fetch("/photos/chelsea.png")).blob());
  const canvas = Object.assign(document.createElement("canvas"), { width: photo.width, height: photo.height });
  const context = canvas.getContext("2d");
  let turn = 0;
  setInterval(() => context.drawImage(photo, turn++ % 2, 0), 40);
  return canvas.captureStream();
};
"""


def additions() -> Iterator[tuple[str, str, str, str]]:
    """(the module's path, its text, the file with the list, the list's name) of each example in the document."""
    text = (paths.ROOT / "docs/how-it-works.md").read_text("utf-8").partition("## Adding one is one file")[2]
    listed = {
        "STYLES": "detector/drawing/styles/__init__.py",
        "EXPORTS": "detector/exports/__init__.py",
        "SECTIONS": "detector/browser/panel/panel.py",
        "LIVE": "detector/browser/sources/__init__.py",
    }
    for path, about, code in re.findall(
        r"\*\* `(detector/\S+\.py)`(.*?)```python\n(.*?)```", text, re.DOTALL
    ):
        name = re.search(r"`([A-Z]+)`", about)
        assert name, about
        yield path, code, listed[name[1]], name[1]


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory, photo_folder: Path) -> Iterator[Server]:
    """The page with the four modules of the document."""
    root = tmp_path_factory.mktemp("added")
    for name in ("detector", "web"):
        shutil.copytree(paths.ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("index.html", "main.py", "pyscript.toml", "studio.toml", "LICENSE", "NOTICE"):
        shutil.copy(paths.ROOT / name, root / name)
    made = list(additions())
    assert len(made) == 4
    for path, code, file, name in made:
        (root / path).write_text(code, "utf-8")
        module = path.removesuffix(".py").replace("/", ".")
        text = (root / file).read_text("utf-8")
        pattern = rf"^({name}\b[^=\n]*= \(.*?)\)$"
        more = re.sub(pattern, rf'\1    "{module}",\n)', text, count=1, flags=re.MULTILINE | re.DOTALL)
        assert more != text
        (root / file).write_text(more, "utf-8")
    extra = {"/photos/": photo_folder, "/vendor/": paths.VENDOR, "/models/": paths.ROOT / "models"}
    with make_server(port=0, root=root, extra=extra) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_one_more_style_export_section_and_source(
    added: Server, camera_browser: Browser, tmp_path: Path
) -> None:
    context = camera_browser.new_context(service_workers="block")
    live = LivePage(context.new_page(), added.address, SCREEN)
    live.open("?boxes=dots")
    live.until_python()
    page = live.page
    page.click("#more")
    expect(page.locator("#set-boxes")).to_have_value("dots")
    expect(page.locator("#set-boxes option:checked")).to_have_text("Dots")
    expect(page.get_by_role("button", name="YOLO")).to_be_disabled()
    page.get_by_role("button", name="Screen").click()
    live.until_results(3)
    assert {result["source"] for result in live.results} == {"video"}
    assert live.labels()[0] == "cat"
    assert int(page.inner_text("#total")) >= 3
    with page.expect_download() as saved:
        page.get_by_role("button", name="YOLO").click()
    saved.value.save_as(tmp_path / "labels.txt")
    first = (tmp_path / "labels.txt").read_text("utf-8").split()
    assert first[0] == "17" and all(0 <= float(part) <= 1 for part in first[1:])
    page.click("#stop")
    assert page.evaluate("document.getElementById('video').srcObject") is None
    live.assert_clean()
    context.close()
