// The little that Python cannot do for itself.

/** An Error, whatever was thrown: WebAssembly throws numbers, and Pyodide waits for ever on what rejects with one. */
const asError = (thrown) => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** Call `target[method](...args)`. MicroPython cannot catch what JavaScript throws, only what it rejects. */
export async function attempt(target, method, ...args) {
  try {
    return await target[method](...args);
  } catch (thrown) {
    throw asError(thrown);
  }
}

/** A session of onnxruntime-web. `kept` gets the workers it starts: only their end gives WebAssembly's memory back. */
export async function createSession(ort, kept, model, options) {
  const Worker = globalThis.Worker;
  let broken;
  // A worker whose script does not arrive, or that fails while it starts, answers nobody: onnxruntime-web would wait.
  const failed = new Promise((_, reject) => {
    broken = (event) => reject(new Error(event.message || "its worker did not start"));
  });
  failed.catch(() => {});
  globalThis.Worker = class extends Worker {
    constructor(address, options) {
      super(address, options);
      if (options?.name !== "ort-wasm-proxy-worker") return;
      kept.push(this);
      this.addEventListener("error", broken);
    }
  };
  try {
    return await Promise.race([ort.InferenceSession.create(model, options), failed]);
  } catch (thrown) {
    throw asError(thrown);
  } finally {
    globalThis.Worker = Worker;
  }
}

const WEBKIT = /AppleWebKit/.test(navigator.userAgent) && !/Chrom/.test(navigator.userAgent);

/** How many threads WebAssembly gets: one unless the page is cross-origin isolated. */
export function threads() {
  if (!globalThis.crossOriginIsolated) return 1;
  // WebKit says 4 or 8 cores, whatever there are. On two cores, two threads were up to a third faster than one, on a busy
  // machine no slower, and took no more memory; a third and a fourth gained nothing.
  const most = WEBKIT ? 2 : 4;
  const cores = navigator.hardwareConcurrency || 1;
  return Math.max(1, Math.min(most, cores <= 2 ? cores : cores - 1)); // from three on, one is left for the page
}

/** What this browser keeps for this page under a name, or "". Given a text, keep it first. Browsers may refuse. */
export async function kept(name, text) {
  if (text !== undefined) localStorage.setItem(name, text);
  return localStorage.getItem(name) ?? "";
}

/** The body of a response as a Uint8Array, or an empty one unless `keep`. `tell(bytes)` is called once a screen frame. */
export async function readBody(response, keep, tell) {
  const chunks = [];
  let received = 0;
  let told = 0;
  const reader = response.body.getReader(); // WebKit cannot iterate over a body
  for (;;) {
    const { done, value: chunk } = await reader.read();
    if (done) break;
    received += chunk.length;
    if (keep) chunks.push(chunk);
    if (performance.now() - told > 16) {
      told = performance.now();
      tell(received);
    }
  }
  tell(received);
  const whole = new Uint8Array(keep ? received : 0);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Register a service worker and wait until it is at work. Rejects where it cannot be, or cannot keep what it should. */
export async function install(address) {
  const registration = await navigator.serviceWorker.register(address);
  const worker = registration.installing;
  if (!worker || registration.active) return;
  await new Promise((resolve, reject) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new Error("no room, or no network"));
    });
  });
}

/** What the page's service worker answers to a message. */
export async function ask(message) {
  // Not `ready`: once the copy is removed, that would wait for ever.
  const registration = await navigator.serviceWorker.getRegistration();
  if (!registration?.active) throw new Error("there is no offline copy");
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve, reject) => {
    port1.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.value));
  });
  registration.active.postMessage(message, [port2]);
  return answer.finally(() => port1.close());
}

/** Unregister this page's service worker, and delete all that it kept. */
export async function forget() {
  const registration = await navigator.serviceWorker.getRegistration();
  await registration?.unregister();
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("onlooker-")).map((name) => caches.delete(name)));
}
