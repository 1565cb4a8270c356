// The studio: Pyodide with numpy and Pillow in a worker of its own, and detector/studio in it. It boots at once.
//
//   in   { id, method, args }            detector/studio/service.py has the methods. An `args.picture`, a Blob or an
//                                        ImageBitmap, arrives there as pixels (RGBA, upright), width and height; with
//                                        `args.largest`, shrunk to that many pixels at its longer side. Each of
//                                        `args.words`, { text, size, room, weight, direction }, arrives as the mask of
//                                        its letters: { width, height, mask }.
//   out  { id, result }                  a result { type, content } leaves as a Blob
//        { id, error }                   { code, message, hint }
//        { progress }                    { stage, received, total }: unpacked bytes of one part as they arrive, total 0
//                                        where the server does not tell
//        { step }                        what it does now, in words
import { decode } from "./picture.js";

const PYODIDE = new URL("../vendor/pyodide/", import.meta.url);
const ROOT = new URL("../", import.meta.url);
// Written by tools/serve/modules.py.
const SOURCES = [
  "detector/__init__.py",
  "detector/by_name.py",
  "detector/detection.py",
  "detector/drawing/__init__.py",
  "detector/drawing/commands.py",
  "detector/drawing/draw.py",
  "detector/drawing/label_memory.py",
  "detector/drawing/label_placement.py",
  "detector/drawing/label_spots.py",
  "detector/drawing/marks.py",
  "detector/drawing/palette.py",
  "detector/drawing/styles/__init__.py",
  "detector/drawing/styles/corners.py",
  "detector/drawing/styles/full.py",
  "detector/drawing/styles/outline.py",
  "detector/drawing/styles/parts.py",
  "detector/drawing/trails.py",
  "detector/errors.py",
  "detector/labels.py",
  "detector/language.py",
  "detector/pillow/__init__.py",
  "detector/pillow/render.py",
  "detector/pipeline.py",
  "detector/result.py",
  "detector/settings.py",
  "detector/stream.py",
  "detector/studio/__init__.py",
  "detector/studio/colours.py",
  "detector/studio/heat.py",
  "detector/studio/paper.py",
  "detector/studio/save.py",
  "detector/studio/service.py",
  "detector/studio/sheet.py",
  "detector/tracking/__init__.py",
  "detector/tracking/assignment.py",
  "detector/tracking/lines.py",
  "detector/tracking/matching.py",
  "detector/tracking/motion.py",
  "detector/tracking/shapes.py",
  "detector/tracking/tracker.py",
  "detector/tracking/zones.py",
  "detector/vision/__init__.py",
  "detector/vision/boxes.py",
  "detector/vision/merging.py",
  "detector/vision/non_maximum_suppression.py",
  "detector/vision/regions.py",
  "detector/vision/warmup.py",
];
const PACKAGES = ["numpy", "pillow"]; // neither depends on others
const TELL_MS = 100;

class StudioError extends Error {
  constructor(message, hint) {
    super(message);
    this.told = { code: "studio", message, hint };
  }
}

const tell = (stage, received, total) => postMessage({ progress: { stage, received, total } });
const step = (words) => postMessage({ step: words });
const fetchNow = globalThis.fetch.bind(globalThis);

/** The response of a file of this page; `part` is what people call it. */
async function get(url, part) {
  const name = String(url).slice(ROOT.href.length);
  let response;
  try {
    response = await fetchNow(url);
  } catch (error) {
    throw notArrived(part ?? name, error);
  }
  if (response.ok) return response;
  throw new StudioError(
    `The server of this page has no ${name} (status ${response.status}).`,
    "Whoever runs this page may have left out the studio. “Save” keeps the picture as it is shown.",
  );
}

const notArrived = (name, error) =>
  new StudioError(
    navigator.onLine ? `The studio could not be fetched: ${name} did not arrive (${error.message}).`
      : "The studio is not on this device yet, and the device is offline.",
    "Check the connection and try again. “Save” keeps the picture as it is shown.",
  );

/** A file's bytes, counted while they arrive. */
async function download(stage, url) {
  tell(stage, 0, 0);
  const response = await get(url, stage);
  const { headers } = response;
  const length = headers.get("X-Uncompressed-Length") ?? (headers.has("Content-Encoding") ? 0 : headers.get("Content-Length"));
  const total = Number(length ?? 0);
  const chunks = [];
  let received = 0;
  let told = -TELL_MS;
  try {
    const reader = response.body.getReader();
    for (;;) {
      if (performance.now() - told >= TELL_MS) {
        told = performance.now();
        tell(stage, received, total);
      }
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      received += value.length;
    }
  } catch (error) {
    throw notArrived(stage, error);
  }
  tell(stage, received, received);
  return new Blob(chunks).arrayBuffer();
}

/** The bytes, if they are those with this sha256. Browsers keep their own hash from pages without https. */
async function verified(stage, bytes, sha256) {
  const digest = crypto.subtle
    ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
    : (await import("../vendor/noble-hashes/sha2.js")).sha256(new Uint8Array(bytes));
  if (Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") === sha256) return bytes;
  throw new StudioError(`The file of ${stage} that arrived is not the right one.`, "Reload the page and try again.");
}

/** Fetch everything at once, and give Pyodide what it asks for from there. Rejects as soon as one part does. */
async function boot() {
  step("Fetching the studio");
  const parts = new Map(); // address: bytes
  const fetchPart = (file, stage) => {
    const bytes = download(stage, new URL(file, PYODIDE));
    parts.set(new URL(file, PYODIDE).href, bytes);
    return bytes;
  };
  const lock = get(new URL("pyodide-lock.json", PYODIDE)).then((response) => response.json());
  const arrived = [
    fetchPart("pyodide.asm.wasm", "Pyodide"),
    fetchPart("python_stdlib.zip", "Python’s library"),
    lock.then(({ packages }) =>
      Promise.all(
        PACKAGES.map((name) => packages[name]).map(async ({ name, file_name, sha256 }) =>
          verified(name, await fetchPart(file_name, name), sha256),
        ),
      ),
    ),
  ];
  const sources = Promise.all(
    SOURCES.map(async (path) => {
      return [path, await (await get(new URL(path, ROOT))).text()];
    }),
  );
  // Pyodide asks for each part once. What is not on its way from above is fetched as ever.
  globalThis.fetch = async (url, options) => {
    const bytes = parts.get(String(url));
    if (!bytes) return fetchNow(url, options);
    parts.delete(String(url));
    return new Response(await bytes, { headers: { "Content-Type": "application/wasm" } });
  };
  const started = start(lock, sources);
  started.catch(() => {}); // what is missing is said better by whoever fetched it
  await Promise.all([...arrived, sources]);
  step("Starting the studio");
  return started;
}

async function start(lock, sources) {
  const code = "pyodide.asm.js";
  const [{ loadPyodide }] = await Promise.all([
    import(new URL("pyodide.mjs", PYODIDE)),
    import(new URL(code, PYODIDE)),
  ]).catch((error) => {
    throw notArrived(code, error);
  });
  await lock; // by now both are on their way
  const pyodide = await loadPyodide({ indexURL: PYODIDE.href, packages: PACKAGES });
  for (const [path, text] of await sources) {
    pyodide.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    pyodide.FS.writeFile(path, text);
  }
  const service = pyodide.pyimport("detector.studio.service");
  return { pyodide, service };
}

/** `args` with the picture's pixels: the browser decodes what it could show, and turns it as its EXIF says. */
async function unpacked({ picture, largest, words, ...args }) {
  if (words) args.words = Object.fromEntries(Object.entries(words).map(([name, line]) => [name, written(line)]));
  if (!picture) return args;
  const bitmap = picture instanceof Blob ? await decoded(picture) : picture;
  const shrink = Math.min(1, (largest ?? Infinity) / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * shrink));
  const height = Math.max(1, Math.round(bitmap.height * shrink));
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return { ...args, width, height, pixels: context.getImageData(0, 0, width, height).data };
}

/** A line of text as { width, height, mask }: the browser has letters for every script, and joins and orders them.
 *  What is wider than `room`, in pixels, loses its middle: names of photos differ at their ends. */
function written({ text, size, room, weight, direction }) {
  const font = `${weight} ${size}px system-ui, sans-serif`;
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const { canvas } = context;
  context.font = font;
  const letters = Array.from(text);
  let shown = text;
  for (let kept = letters.length - 1; kept > 1 && context.measureText(shown).width > room; kept--)
    shown = `${letters.slice(0, Math.ceil(kept / 2)).join("")}…${letters.slice(-Math.floor(kept / 2)).join("")}`;
  const width = (canvas.width = Math.max(1, Math.min(room, Math.ceil(context.measureText(shown).width))));
  const height = (canvas.height = Math.ceil(size * 1.5));
  context.font = font; // a canvas forgets with its size
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.direction = direction;
  context.fillText(shown, 0, height / 2);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, mask: Uint8Array.from({ length: width * height }, (_, pixel) => data[4 * pixel + 3]) };
}

const decoded = (file) =>
  decode(file).catch((error) => {
    throw new StudioError(`The picture could not be read again (${error.message}).`, "Choose it again, then save it.");
  });

async function answer({ method, args }) {
  const { pyodide, service } = await ready;
  step("Drawing");
  const given = pyodide.toPy(await unpacked(args));
  const answered = service.answer(method, given);
  try {
    const { result, error } = answered.toJs({ dict_converter: Object.fromEntries });
    if (error) return { error };
    return { result: result?.content ? new Blob([result.content], { type: result.type }) : result };
  } finally {
    given.destroy();
    answered.destroy();
  }
}

const ready = boot();
ready.catch(() => {}); // each question is answered with it

globalThis.onmessage = async ({ data }) => {
  try {
    postMessage({ id: data.id, ...(await answer(data)) });
  } catch (error) {
    const told = error.told ?? { code: "studio", message: `The studio has stopped (${error.message ?? error}).`, hint: "" };
    postMessage({ id: data.id, error: told });
  }
};
