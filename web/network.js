// The page's end of web/opened.js: a network that is run in a worker, as onnxruntime-web's own sessions are.
import { attended, threads } from "./bridge.js";

/** What a run takes, in the place of onnxruntime-web's. */
export class Tensor {
  constructor(type, data, dims) {
    Object.assign(this, { type, data, dims });
  }
}

/** A network that is open in a worker. */
export class Session {
  #worker;
  #waiting = new Map(); // number of a run -> its promise's functions
  #count = 0;

  constructor(worker) {
    this.#worker = worker;
  }

  /** feeds: {image: Tensor}, whose bytes the worker takes. Gives outputs by name: {data, dims}. */
  run({ image: { data, dims } }) {
    return new Promise((fulfil, fail) => {
      this.#waiting.set(++this.#count, [fulfil, fail]);
      this.#worker.postMessage({ run: this.#count, image: data, shape: dims }, [data.buffer]);
    });
  }

  /** All of it goes with the worker. */
  async release() {}

  /** What the worker says of a run. */
  ran(number, outputs, failed) {
    const [fulfil, fail] = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (failed) fail(asError(failed));
    else fulfil(outputs);
  }
}

const PATIENCE_MS = 10_000; // with a worker that has all it needs; then the network is opened as any other
const begun = new Set(); // models

/** Names of the files that networks began with here: with as many threads as now, and as once the page is isolated. */
export async function files() {
  if (!begun.size) return [];
  const response = await fetch(new URL("../vendor/ort/snapshots.json", import.meta.url));
  const { models } = await response.json();
  const counts = new Set([threads(), threads(true)]);
  const memories = Object.values(models).flatMap((model) => [...counts].map((count) => `vendor/ort/${model[count].file}`));
  return [...[...begun].map((model) => `models/${model}.onnx`), ...memories];
}

/**
 * Open a model's network. trusted: what is remembered of the known picture. kept: whether all comes from the offline copy.
 * Gives {workers, session, parts, opened: promise of {known, took}}; `parts.Model` and `parts.Runtime` have `received` and
 * `total` bytes, and call `tell(received)`.
 */
export function open(model, trusted, kept) {
  begun.add(model);
  const name = JSON.stringify({ model, threads: threads(), trusted, kept });
  const worker = new Worker(new URL("./opened.js", import.meta.url), { type: "module", name });
  attended(worker);
  const session = new Session(worker);
  const parts = Object.fromEntries(
    ["Model", "Runtime"].map((label) => [label, { label, received: 0, total: 0, tell: null }]),
  );
  let timer = 0;
  const opened = new Promise((resolve, reject) => {
    const isHere = () => Object.values(parts).every(({ received, total }) => total && received >= total);
    const expect = () => {
      timer ||= setTimeout(reject, PATIENCE_MS, new DOMException("no answer", "TimeoutError"));
    };
    if (kept) expect();
    worker.onmessage = ({ data: { part, received, total, opened: answer, failed, ran, outputs } }) => {
      if (part) {
        Object.assign(parts[part], { received, total });
        parts[part].tell?.(received);
        if (isHere()) expect();
      } else if (ran !== undefined) {
        session.ran(ran, outputs, failed);
      } else if (answer) {
        resolve(answer);
      } else {
        reject(asError(failed));
      }
    };
  });
  opened.catch(() => {}).finally(() => clearTimeout(timer)); // who takes it over is told
  return { workers: [worker], session, parts, opened };
}

function asError({ name, message }) {
  return Object.assign(new Error(message), { name });
}
