"""The embed element on another origin: another hostname and another port."""

import base64
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.browser.live_page import LIMIT_S
from tests.test_command_video import DOOR, WALKS
from tests.video_clips import crossing, write_clip
from tools.common import paths
from tools.serve.onlooker import embedding
from tools.serve.onlooker.server import HEADERS, Server
from tools.serve.server import make_server
from tools.setup import npm

DOCS = (paths.ROOT / "docs" / "embedding.md").read_text("utf-8")
EXAMPLE = "https://onlooker.example"  # what the documentation calls the host

RECORD = """
const element = document.querySelector("onlooker-detector");
window.seen = [];
for (const type of ["state", "result", "error", "progress"])
  element.addEventListener(type, ({ detail }) => seen.push([type, detail]));
"""
# Resolves with the detail of the first event of that kind, from `first` on, whose detail is as the test says.
UNTIL = """
([type, first, wanted]) => new Promise((resolve, reject) => {
  const element = document.querySelector("onlooker-detector");
  const fits = new Function("detail", `return ${wanted}`);
  const look = () => {
    const found = seen.slice(first).find(([name, detail]) => name === type && fits(detail));
    if (found) resolve(found[1]);
  };
  setTimeout(() => reject(`no ${type} with ${wanted}: ${JSON.stringify(seen.slice(-3))}`), 100_000);
  element.addEventListener(type, () => setTimeout(look));
  look();
})
"""
LOOK = """
async (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return document.querySelector("onlooker-detector").detect(new Blob([bytes], { type: "image/png" }));
}
"""
FAILURE = "(asked) => asked().then(() => null, ({ code, message, hint }) => ({ code, message, hint }))"


NO_ICON = '<!doctype html><link rel="icon" href="data:,">'


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *values: object) -> None:
        """The test says what was asked for."""


class Embedder:
    """Somebody's site: a folder, and a server of it under the name `localhost`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        self.origin = f"http://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedder]:
    """On the host's list."""
    site = Embedder(tmp_path_factory.mktemp("embedder"))
    yield site
    site.close()


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedder]:
    """Not on the host's list."""
    site = Embedder(tmp_path_factory.mktemp("stranger"))
    yield site
    site.close()


def served(stack: ExitStack, embedder: Embedder, **how: Any) -> Server:
    server = stack.enter_context(make_server(port=0, embedders=(embedder.origin,), **how))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stack.callback(server.shutdown)
    return server


@pytest.fixture(scope="module")
def host(embedder: Embedder) -> Iterator[Server]:
    with ExitStack() as stack:
        yield served(stack, embedder)


@pytest.fixture(scope="module")
def plain_host(embedder: Embedder) -> Iterator[Server]:
    """As on a static host that sends no headers of its own, but lets other pages load scripts."""
    with ExitStack() as stack:
        yield served(stack, embedder, headers={"Access-Control-Allow-Origin": "*"})


Open = Callable[..., Page]


@pytest.fixture
def opened() -> Iterator[Open]:
    """`opened(browser, site, html)` puts a page on the site and opens it; what the console said is in `page.said`."""
    with ExitStack() as stack:

        def open_page(browser: Browser, site: Embedder, html: str, **context: Any) -> Page:
            made = browser.new_context(**context)
            made.set_default_timeout(1000 * LIMIT_S)
            stack.callback(made.close)
            page = made.new_page()
            page.said = []  # type: ignore[attr-defined]
            page.on("console", lambda message: page.said.append((message.type, message.text)))  # type: ignore[attr-defined]
            (site.folder / "index.html").write_text(html, "utf-8")
            page.goto(site.origin + "/")
            return page

        yield open_page


def tag(host: Server, attributes: str = "") -> str:
    """A page with one element."""
    return (
        f'{NO_ICON}<script type="module" src="{host.address}web/embed.js"></script>'
        f"<onlooker-detector {attributes}></onlooker-detector><script>{RECORD}</script>"
    )


def until(page: Page, type: str, wanted: str = "true", first: int = 0) -> dict[str, Any]:
    return dict(page.evaluate(UNTIL, [type, first, wanted]))


def inner(page: Page, host: Server) -> Frame:
    (frame,) = [frame for frame in page.frames if frame.url.startswith(host.address)]
    return frame


def looked(page: Page, photo: Path) -> list[str]:
    found = page.evaluate(LOOK, base64.b64encode(photo.read_bytes()).decode())
    assert all(set(one) >= {"class", "score", "bbox"} and len(one["bbox"]) == 4 for one in found)
    return [one["class"] for one in found]


def errors(page: Page) -> list[str]:
    return [text for kind, text in page.said if kind == "error"]  # type: ignore[attr-defined]


def test_a_page_of_another_origin_asks_what_is_in_a_picture(
    opened: Open, browser: Browser, embedder: Embedder, host: Server, photo_folder: Path
) -> None:
    page = opened(browser, embedder, tag(host))
    assert "cup" in looked(page, photo_folder / "coffee.png")
    assert until(page, "state", "detail.state === 'loading'")["version"] == 1
    assert until(page, "progress")["stage"]
    bitmap = """async (text) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes]));
      const found = await document.querySelector("onlooker-detector").detect(bitmap);
      return [found.map((one) => one.class), bitmap.width];
    }"""
    content = base64.b64encode((photo_folder / "chelsea.png").read_bytes()).decode()
    labels, width_left = page.evaluate(bitmap, content)
    assert "cat" in labels and width_left == 0, "the bitmap changed hands"
    broken = "document.querySelector('onlooker-detector').detect(new Blob(['no picture']))"
    assert page.evaluate(FAILURE.replace("asked()", broken))["code"] == "media"
    assert not errors(page)


def test_the_camera_waits_for_the_visitor_and_then_obeys_the_page(
    opened: Open, camera_browser: Browser, embedder: Embedder, host: Server
) -> None:
    page = opened(camera_browser, embedder, tag(host, 'autostart="1" threshold="0.5"'))
    refused = page.evaluate(FAILURE.replace("asked()", "document.querySelector('onlooker-detector').start()"))
    assert refused["code"] == "embed-gesture" and "Start" in refused["hint"]
    frame = inner(page, host)
    state = frame.evaluate("document.documentElement.dataset.state")
    assert state == "idle", f"autostart neither; {frame.inner_text('#error')}"

    inner(page, host).locator("#empty [data-does=start]").click()
    until(page, "state", "detail.state === 'running'")
    found = until(page, "result", "detail.detections.some((one) => one.class === 'person')")
    assert found["source"] == "camera"
    assert page.evaluate("document.querySelector('onlooker-detector').state") == "running"

    first = page.evaluate("seen.length")
    page.evaluate("document.querySelector('onlooker-detector').setAttribute('classes', '-person')")
    until(page, "result", "!detail.detections.some((one) => one.class === 'person')", first)
    first = page.evaluate("seen.length")
    page.evaluate("document.querySelector('onlooker-detector').removeAttribute('classes')")
    until(page, "result", "detail.detections.some((one) => one.class === 'person')", first)
    page.evaluate("document.querySelector('onlooker-detector').setAttribute('threshold', 'high')")
    assert until(page, "error")["code"] == "bad-setting"

    head = page.evaluate(
        """async () => {
          const blob = await document.querySelector("onlooker-detector").snapshot();
          return [blob.type, (await createImageBitmap(blob)).width];
        }"""
    )
    assert head == ["image/png", 640]
    page.evaluate("document.querySelector('onlooker-detector').stop()")
    until(page, "state", "detail.state === 'idle'", first)
    page.evaluate("document.querySelector('onlooker-detector').start()")
    assert page.evaluate("document.querySelector('onlooker-detector').state") == "running", "after a gesture"
    assert not errors(page)


def test_removal_ends_all_and_a_return_begins_anew(
    opened: Open, browser: Browser, embedder: Embedder, host: Server, photo_folder: Path
) -> None:
    page = opened(browser, embedder, tag(host))
    assert "cup" in looked(page, photo_folder / "coffee.png")
    removed = """() => {
      const element = document.querySelector("onlooker-detector");
      const answer = element.detect(new Blob(["x"])).then(() => null, ({ code }) => code);
      element.remove();
      window.element = element;
      return answer;
    }"""
    assert page.evaluate(removed) == "closed"
    assert page.evaluate("[window.length, element.shadowRoot.querySelector('iframe')]") == [0, None]
    page.evaluate("document.body.append(element)")
    assert "cup" in looked(page, photo_folder / "coffee.png")


def test_an_address_that_is_none_is_said_and_can_be_put_right(
    opened: Open, browser: Browser, embedder: Embedder, host: Server, photo_folder: Path
) -> None:
    page = opened(browser, embedder, tag(host, 'src="http://"'))
    asked = "document.querySelector('onlooker-detector').start()"
    assert page.evaluate(FAILURE.replace("asked()", asked))["code"] == "embed-src"
    assert page.evaluate("window.length") == 0
    page.evaluate(
        "address => document.querySelector('onlooker-detector').setAttribute('src', address)", host.address
    )
    assert "cup" in looked(page, photo_folder / "coffee.png")


def test_several_on_one_page(
    opened: Open, browser: Browser, embedder: Embedder, host: Server, photo_folder: Path
) -> None:
    html = tag(host) + '<onlooker-detector id="second" classes="-cup"></onlooker-detector>'
    page = opened(browser, embedder, html)
    both = """async (text) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const all = [...document.querySelectorAll("onlooker-detector")];
      const found = await Promise.all(all.map((one) => one.detect(new Blob([bytes]))));
      return found.map((detections) => detections.map((one) => one.class));
    }"""
    first, second = page.evaluate(both, base64.b64encode((photo_folder / "coffee.png").read_bytes()).decode())
    assert "cup" in first and "cup" not in second and second


def test_a_page_that_is_not_listed_gets_nothing_and_one_message(
    opened: Open, browser: Browser, stranger: Embedder, host: Server, plain_host: Server
) -> None:
    # The element's code is the stranger's own copy: the host does not even give that to them.
    (stranger.folder / "embed.js").write_text((paths.ROOT / "web" / "embed.js").read_text("utf-8"), "utf-8")
    copied = tag(host, f'src="{host.address}"').replace(f"{host.address}web/embed.js", "embed.js")
    page = opened(browser, stranger, copied)
    page.locator("onlooker-detector").wait_for()
    with page.expect_event("console") as said:
        page.reload()
    assert "frame-ancestors" in said.value.text

    page = opened(browser, stranger, copied.replace(host.address, plain_host.address))
    assert until(page, "error")["code"] == "embed-refused"
    asked = "document.querySelector('onlooker-detector').start()"
    assert page.evaluate(FAILURE.replace("asked()", asked))["code"] == "embed-refused"
    frame = inner(page, plain_host)
    expect(frame.locator("body")).to_contain_text("has not listed the page that embeds it")
    assert frame.locator("button:visible").count() == 0 and frame.locator("video").count() == 0
    assert frame.evaluate("document.documentElement.dataset.python") is None, "nothing of it runs"
    assert len(errors(page)) == 1 and stranger.origin in errors(page)[0]
    assert not [name for name, _ in page.evaluate("seen") if name == "result"]


def test_neither_does_one_that_hides_behind_a_listed_page(
    opened: Open, browser: Browser, embedder: Embedder, stranger: Embedder, host: Server, plain_host: Server
) -> None:
    (embedder.folder / "framed.html").write_text(tag(plain_host), "utf-8")
    page = opened(browser, stranger, f'<iframe allow="camera" src="{embedder.origin}/framed.html"></iframe>')
    with page.expect_console_message(lambda message: stranger.origin in message.text):
        page.reload()


def test_messages_that_are_none_of_the_protocol_are_ignored_and_counted(
    opened: Open, browser: Browser, embedder: Embedder, host: Server, photo_folder: Path
) -> None:
    page = opened(browser, embedder, tag(host))
    assert "cup" in looked(page, photo_folder / "coffee.png")
    send = """() => {
      const frame = document.querySelector("onlooker-detector").shadowRoot.querySelector("iframe").contentWindow;
      const cyclic = {};
      cyclic.self = cyclic;
      const wrong = [null, undefined, 1, "hello", [], {}, cyclic, { onlooker: 1 }, { onlooker: "hello", version: 1 },
        { onlooker: "hello" }, new ArrayBuffer(8), new Map([["onlooker", "hello"]])];
      for (const one of wrong) frame.postMessage(one, "*");
      const { port1, port2 } = new MessageChannel();
      window.port = port1;
      window.answers = [];
      frame.postMessage({ onlooker: "hello", version: 1 }, "*", [port2]);
      const calls = [null, 7, "stop", {}, { id: 1 }, { id: 1, call: "eval" }, { id: 1.5, call: "stop" },
        { id: 1, call: "constructor" }, { id: 1, call: "detect" }, { id: 1, call: "detect", frame: "blob:x" },
        { id: 1, call: "set", name: 7, value: "1" }, { id: 1, call: "set", name: "max", value: "9".repeat(5000) },
        { id: 1, call: ["stop"] }];
      for (const one of calls) port1.postMessage(one);
      port1.postMessage({ id: 2, call: "set", name: "<img src=x>", value: "1" });
      return new Promise((resolve) => {
        port1.onmessage = ({ data }) => {
          answers.push(data);
          if (data.id === 2) resolve([wrong.length + calls.length, data]);
        };
      });
    }"""
    count, last = page.evaluate(send)
    assert last["error"]["code"] == "bad-setting"
    assert page.evaluate("answers.map(({ id }) => id ?? null)") == [None, 2], (
        "a welcome, and what was well formed"
    )
    ignored = inner(page, host).evaluate("document.documentElement.dataset.ignoredMessages")
    assert int(ignored) == count
    old = """() => {
      const { port1, port2 } = new MessageChannel();
      const frame = document.querySelector("onlooker-detector").shadowRoot.querySelector("iframe").contentWindow;
      frame.postMessage({ onlooker: "hello", version: 99 }, "*", [port2]);
      return new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
    }"""
    assert page.evaluate(old)["refused"]["code"] == "embed-version"
    busy = """async (text) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      answers.length = 0;
      const all = new Promise((resolve) => {
        port.addEventListener("message", () => answers.length === 40 && resolve(answers));
      });
      for (let id = 100; id < 140; id++) port.postMessage({ id, call: "detect", frame: new Blob([bytes]) });
      return all;
    }"""
    content = base64.b64encode((photo_folder / "coffee.png").read_bytes()).decode()
    answered = page.evaluate(busy, content)
    refused = [one["error"]["code"] for one in answered if "error" in one]
    assert set(refused) == {"embed-busy"} and 1 <= len(refused) <= 24
    assert all(one["value"] for one in answered if "value" in one)


def test_a_page_of_the_same_origin_may_start_the_camera(
    camera_browser: Browser, tmp_path: Path, photo_folder: Path
) -> None:
    (tmp_path / "index.html").write_text(
        '<!doctype html><script type="module" src="/web/embed.js"></script><onlooker-detector></onlooker-detector>'
    )
    with ExitStack() as stack:
        server = stack.enter_context(make_server(port=0, extra={"/own/": tmp_path}))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        context = camera_browser.new_context(permissions=["camera"])
        context.set_default_timeout(1000 * LIMIT_S)
        stack.callback(context.close)
        page = context.new_page()
        page.goto(server.address + "own/index.html")
        page.evaluate("document.querySelector('onlooker-detector').start()")
        assert page.evaluate("document.querySelector('onlooker-detector').state") == "running"


def test_the_element_is_small() -> None:
    assert len((paths.ROOT / "web" / "embed.js").read_bytes()) <= 6_000


def recipe(title: str) -> str:
    """The first block of code under a heading of docs/embedding.md."""
    found = re.search(rf"^### {re.escape(title)}\n.*?^```\w*\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


@pytest.mark.parametrize("title", ["Plain HTML", "A bare iframe", "WordPress", "Jupyter and Quarto"])
def test_the_recipes_work_as_they_stand(
    title: str, opened: Open, camera_browser: Browser, embedder: Embedder, host: Server
) -> None:
    html = recipe(title).replace(EXAMPLE + "/", host.address)
    if title == "Jupyter and Quarto":
        html = "".join(re.findall(r"^    '(.*)'$", html, re.MULTILINE))
    page = opened(camera_browser, embedder, NO_ICON + html)
    frame = page.frame_locator("iframe")
    frame.locator("#empty [data-does=start]").click()
    expect(frame.locator("html[data-state=running]")).to_be_attached()
    if title == "Plain HTML":
        expect(page.locator("#seen")).to_contain_text("person")
    assert not errors(page)


# Somebody's application around the recipe. React mounts everything twice in its strict mode, as it does for developers.
APPLICATION = """
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

const root = createRoot(document.getElementById("root"));
window.heard = { one: [], other: [] };
const listeners = { one: (result) => heard.one.push(result), other: (result) => heard.other.push(result) };
window.show = (settings, listener = "one") =>
  root.render(<StrictMode><Detector onResult={listeners[listener]} {...settings} /></StrictMode>);
window.unmount = () => root.unmount();
show({ threshold: 0.4, announce: 0 });
"""
# Resolves once a result that came after now to that listener has a person, or has none.
HEARD = """
([listener, person]) => new Promise((resolve, reject) => {
  const first = heard[listener].length;
  const fits = ({ detections }) => detections.some((one) => one.class === "person") === person;
  const looking = setInterval(() => heard[listener].slice(first).some(fits) && resolve(clearInterval(looking)), 50);
  setTimeout(() => reject(`of ${heard[listener].length - first} results none had person: ${person}`), 100_000);
})
"""


def bundled(jsx: str) -> str:
    """As a React project's tools make it: JSX to JavaScript, with the npm packages that it imports."""
    esbuild = paths.NODE_MODULES / "esbuild-wasm/bin/esbuild"
    how = ["--bundle", "--format=esm", "--loader=jsx", "--jsx=automatic", "--log-level=warning"]
    command = [npm.node_path(), str(esbuild), *how]
    done = subprocess.run(command, input=jsx, capture_output=True, text=True, cwd=paths.ROOT, check=False)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


def test_the_recipe_for_react_works_as_it_stands(
    opened: Open, camera_browser: Browser, embedder: Embedder, host: Server
) -> None:
    jsx = recipe("React").replace(EXAMPLE + "/", host.address) + APPLICATION
    (embedder.folder / "application.js").write_text(bundled(jsx), "utf-8")
    html = f'{NO_ICON}<div id="root"></div><script type="module" src="application.js"></script>'
    page = opened(camera_browser, embedder, html)
    frame = page.frame_locator("iframe")
    frame.locator("#empty [data-does=start]").click()
    page.evaluate(HEARD, ["one", True])
    expect(frame.locator("html[data-state=running]")).to_be_attached()
    assert frame.locator("#threshold").input_value() == "0.4"

    page.evaluate("window.element = document.querySelector('onlooker-detector')")
    page.evaluate("show({ threshold: 0.6, classes: '-person' })")
    page.evaluate(HEARD, ["one", False])
    expect(frame.locator("#threshold")).to_have_value("0.6")
    # classes is its default again, and somebody else listens
    page.evaluate("show({ threshold: 0.6 }, 'other')")
    page.evaluate(HEARD, ["other", True])
    assert page.evaluate("element === document.querySelector('onlooker-detector')")
    state = inner(page, host).evaluate("document.documentElement.dataset.state")
    assert state == "running", "it was not loaded anew"
    numbers = page.evaluate("[...heard.one, ...heard.other].map(({ frame }) => frame)")
    assert len(numbers) == len(set(numbers)), "each result came once, to one listener"

    before = page.evaluate(
        """() => {
          unmount();
          const before = JSON.stringify(heard);
          element.dispatchEvent(new CustomEvent("result", { detail: { detections: [] } }));
          return [window.length, element.shadowRoot.querySelector("iframe"), JSON.stringify(heard) === before];
        }"""
    )
    assert before == [0, None, True], "the frame is gone with all that is in it, and nobody listens"
    assert not errors(page)


def test_the_list_is_of_origins() -> None:
    assert embedding.origins("") == ()
    assert embedding.origins("https://a.example/, HTTP://B.example:80 https://a.example") == (
        "https://a.example",
        "http://b.example",
    )
    assert HEADERS["Content-Security-Policy"].endswith("frame-ancestors 'self'")


def test_who_crosses_a_line_is_told_to_the_page_around_it(
    opened: Open, camera_browser: Browser, embedder: Embedder, host: Server, tmp_path: Path
) -> None:
    # Every frame of a clip: what a camera shows, a busy machine may miss.
    pictures = crossing(WALKS)
    clip = write_clip(tmp_path / "door.webm", pictures, [100 * number for number in range(len(pictures))])
    attributes = f'lines="{DOOR}" classes="person" look="once" video="every"'
    page = opened(camera_browser, embedder, tag(host, attributes))
    page.evaluate(
        """() => {
          window.crossings = [];
          document.querySelector("onlooker-detector").addEventListener("track", ({ detail }) => {
            if (detail.kind === "cross") crossings.push(detail);
          });
        }"""
    )
    page.frame_locator("iframe").locator("#files").set_input_files(clip)
    until(page, "state", "detail.state === 'ready'")
    crossings = page.evaluate("crossings")
    assert [one["direction"] for one in crossings] == [{"i": "in", "o": "out"}[way] for way in WALKS]
    assert {(one["version"], one["line"], one["class"]) for one in crossings} == {(1, "door", "person")}
    assert not errors(page)
