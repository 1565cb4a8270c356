// The whole network on two builds of the same runtime: `node compare_runtimes.mjs MODEL FOLDER FOLDER`, one JSON line.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import * as ort from "onnxruntime-web";
import { sessionOptions } from "../../../web/bridge.js";

const [model, ...folders] = process.argv.slice(2);
const outputs = [];
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = pathToFileURL(`${folders[0]}/`).href;
ort.env.logLevel = "error";
const session = await ort.InferenceSession.create(readFileSync(model), sessionOptions("wasm"));
const pixels = new Uint8Array(300 * 300 * 4).map((_, index) => (index * 7919 + (index >> 9) * 31) % 256);
const found = await session.run({ image: new ort.Tensor("uint8", pixels, [1, 300, 300, 4]) });
for (const name of session.outputNames) outputs.push([...found[name].data].map(Number));
process.stdout.write(JSON.stringify(outputs), () => process.exit(0));
