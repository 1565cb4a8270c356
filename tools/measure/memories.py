"""How much memory WebAssembly holds in a page and its workers, seen where each memory is made.

`performance.measureUserAgentSpecificMemory` would tell, but waits a minute for each worker that sleeps, as
onnxruntime's threads do.
"""

from playwright.sync_api import Page, Route

# Runs first in the page, and in each worker that begins with one of onnxruntime-web's modules. A worker that has made a
# memory tells of its own when it is asked, which is between two runs; that it lives is told by a lock, which goes with
# it. Threads share the memory of the worker that made them.
WATCH = """
globalThis.watchedMemories ??= (() => {
  const { Memory } = WebAssembly, made = [];
  const name = `watched-memories-${crypto.randomUUID()}`;
  const channel = new BroadcastChannel("watched-memories");
  const bytes = () =>
    made.map((memory) => memory.deref()?.buffer.byteLength ?? 0).reduce((sum, size) => sum + size, 0);
  const note = (memory) => {
    if (!globalThis.document && made.length === 0) {
      navigator.locks.request(name, () => new Promise(() => {}));
      channel.onmessage = () => channel.postMessage([name, bytes()]);
    }
    made.push(new WeakRef(memory));
  };
  WebAssembly.Memory = class extends Memory { constructor(...how) { super(...how); note(this); } };
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...what) => {
      const result = await original(...what);
      const { exports } = result.instance ?? result;
      for (const value of Object.values(exports ?? {})) if (value instanceof Memory) note(value);
      return result;
    };
  }
  return { bytes, channel };
})();
"""

# Bytes of all of them, once each worker that lives has told of its own, however long it computes before it does.
BYTES = """
async () => {
  const { bytes, channel } = watchedMemories;
  const told = new Map();
  const begun = performance.now();
  const living = async () => (await navigator.locks.query()).held
    .map(({ name }) => name).filter((name) => name.startsWith("watched-memories-"));
  let names = await living();
  channel.postMessage("tell");
  while (!names.every((name) => told.has(name))) {
    if (performance.now() - begun > 60_000) throw new Error("a worker does not tell how much memory it holds");
    await new Promise((resolve) => {
      setTimeout(resolve, 500); // one may have ended instead
      channel.onmessage = ({ data: [name, size] }) => resolve(told.set(name, size));
    });
    names = await living();
  }
  channel.onmessage = null;
  return bytes() + names.map((name) => told.get(name)).reduce((sum, size) => sum + size, 0);
}
"""


def watch(page: Page) -> None:
    """Before the page is opened."""
    page.add_init_script(WATCH)
    page.route("**/vendor/ort/*.mjs", _watched)


def held(page: Page) -> int:
    """Bytes of all WebAssembly memories of the page and its workers."""
    return int(page.evaluate(BYTES))


def _watched(route: Route) -> None:
    """Workers take no init script: it goes before the module that they begin with."""
    response = route.fetch()
    route.fulfill(response=response, body=WATCH + response.text())
