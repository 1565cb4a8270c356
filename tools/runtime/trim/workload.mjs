// All that a visit may do with onnxruntime-web's wasm build: `node workload.mjs MODELS FOLDER THREADS [MARKS]`.
// MARKS: a file for the first 1,024 bytes of its memory (observe.py).
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as ort from "onnxruntime-web";
import { sessionOptions } from "../../../web/bridge.js";
import { memories } from "./memories.mjs";

const [models, folder, threads, marks] = process.argv.slice(2);
ort.env.wasm.numThreads = Number(threads);
ort.env.wasm.wasmPaths = pathToFileURL(`${folder}/`).href;
ort.env.logLevel = "error";

const create = (data) => ort.InferenceSession.create(new Uint8Array(data), sessionOptions("wasm"));
const { model: entries } = JSON.parse(readFileSync(join(models, "manifest.json"), "utf8"));

function feeds({ input }, round) {
  const made = {};
  for (const { name, dtype, shape } of [input].flat()) {
    const length = shape.reduce((product, side) => product * side);
    const value = (i) => (i * 7919 + (i >> 9) * 31 * round) % 256;
    const data = dtype === "uint8" ? Uint8Array.from({ length }, (_, i) => value(i)) : Float32Array.from({ length }, (_, i) => (value(i) - 127) / 30);
    made[name] = new ort.Tensor(dtype, data, shape);
  }
  return made;
}

async function fails(work) {
  const worked = await work().then(() => true, () => false);
  if (worked) throw new Error("What should have failed did not.");
}

for (let round = 0; round < 2; round++) {
  for (const entry of entries) {
    const session = await create(readFileSync(join(models, entry.file)));
    for (let run = 0; run < 6; run++) {
      const outputs = await session.run(feeds(entry, run));
      for (const tensor of Object.values(outputs)) tensor.dispose();
    }
    await session.release();
  }
}
const tail = entries.find(({ form }) => form === "tail");
const full = readFileSync(join(models, entries[0].file));
const session = await create(readFileSync(join(models, tail.file)));
const small = (length, ...dims) => new ort.Tensor("float32", new Float32Array(length), dims);
await fails(() => session.run({ encodings: small(4, 1, 1, 4) })); // one is missing
await fails(() => session.run({ encodings: small(4, 1, 1, 4), logits: small(2, 1, 1, 2) })); // of other sizes
await fails(() => session.run({ encodings: small(4, 4), logits: small(2, 2) })); // of another rank
const bytes = new ort.Tensor("uint8", new Uint8Array(4), [1, 1, 4]);
await fails(() => session.run({ encodings: bytes, logits: bytes })); // of another type
await session.release();
await fails(() => create(new Uint8Array(1000)));
await fails(() => create(full.subarray(0, 100_000)));
await fails(() => create(full.map((byte, i) => (i % 9973 === 50 ? byte ^ 0x55 : byte)))); // damaged
if (marks) writeFileSync(marks, new Uint8Array(memories[0].buffer).slice(0, 1024));
process.stdout.write("done\n", () => process.exit(0)); // onnxruntime-web's threads would keep it alive
