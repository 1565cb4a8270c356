// The default network on WebAssembly, in a worker of its own that begins where set-up left off (tools/runtime/snapshot): no
// part of the page is waited for, however busy Python keeps it. Who starts it is web/network.js; what it is to do is in
// its name,
//   {model, threads, trusted, kept}
// as JSON, so that it begins before any message could come. To it come
//   {run: number, image: Uint8Array, shape}        one at a time
// and from it go
//   {part, received, total}                        bytes, now and then
//   {opened: {known, took}} or {failed}            known: the known picture's {outputs, width, height}, or null
//   {ran: number, outputs} or {ran, failed}        outputs: name -> {data, dims}; failed: {name, message}
import { readBody, sessionOptions, sha256 } from "./bridge.js";

const FOLDER = "vendor/ort/";
const page = new URL("../", import.meta.url);
// trusted: what is remembered of the known picture. kept: all of it is on this device, and there is no progress to tell.
const { model: name, threads, trusted, kept } = JSON.parse(self.name);
const began = performance.now();
// Asked for before the list of models says that it is the right one.
const MODEL = `models/${name}.onnx`;
const early = Object.fromEntries(
  [MODEL, "models/manifest.json", `${FOLDER}snapshots.json`].map((path) => [path, fetched(path)]),
);
for (const response of Object.values(early)) response.catch(() => {}); // who takes it is told
const runtime = import(new URL(`${FOLDER}ort.wasm.min.mjs`, page));
runtime.catch(() => {});
const counted = { Model: { received: 0, total: 0 }, Runtime: { received: 0, total: 0 } };
let ort, session;

self.onmessage = async ({ data: { run, image, shape } }) => {
  try {
    const [outputs, buffers] = await ran(image, shape);
    self.postMessage({ ran: run, outputs }, buffers);
  } catch (thrown) {
    self.postMessage({ ran: run, failed: told(thrown) });
  }
};

opened().then(
  ([answer, buffers]) => self.postMessage({ opened: answer }, buffers),
  (thrown) => self.postMessage({ failed: told(thrown) }),
);

/** What was thrown, as a message: WebAssembly throws numbers. */
function told(thrown) {
  return { name: thrown?.name ?? "Error", message: String(thrown?.message ?? thrown) };
}

async function fetched(path) {
  const response = await fetch(new URL(path, page));
  if (!response.ok) throw new Error(`${path}: status ${response.status}`);
  return response;
}

/** {content, checked}: promises of a file's bytes, and that they are the right ones. label: the part that it belongs to. */
function part(label, response, size, digest) {
  const content = bytesOf(label, response, size);
  const checked = content.then(async (bytes) => {
    if (bytes.length !== size || (await sha256(bytes)) !== digest) throw new Error(`${label}: not the right file`);
  });
  for (const promise of [content, checked]) promise.catch(() => {}); // who waits for it is told
  return { content, checked };
}

/** So many more bytes of a part are here. */
function count(label, more) {
  const one = counted[label];
  one.received += more;
  self.postMessage({ part: label, ...one });
}

async function bytesOf(label, response, size) {
  let before = 0;
  const tell = (received) => {
    count(label, received - before);
    before = received;
  };
  return kept ? new Uint8Array(await (await response).arrayBuffer()) : readBody(await response, true, tell, size);
}

async function opened() {
  const [manifest, snapshots] = await Promise.all(
    ["models/manifest.json", `${FOLDER}snapshots.json`].map(async (path) => (await early[path]).json()),
  );
  const { file, bytes, sha256: digest, input } = manifest.model.find((one) => one.name === name && one.form === "full");
  const memory = snapshots.models[digest]?.[threads];
  if (!memory || `models/${file}` !== MODEL) throw new Error(`no snapshot of ${name} for ${threads} threads`);
  counted.Model.total = bytes;
  counted.Runtime.total = memory.bytes + snapshots.wasm.bytes;
  const image = part("Runtime", fetched(FOLDER + memory.file), memory.bytes, memory.sha256);
  const model = part("Model", early[MODEL], bytes, digest);
  globalThis.onlookerSnapshot = {
    glue: new URL(`${FOLDER}ort-wasm-simd-threaded.mjs`, page).href,
    compiled: compiled(FOLDER + snapshots.wasm.file, snapshots.wasm.bytes),
    image: image.checked.then(async () => (await image.content).buffer),
    model: model.content,
  };
  for (const awaited of ["compiled", "image"]) globalThis.onlookerSnapshot[awaited].catch(() => {});
  const seen = trusted.includes(digest) && trusted.includes(navigator.userAgent);
  const known = seen ? null : picture(fetched(`models/${manifest.check.picture}`), input.shape).catch(() => null);
  ort = await runtime;
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = {
    mjs: new URL("./snapshot.js", import.meta.url).href,
    wasm: new URL(FOLDER + snapshots.wasm.file, page).href,
  };
  // The model is in what it begins with: nobody looks at this one. The first call starts the runtime, also while the kernels
  // are on their way; then it finds no session yet.
  const create = () => ort.InferenceSession.create(new Uint8Array(1), sessionOptions("wasm"));
  const first = await create().catch((error) => error);
  if (!globalThis.onlookerSnapshot.network) throw first;
  await Promise.all([globalThis.onlookerSnapshot.network, model.checked]);
  session = first instanceof Error ? await create() : first;
  const shown = await known;
  if (!shown) return [{ known: null, took: performance.now() - began }, []];
  const [outputs, buffers] = await ran(shown.pixels, input.shape);
  const { width, height } = shown;
  return [{ known: { outputs, width, height }, took: performance.now() - began }, buffers];
}

async function compiled(path, size) {
  // Also where a host does not call it WebAssembly: asked for again, as a copy of a response that nobody reads holds
  // Firefox up.
  const whole = async () => WebAssembly.compile(await (await fetched(path)).arrayBuffer());
  // Firefox compiles on as many threads as there are cores, and who waits for bytes holds one: on two cores this one and
  // Python's may wait for each other for ever.
  const streamed = !navigator.userAgent.includes("Firefox/");
  const module = await (streamed ? WebAssembly.compileStreaming(fetched(path)).catch(whole) : whole());
  count("Runtime", size);
  return module;
}

async function ran(image, shape) {
  const outputs = await session.run({ image: new ort.Tensor("uint8", image, shape) });
  const told = {};
  for (const [name, { data, dims }] of Object.entries(outputs)) told[name] = { data, dims };
  return [told, Object.values(told).map(({ data }) => data.buffer)];
}

/** The known picture at the network's size, as detector/browser/sources/frame_grabber.py draws one. */
async function picture(response, [, side]) {
  const bitmap = await createImageBitmap(await (await response).blob());
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true, alpha: false });
  context.drawImage(bitmap, 0, 0, side, side);
  bitmap.close();
  return { pixels: new Uint8Array(context.getImageData(0, 0, side, side).data.buffer), width, height };
}
