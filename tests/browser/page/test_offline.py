"""Without a network, from one version to the next, with a damaged copy, without room: what the service worker is for.

The site is the bundle on a plain host, which sends no headers: what isolates the page is its worker.
"""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from tests.browser.line import Line, PlainHost
from tests.browser.live_page import LIMIT_S, LivePage
from tools.release import bundle
from tools.release.bundle import contents
from tools.serve import generated

Visit = Callable[..., LivePage]

KEPT_FILES = """
async () => {
  const files = {};
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) (files[name] ??= []).push(url);
  }
  return files;
}
"""
HASH = """
async (name) => {
  const kept = await caches.match(new URL(name, document.baseURI));
  const digest = await crypto.subtle.digest("SHA-256", await kept.arrayBuffer());
  return "sha256-" + btoa(String.fromCharCode(...new Uint8Array(digest)));
}
"""
DAMAGE = """
async (name) => {
  const [cache] = await Promise.all((await caches.keys()).map((key) => caches.open(key)));
  const url = new URL(name, document.baseURI).href;
  const kept = await cache.match(url);
  const bytes = new Uint8Array(await kept.arrayBuffer());
  bytes.fill(7, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 2000);
  await cache.put(url, new Response(bytes, { headers: kept.headers }));
}
"""
UNTIL_RIGHT = "async ([name, hash]) => (await (HASH)(name)) === hash".replace("HASH", HASH)
UNTIL_NEWER = """
async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  await registration.update();
  const worker = registration.installing ?? registration.waiting;
  while (worker.state === "installing") {
    await new Promise((done) => worker.addEventListener("statechange", done, { once: true }));
  }
  return worker.state;
}
"""


@pytest.fixture
def site(bundled: Path, tmp_path: Path) -> Path:
    """The bundle in a folder, without what its host may leave out, at a/b/."""
    patterns = [f"{bundle.NAME}/{pattern}" for group in contents.PARTS.values() for pattern in group]
    with zipfile.ZipFile(bundled) as archive:
        names = [name for name in archive.namelist() if not name.endswith(".br")]
        archive.extractall(tmp_path, [name for name in names if not contents.matches(name, patterns)])
    (tmp_path / "a").mkdir()
    (tmp_path / bundle.NAME).rename(tmp_path / "a/b")
    return tmp_path / "a/b"


@pytest.fixture
def host(site: Path) -> Iterator[PlainHost]:
    running = PlainHost(site.parents[1])
    yield running
    running.unplug()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    made.set_default_timeout(1000 * LIMIT_S)
    yield made
    made.close()


@pytest.fixture
def visit(host: PlainHost, context: BrowserContext) -> Iterator[Visit]:
    pages: list[LivePage] = []
    with ExitStack() as stack:

        def open_page() -> LivePage:
            page = context.new_page()
            stack.callback(page.close)
            live = LivePage(page, f"{host.address}a/b/")
            live.expected_errors = ("404", "ERR_CONNECTION_REFUSED", "ERR_FAILED")
            pages.append(live)
            live.open("")
            return live

        yield open_page
        for live in pages:
            live.assert_clean()


def look(live: LivePage, photo: Path) -> None:
    """Detect the cat in a photograph, as often as it is called."""
    live.until_python()
    before = len(live.results)
    live.give_files(photo)
    live.until_results(before + 1)
    live.until("ready")
    assert live.labels()[0] == "cat"


def until_kept(live: LivePage) -> None:
    live.page.locator("#offline-toggle:not([hidden])", has_text="Remove").wait_for(state="attached")
    assert "works without a network" in (live.page.text_content("#offline-text") or "")


def until_title(live: LivePage, title: str) -> None:
    """Wait for a page of that title, and for its Python."""
    expect(live.page).to_have_title(title)
    live.until_python()


def new_version(site: Path, title: str) -> None:
    """Another version of the page, as the next bundle would bring it."""
    index = site / "index.html"
    page = index.read_text("utf-8")
    index.write_text(
        page.replace(page[page.index("<title>") : page.index("</title>")], f"<title>{title}"), "utf-8"
    )
    (site / "sw.js").write_bytes(generated.service_worker(site))


def test_a_plain_host_gets_threads_after_a_reload_and_then_needs_no_network(
    visit: Visit, host: PlainHost, photo_folder: Path
) -> None:
    live = visit()
    look(live, photo_folder / "chelsea.png")
    assert live.page.evaluate("crossOriginIsolated") is False
    until_kept(live)
    live.page.reload()
    assert live.page.evaluate("crossOriginIsolated") is True
    look(live, photo_folder / "chelsea.png")
    cores = live.page.evaluate("navigator.hardwareConcurrency")
    assert len(live.page.workers) >= (2 if cores > 1 else 1)
    until_kept(live)
    host.unplug()
    live.page.reload()
    look(live, photo_folder / "chelsea.png")
    assert live.page.evaluate("crossOriginIsolated") is True


def test_the_first_load_is_enough(visit: Visit, host: PlainHost, photo_folder: Path) -> None:
    """Nothing was detected yet, and the network is gone."""
    live = visit()
    until_kept(live)
    host.unplug()
    live.page.reload()
    look(live, photo_folder / "chelsea.png")
    live.page.click("#more")
    live.page.wait_for_selector("#studio-tools:enabled")  # its modules come late, and are kept all the same


def test_a_script_that_comes_after_python_is_waited_for(host: PlainHost, context: BrowserContext) -> None:
    held: list[Route] = []
    context.route("**/web/ahead.js", lambda route: held.append(route), times=1)
    live = LivePage(context.new_page(), f"{host.address}a/b/")
    live.page.goto(live.address, wait_until="commit")  # the script holds up "load"
    live.until_python()
    live.until_held(held)
    held[0].continue_()
    until_kept(live)
    live.expected_errors = ("404",)
    live.assert_clean()


def test_a_new_version_comes_whole_with_the_next_load(visit: Visit, site: Path, photo_folder: Path) -> None:
    live = visit()
    look(live, photo_folder / "chelsea.png")
    until_kept(live)
    live.page.reload()
    look(live, photo_folder / "chelsea.png")
    new_version(site, "The next version")
    assert live.page.evaluate(UNTIL_NEWER) == "installed"
    look(live, photo_folder / "chelsea.png")
    assert live.page.title() == "Onlooker", "the session goes on with what it began with"
    live.page.reload()
    until_title(live, "The next version")
    look(live, photo_folder / "chelsea.png")
    until_kept(live)
    assert len(live.page.evaluate(KEPT_FILES)) == 1, "the copy of the version before is gone"


def test_two_tabs_never_run_two_versions(visit: Visit, site: Path, photo_folder: Path) -> None:
    first, second = visit(), visit()
    until_kept(first)
    until_kept(second)
    for live in (first, second):
        live.page.reload()
        live.until_python()
    new_version(site, "The next version")
    assert first.page.evaluate(UNTIL_NEWER) == "installed"
    first.page.reload()
    first.until_python()
    assert first.page.title() == "Onlooker", "the other tab still runs this version"
    look(second, photo_folder / "chelsea.png")
    second.page.close()
    first.page.reload()
    until_title(first, "The next version")


@pytest.mark.parametrize(
    "name",
    [
        "detector.json",
        "models/coco-ssd-lite.onnx",
        ".memory",  # for as many threads as there are here
        ".wasm",
        "web/style.css",
    ],
)
def test_a_damaged_file_is_found_by_its_hash_and_fetched_again(
    visit: Visit, site: Path, photo_folder: Path, name: str
) -> None:
    live = visit()
    look(live, photo_folder / "chelsea.png")
    until_kept(live)
    if name.startswith("."):
        asked = next(url for url in live.requested if "/ort/" in url and url.endswith(name))
        name = asked.removeprefix(live.address)
    good = generated.file_hash(site / name)
    assert live.page.evaluate(HASH, name) == good
    live.page.evaluate(DAMAGE, name)
    assert live.page.evaluate(HASH, name) != good
    live.expected_errors += ("wasm", "both async and sync fetching", "falling back", "CompileError")
    live.page.reload()
    look(live, photo_folder / "chelsea.png")
    # What this visit has not asked for is found when the whole copy is looked at, which comes last.
    live.page.wait_for_function(UNTIL_RIGHT, arg=[name, good])
    assert live.published("error") == []


# What happens to a kept file while the worker is giving it away.
MISHAPS = {
    "removed": """() => {
      const match = Cache.prototype.match;
      Cache.prototype.match = async function (address) {
        const found = await match.call(this, address);
        await this.delete(address);
        return found;
      };
    }""",
    "unreadable": """() => {
      const { arrayBuffer } = Response.prototype;
      Response.prototype.arrayBuffer = async () => {
        Response.prototype.arrayBuffer = arrayBuffer;
        throw new DOMException("its file is gone", "NotFoundError");
      };
    }""",
    "out of reach": """() => {
      caches.open = () => Promise.reject(new DOMException("no storage", "UnknownError"));
    }""",
}


@pytest.mark.parametrize("mishap", MISHAPS)
def test_a_copy_that_is_lost_on_the_way_is_fetched_instead(
    visit: Visit, context: BrowserContext, mishap: str
) -> None:
    live = visit()
    until_kept(live)
    live.page.reload()
    live.until_python()
    (worker,) = context.service_workers
    worker.evaluate(MISHAPS[mishap])
    assert live.page.evaluate("fetch('detector.json').then((response) => response.json())")


def test_an_address_that_names_no_file_is_the_page_without_a_network(visit: Visit, host: PlainHost) -> None:
    live = visit()
    until_kept(live)
    host.unplug()
    live.page.goto(f"{live.address}constructor")
    assert live.page.title() == "Onlooker"


def test_without_room_the_page_works_and_says_so(
    visit: Visit, context: BrowserContext, photo_folder: Path
) -> None:
    live = visit()
    session = context.new_cdp_session(live.page)
    origin = live.page.evaluate("location.origin")
    session.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1_000_000})
    look(live, photo_folder / "chelsea.png")
    live.page.locator("#offline-text", has_text="No copy could be kept").wait_for(state="attached")
    assert live.page.evaluate(KEPT_FILES) == {}
    live.page.reload()
    look(live, photo_folder / "chelsea.png")


def test_a_copy_can_be_removed_and_made_again(visit: Visit, photo_folder: Path) -> None:
    live = visit()
    look(live, photo_folder / "chelsea.png")
    until_kept(live)
    assert sum(len(files) for files in live.page.evaluate(KEPT_FILES).values()) > 20
    live.page.click("#more")
    live.page.click("text=Remove offline copy")
    live.page.locator("#offline-text", has_text="Nothing is kept").wait_for()
    assert live.page.evaluate(KEPT_FILES) == {}
    live.page.reload()
    look(live, photo_folder / "chelsea.png")
    assert live.page.evaluate("navigator.serviceWorker.controller") is None
    assert live.page.evaluate(KEPT_FILES) == {}, "it stays removed"
    live.page.click("#more")
    live.page.click("text=Keep an offline copy")
    until_kept(live)


def test_what_somebody_edits_acts_with_the_next_load(
    site: Path, context: BrowserContext, photo_folder: Path
) -> None:
    """`make serve` on a folder that is worked on: a copy is kept all the same, for when the network is gone."""
    line = Line(root=site)
    live = LivePage(context.new_page(), line.address)
    live.expected_errors = ("404", "ERR_CONNECTION_REFUSED", "ERR_FAILED")
    try:
        live.open("")
        look(live, photo_folder / "chelsea.png")
        until_kept(live)
        live.page.reload()
        live.until_python()
        main = site / "main.py"
        main.write_text(main.read_text("utf-8") + 'js.document.title = "Edited"\n', "utf-8")
        live.page.reload()
        live.until_python()
        assert live.page.title() == "Edited"
        look(live, photo_folder / "chelsea.png")
        until_kept(live)
        live.assert_clean()
    finally:
        line.unplug()


# To the first worker that this page can reach: [what it answers, or that it does not], one of each message.
POST = """
async (flood) => {
  const cyclic = {};
  cyclic.self = cyclic;
  const none = [undefined, null, 1, "check", [], {}, cyclic, new Map([["does", "check"]]), new Date(), new Blob(),
    { does: 1 }, { does: "" }, { does: "constructor" }, { does: "__proto__" }, { does: ["check"] }, { does: "Check" },
    ...["keep", "drop"].flatMap((does) => [undefined, null, 1, "index.html", { length: 1, 0: "index.html" }, [1],
      [null], [{}], [["index.html"]], new Map(), new Set(["index.html"])].map((names) => ({ does, names })))];
  const names = ["../outside.html", "/outside.html", new URL("/outside.html", location).href, "index.html?x",
    "__proto__", "/", "", "../", "a/", "x".repeat(1e6), ...Array(10_000).fill("nothing/")];
  const whole = [{ does: "keep", names }, { does: "drop", names }, { does: "take over" },
    { does: "drop", names: ["index.html", "detector.json", "web/boot.js", "vendor/micropython/"] },
    ...Array(flood).fill({ does: "check" })];
  const [{ active }] = await navigator.serviceWorker.getRegistrations();
  const ask = (message) => new Promise((resolve) => {
    active.postMessage(message);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(JSON.stringify(data));
    setTimeout(resolve, 100_000, "silence");
    active.postMessage(message, [port2]);
  });
  const [refused, done] = await Promise.all([none, whole].map((all) => Promise.all(all.map(ask))));
  return [[...new Set(refused)], [...new Set(done)]];
}
"""
NOTE_ERRORS = """() => {
  self.wrong = [];
  self.addEventListener("error", ({ message }) => wrong.push(message));
  self.addEventListener("unhandledrejection", ({ reason }) => wrong.push(String(reason)));
}"""
# What a page of another origin can try.
REACH = """
async (address) => {
  const name = (asked) => asked.then((found) => found ?? null, (error) => error.name);
  return [
    (await navigator.serviceWorker.getRegistrations()).length,
    await name(navigator.serviceWorker.getRegistration(address)),
    await name(navigator.serviceWorker.register(address + "sw.js")),
    await caches.keys(),
  ];
}
"""


def test_whatever_a_page_tells_the_worker_the_copy_stays_whole(
    visit: Visit, host: PlainHost, site: Path, context: BrowserContext, photo_folder: Path
) -> None:
    live = visit()
    look(live, photo_folder / "chelsea.png")
    until_kept(live)
    kept = live.page.evaluate(KEPT_FILES)
    (worker,) = context.service_workers
    worker.evaluate(NOTE_ERRORS)
    (site.parents[1] / "outside.html").write_text('<!doctype html><link rel="icon" href="data:,">', "utf-8")
    outside = context.new_page()
    outside.goto(host.address + "outside.html")
    for page in (live.page, outside):  # in the worker's scope, and in another folder of its origin
        refused, done = page.evaluate(POST, 200)
        assert refused == ['{"error":"TypeError"}']
        assert set(done) == {"{}", '{"value":[]}'}, "nothing to tell, and nothing was wrong"
        assert page.evaluate(KEPT_FILES) == kept
    assert worker.evaluate("wrong") == []

    elsewhere = context.new_page()
    elsewhere.goto(host.address.replace("127.0.0.1", "localhost") + "outside.html")
    assert elsewhere.evaluate(REACH, f"{host.address}a/b/") == [0, "SecurityError", "SecurityError", []]

    host.unplug()
    live.page.reload()
    look(live, photo_folder / "chelsea.png")
    assert live.page.evaluate(KEPT_FILES) == kept
