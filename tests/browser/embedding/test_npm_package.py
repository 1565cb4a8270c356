"""The npm package in somebody's project: installed, imported, bundled, its types read, its page copied and served."""

import base64
import json
import os
import re
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from detector.settings import NAMES
from detector.version import VERSION
from tests.browser.embedding.test_embed import LOOK, NO_ICON, Quiet
from tools.common import files, paths
from tools.release import npm_package
from tools.setup import npm

README = (Path(npm_package.__file__).parent / "README.md").read_text("utf-8")
TYPES = (Path(npm_package.__file__).parent / "embed.d.ts").read_text("utf-8")
ELEMENT = (paths.ROOT / "web/embed.js").read_text("utf-8")
NO_NETWORK = {
    "npm_config_offline": "true",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
}

# What a project does with all of it, in TypeScript as strict as it gets.
USED = """
import { OnlookerDetector, type Detection, type Failure } from "onlooker/embed.js";

const detector: OnlookerDetector = document.querySelector("onlooker-detector")!;
detector.addEventListener("result", ({ detail }) => {
  const first: Detection | undefined = detail.detections[0];
  if (first) console.log(first.class.toUpperCase(), first.bbox[3].toFixed(), detail.timings.total);
  console.log(detail.source === "camera");
});
detector.addEventListener("state", ({ detail }) => console.log(detail.previous === "idle", detail.version === 1));
detector.addEventListener("progress", ({ detail }) => console.log(detail.parts.map(({ part, total }) => part + total)));
detector.addEventListener("click", (event) => console.log(event.clientX));
detector.addEventListener("error", function ({ detail }) {
  console.log(detail.hint, this.state === "error");
});
const blob: Blob = await detector.snapshot();
const found: Detection[] = await detector.detect(blob);
await detector.start().catch(({ code }: Failure) => console.log(code, found));
await detector.stop();
// @ts-expect-error: not every name is an event's
detector.addEventListener("result", ({ detail }) => console.log(detail.boxes));
// @ts-expect-error: nobody sets it
detector.state = "ready";
"""


def run(project: Path, *command: str | Path, text: str | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=project,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **NO_NETWORK},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tarball(bundled: Path) -> Path:
    return bundled.parent / npm_package.NAME


@pytest.fixture(scope="module")
def project(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that depends on it and has copied its page, as the README says."""
    folder = tmp_path_factory.mktemp("project")
    (scripts,) = re.findall(r'"scripts": \{.*?\n   \}', README, re.DOTALL)
    manifest = {"name": "somebodys", "private": True, "type": "module", **json.loads(f"{{{scripts}}}")}
    (folder / "package.json").write_text(json.dumps(manifest), "utf-8")
    run(folder, npm.npm_path(), "install", "--no-audit", "--no-fund", tarball)
    run(folder, npm.npm_path(), "run", "onlooker")
    return folder


@pytest.fixture(scope="module")
def host(project: Path) -> Iterator[str]:
    """The project's static files, by a server that knows nothing of them."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(project / "public")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


def test_it_has_the_page_in_one_form_and_the_papers(tarball: Path, bundled: Path, project: Path) -> None:
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    assert names == sorted(names) and {name.split("/")[0] for name in names} == {npm_package.FOLDER}
    assert not [name for name in names if name.endswith((".br", ".gz"))]
    installed = project / "node_modules/onlooker"
    assert {path.name for path in installed.iterdir()} == {
        "package.json", "embed.d.ts", "README.md", "LICENSE", "NOTICE", "site",
    }  # fmt: skip
    told = json.loads((installed / "package.json").read_text("utf-8"))
    assert told["version"] == VERSION
    targets = [
        target
        for entry in told["exports"].values()
        for target in (entry.values() if isinstance(entry, dict) else [entry])
    ]
    for target in targets:
        assert "*" in target or (installed / target).is_file(), target
    assert files.sha256(installed / "site/web/embed.js") == files.sha256(paths.ROOT / "web/embed.js")
    assert (project / "public/onlooker/index.html").is_file()


def test_a_server_that_renders_pages_may_import_it(project: Path) -> None:
    program = 'import { OnlookerDetector } from "onlooker/embed.js"; console.log(typeof OnlookerDetector);'
    assert run(project, npm.node_path(), "--input-type=module", "-", text=program) == "function\n"


def test_its_types_are_those_of_the_element(project: Path) -> None:
    (project / "used.ts").write_text(USED, "utf-8")
    compiler = paths.NODE_MODULES / "typescript/bin/tsc"
    how = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"]
    run(project, npm.node_path(), compiler, *how, "used.ts")
    methods = re.findall(r"^  (\w+)\(.*\) \{$", ELEMENT.split("class OnlookerDetector")[1], re.MULTILINE)
    own = [name for name in methods if not name.endswith("Callback") and name != "constructor"]
    assert own == ["start", "stop", "detect", "snapshot"]
    assert own == re.findall(r"^  (\w+)\(.*\): Promise<", TYPES, re.MULTILINE)
    events = re.findall(r"^  (\w+): CustomEvent<", TYPES, re.MULTILINE)
    told = re.findall(r"for \(const event of \[(.*?)\]\)", (paths.ROOT / "web/framed.js").read_text("utf-8"))
    assert sorted(events) == sorted(re.findall(r"\w+", told[0]))
    (live,) = re.findall(r'const LIVE = "(.*?)"', ELEMENT)
    settings = [*re.findall(r"\w+", live), "autostart", "python"]
    assert sorted(settings) == sorted(NAMES), "which the types need not list: they are attributes"


def test_a_project_imports_bundles_and_serves_it(
    project: Path, host: str, browser: Browser, photo_folder: Path
) -> None:
    (program,) = re.findall(r"```js\n(.*?)```", README, re.DOTALL)
    bundler = paths.NODE_MODULES / "esbuild-wasm/bin/esbuild"
    (project / "app.js").write_text(program + "window.detector = detector;\n", "utf-8")
    how = ["--bundle", "--minify", "--format=esm", "--log-level=warning", "--outfile=public/app.js"]
    assert run(project, npm.node_path(), bundler, "app.js", *how) == ""
    assert (project / "public/app.js").stat().st_size < 10_000, "the element, and not its page"
    html = f'{NO_ICON}<body><script type="module" src="app.js"></script></body>'
    (project / "public/index.html").write_text(html, "utf-8")
    context = browser.new_context()
    try:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(host)
        picture = base64.b64encode((photo_folder / "coffee.png").read_bytes()).decode()
        page.evaluate("customElements.whenDefined('onlooker-detector').then(() => {})")
        found = page.evaluate(LOOK, picture)
        assert "cup" in [one["class"] for one in found]
        assert not [url for url in asked if not url.startswith((host, "blob:", "data:"))]
    finally:
        context.close()
