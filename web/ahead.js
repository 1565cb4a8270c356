// The large parts, on their way while Python starts: the model's bytes, and onnxruntime-web, compiled and awake.
// Python takes both over (detector/browser/network/downloads/prefetch.py); where one fails it fetches again, and has the
// words for it.
import { createSession, readBody, sessionOptions, sha256, threads } from "./bridge.js";
import { open } from "./network.js";

const page = document.baseURI;
const FOLDER = "vendor/ort/";
const PATIENCE_MS = 8000;
const LARGEST = 2 ** 30; // bytes of a model
const BINARY = "ort-wasm-simd-threaded.wasm";
const DEFAULT = "coco-ssd-lite"; // set-up has opened its network

/**
 * One file on its way: {label, received, total, bytes: Promise<Uint8Array>, tell}. `tell(received)` is told now and then.
 * size: what it should have, in bytes; 0: unknown.
 */
function part(path, label, { keep = true, size = 0 } = {}) {
  const one = { label, received: 0, total: size, tell: null };
  one.bytes = fetch(new URL(path, page)).then((response) => {
    if (!response.ok) throw new Error(`status ${response.status}`);
    const { headers } = response;
    const plain = headers.has("Content-Encoding") ? 0 : headers.get("Content-Length");
    one.total = Number(headers.get("X-Uncompressed-Length") ?? plain) || one.total;
    return readBody(response, keep, (received) => {
      one.received = received;
      one.tell?.(received);
    }, size);
  });
  one.bytes.catch(() => {}); // who takes it is told
  return one;
}

/** Whether and with which model to begin: unless this visitor's line is to be spared, or another provider than wasm runs. */
function wanted() {
  const query = new URLSearchParams(location.search);
  const settings = remembered("settings", []);
  const kept = Array.isArray(settings) ? settings : []; // whatever else has written there
  const setting = (name) => query.get(name) || kept.find((one) => one?.[0] === name)?.[1];
  const line = navigator.connection;
  const sparing = line?.saveData || line?.type === "cellular";
  const provider = setting("provider") || "auto";
  const wasm = provider === "wasm" || (provider === "auto" && remembered("provider", {}).provider !== "webgpu");
  return wasm && !sparing ? setting("model") || DEFAULT : "";
}

/** What an earlier visit has left under a name, or `otherwise`. */
function remembered(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(`onlooker:${name}`)) || otherwise;
  } catch {
    return otherwise; // a browser that keeps nothing
  }
}

/** Start the runtime. Rejects if it is still silent long after the model came: in Firefox, behind a service worker, it may be. */
async function wake(runtime, tail, full, workers) {
  const ort = await runtime;
  ort.env.logLevel = "error";
  ort.env.wasm.wasmPaths = new URL(FOLDER, page).href;
  ort.env.wasm.proxy = true; // inference in a worker: the page stays at 60 frames a second
  ort.env.wasm.numThreads = threads();
  let timer;
  const silent = full.bytes.then(() => new Promise((_, reject) => (timer = setTimeout(reject, PATIENCE_MS, new Error("no answer")))));
  silent.catch(() => {}); // the race may not have begun yet
  const network = await tail.bytes;
  if ((await sha256(network)) !== tail.sha256) throw new Error("not the right model");
  const session = await Promise.race([createSession(ort, workers, network, sessionOptions("wasm"), 0), silent]);
  clearTimeout(timer);
  await session.release();
}

/** Go on from the network that set-up has opened, and let a worker look at the known picture. */
function goOn() {
  let trusted = "";
  try {
    trusted = localStorage.getItem("onlooker:trusted") ?? "";
  } catch {} // a browser that keeps nothing
  const network = open(DEFAULT, trusted, Boolean(navigator.serviceWorker?.controller));
  const { parts, opened: settled } = network;
  return { model: DEFAULT, network, parts: {}, workers: null, settled, inWords: (said) => inWords(parts, said) };
}

/** Begin with a model of that name. Gives {parts by path, workers, awake, settled, inWords}. */
async function begin(name) {
  const runtime = import(new URL(`${FOLDER}ort.wasm.min.mjs`, page));
  runtime.catch(() => {}); // who waits for it is told
  // onnxruntime-web fetches and compiles it by itself and tells nobody. Chromium gives the same bytes to whoever counts
  // them; in Firefox the one may wait for the other for ever. From the offline copy it is there at once.
  const countable = navigator.userAgentData && !navigator.serviceWorker?.controller;
  const binary = countable && part(`${FOLDER}${BINARY}`, "Runtime", { keep: false });
  const response = await fetch(new URL("models/manifest.json", page));
  const { model: models } = await response.json();
  const parts = {};
  const model = (form) => {
    const { file, bytes, sha256 } = models.find((one) => one.name === name && one.form === form);
    // Python says what is wrong with a manifest (detector/model.py); until then nothing is asked of it.
    if (!/^\w[\w.-]*$/.test(file) || !(bytes > 0 && bytes <= LARGEST)) throw new Error("no file of a model");
    return Object.assign(part(`models/${file}`, "Model", { size: bytes }), { path: `./models/${file}`, sha256 });
  };
  const full = model("full");
  parts[full.path] = full;
  const workers = [];
  const awake = wake(runtime, model("tail"), full, workers); // its bytes go to the worker: nobody else can have them
  awake.catch(() => {});
  if (binary) parts[`./${FOLDER}${BINARY}`] = binary;
  const settled = Promise.all([awake, ...Object.values(parts).map((one) => one.bytes)]);
  settled.catch(() => {});
  return { network: null, parts, workers, awake, settled, inWords: (said) => inWords(parts, said) };
}

/** How far all of it is, in words: "Model 3.1 of 4.9 MB, Runtime 10.0 of 14.2 MB". said: an English text in the page's language. */
function inWords(parts, said) {
  const sums = new Map();
  for (const { label, received, total } of Object.values(parts)) {
    const [before, all] = sums.get(label) ?? [0, 0];
    sums.set(label, [before + received, all + total]);
  }
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  const told = ([label, [received, total]]) =>
    `${said(label)} ${said(`${megabytes(received)}${total ? ` of ${megabytes(total)}` : ""} MB`)}`;
  return [...sums].map(told).join(", ");
}

const model = wanted();
/** What was begun, or null: for those who ask before this script is here (boot.js), and after. */
export const ahead = model === DEFAULT ? Promise.resolve(goOn()) : model ? begin(model) : Promise.resolve(null);
ahead.catch(() => {}); // Python does it again, and has the words for what is wrong
window.onlookerAhead = ahead;
