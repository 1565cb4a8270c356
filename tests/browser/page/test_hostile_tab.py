"""A page in another tab that has opened this one, or was opened beside it: it cannot steer it, nor look inside."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.embedding.test_embed import Embedder
from tests.browser.live_page import LIMIT_S
from tools.serve.onlooker.server import Server

# All that a page can do to another one that it has a handle of, or that listens.
ATTACK = """
(address) => {
  const told = {};
  const tried = (name, does) => {
    try { told[name] = String(does()); } catch (error) { told[name] = error.name; }
  };
  tried("closed", () => victim.closed);
  tried("document", () => victim.document.title);
  tried("state", () => victim.document.documentElement.dataset.state);
  tried("frames", () => victim.length);
  const { port2 } = new MessageChannel();
  for (const message of [{ onlooker: "hello", version: 1 }, { does: "take over" }, "start", { id: 1, call: "start" }])
    tried("post", () => victim.postMessage(message, "*", message.onlooker ? [port2] : []));
  tried("navigate", () => (victim.location = address + "?provider=webgl"));
  tried("named", () => window.open(address + "?named", "onlooker").closed);
  for (const name of ["onlooker", "detector", ""]) new BroadcastChannel(name).postMessage({ id: 1, call: "start" });
  localStorage.setItem("onlooker:settings", '[["threshold", "0.9"]]');
  return told;
}
"""


@pytest.fixture
def site(tmp_path: Path) -> Any:
    made = Embedder(tmp_path)
    (tmp_path / "index.html").write_text(
        '<!doctype html><link rel="icon" href="data:,"><title>Elsewhere</title>'
    )
    yield made
    made.close()


def state(page: Page) -> dict[str, str]:
    return dict(page.evaluate("({ ...document.documentElement.dataset })"))


def test_a_page_that_opened_this_one_has_no_hold_on_it(
    camera_browser: Browser, site: Embedder, server: Server
) -> None:
    context = camera_browser.new_context(service_workers="block", permissions=["camera"])
    context.set_default_timeout(1000 * LIMIT_S)
    elsewhere = context.new_page()
    elsewhere.goto(site.origin)
    with context.expect_page() as opened:
        elsewhere.evaluate("(address) => (window.victim = open(address, 'onlooker'))", server.address)
    victim = opened.value
    victim.locator("html[data-ready]").wait_for(state="attached")
    assert victim.evaluate("[window.opener, window.name]") == [None, ""], "the browser has parted them"
    before = state(victim)
    told = elsewhere.evaluate(ATTACK, server.address)
    assert told["closed"] == "true", "for the page elsewhere it is gone"
    assert told.get("document") != "Onlooker" and told.get("state") != "idle"
    victim.locator("#more").click()  # it lives, and answers to its visitor
    assert victim.url == server.address
    assert state(victim) == before and before["state"] == "idle"
    assert victim.evaluate("document.getElementById('threshold').value") == "0.5"
    context.close()


def test_messages_to_a_page_that_is_not_embedded_are_nobodys(browser: Browser, server: Server) -> None:
    """Even from its own origin, such as another work on the same host: another tab, a channel, its own window."""
    context = browser.new_context(service_workers="block")
    context.set_default_timeout(1000 * LIMIT_S)
    page, other = context.new_page(), context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(server.address)
    page.locator("html[data-ready]").wait_for(state="attached")
    other.goto(server.address + "web/style.css")
    before = state(page)
    script = """() => {
      const { port2 } = new MessageChannel();
      for (const message of [{ onlooker: "hello", version: 1 }, { id: 1, call: "start" }, null, [], "start"]) {
        window.postMessage(message, "*");
        for (const name of ["onlooker", "detector"]) new BroadcastChannel(name).postMessage(message);
      }
      window.postMessage({ onlooker: "hello", version: 1 }, "*", [port2]);
      localStorage.setItem("onlooker:settings", '[["provider", "webgl"], ["threshold", "0.9"]]');
      localStorage.setItem("onlooker:provider", "{}");
    }"""
    other.evaluate(script)
    page.evaluate(script)
    page.evaluate("new Promise((resolve) => setTimeout(resolve))")  # after all messages that were sent
    assert state(page) == before and before["state"] == "idle" and "embedded" not in before
    assert page.evaluate("document.getElementById('threshold').value") == "0.5"
    assert failures == []
    context.close()


@pytest.mark.parametrize(
    "kept", ["{}", "5", "[5, null, [], {}]", '[["threshold", {"a": 1}]]', "[", '"x"', "[[[[[[[["]
)
def test_what_others_have_put_into_the_storage_does_no_harm(
    browser: Browser, server: Server, kept: str
) -> None:
    context = browser.new_context(service_workers="block")
    context.set_default_timeout(1000 * LIMIT_S)
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    names = ("settings", "provider", "trusted", "offline")
    page.goto(server.address + "web/style.css")
    page.evaluate(
        "([names, kept]) => { for (const name of names) localStorage.setItem(`onlooker:${name}`, kept); }",
        [names, kept],
    )
    page.goto(server.address)
    page.locator("html[data-ready]").wait_for(state="attached")
    assert state(page)["state"] == "idle" and failures == []
    page.locator("#samples button").first.click()
    page.locator("html[data-state=ready]").wait_for(state="attached")
    assert failures == []
    context.close()
