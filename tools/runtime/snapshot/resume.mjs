// Goes on from a snapshot as the page does, by web/snapshot.js: `node resume.mjs FOLDER MODEL THREADS [MARKS LENGTH]`.
// FOLDER has that script in the place of onnxruntime's glue, the glue, `build.wasm` and `image`. Written there: `outputs`;
// or, of a build that leaves marks (marking.py), `marks`: LENGTH bytes from MARKS on.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as ort from "onnxruntime-web";
import { sessionOptions } from "../../../web/bridge.js";
import { memories } from "../trim/memories.mjs";
import { outputsOf, refusals } from "./pictures.mjs";

const [folder, model, threads, marks, length] = process.argv.slice(2);
const bytesOf = (name) => new Uint8Array(readFileSync(join(folder, name)));
globalThis.onlookerSnapshot = {
  glue: pathToFileURL(join(folder, "glue.mjs")).href,
  compiled: WebAssembly.compile(bytesOf("build.wasm")),
  image: Promise.resolve(bytesOf("image").buffer),
  model: Promise.resolve(new Uint8Array(readFileSync(model))),
};
ort.env.wasm.numThreads = Number(threads);
ort.env.wasm.wasmPaths = pathToFileURL(`${folder}/`).href;
ort.env.logLevel = "error";
const create = () => ort.InferenceSession.create(new Uint8Array(1), sessionOptions("wasm"));
const first = await create().catch(() => null); // starts the runtime, and may find no session yet (web/opened.js)
await globalThis.onlookerSnapshot.network;
const session = first ?? (await create());
const outputs = await outputsOf(ort, session, marks ? 300 : 20); // marks take time
await refusals(ort, session);
await session.release();
if (marks) {
  const { buffer } = memories.findLast(({ buffer: { byteLength } }) => byteLength > 0);
  writeFileSync(join(folder, "marks"), new Uint8Array(buffer, Number(marks), Number(length)).slice());
}
writeFileSync(join(folder, "outputs"), outputs);
process.stdout.write("done\n", () => process.exit(0)); // onnxruntime-web's threads would keep it alive
