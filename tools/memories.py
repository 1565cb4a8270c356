"""How much memory WebAssembly holds in a page and its workers, seen where each memory is made.

`performance.measureUserAgentSpecificMemory` would tell, but waits a minute for each worker that sleeps, as
onnxruntime's threads do.
"""

from playwright.sync_api import Page, Route

# Runs first in the page, and in each worker that begins with one of onnxruntime-web's modules. A worker tells its own
# when it is asked, which is between two runs. Threads share the memory of the worker that made them.
WATCH = """
globalThis.watchedMemories ??= (() => {
  const { Memory } = WebAssembly, made = [];
  const note = (memory) => made.push(new WeakRef(memory));
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
  const bytes = () =>
    made.map((memory) => memory.deref()?.buffer.byteLength ?? 0).reduce((sum, size) => sum + size, 0);
  const channel = new BroadcastChannel("watched-memories");
  if (!globalThis.document) channel.onmessage = () => channel.postMessage(bytes());
  return { bytes, channel };
})();
"""

# Bytes of all of them. Without a worker that answers, nobody's are added after the limit.
BYTES = """
() => new Promise((resolve) => {
  const { bytes, channel } = watchedMemories;
  let others = 0;
  const end = () => { channel.onmessage = null; resolve(bytes() + others); };
  setTimeout(end, 3000);
  channel.onmessage = ({ data }) => {
    others += data;
    setTimeout(end, 50);
  };
  channel.postMessage("tell");
})
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
