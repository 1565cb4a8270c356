// Opens a network as usual: `node usual.mjs FOLDER MODEL THREADS`. FOLDER has the build and its glue under their own names.
// Written there: `expected`, what comes out of it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as ort from "onnxruntime-web";
import { sessionOptions } from "../../../web/bridge.js";
import { outputsOf } from "./pictures.mjs";

const [folder, model, threads] = process.argv.slice(2);
ort.env.wasm.numThreads = Number(threads);
ort.env.wasm.wasmPaths = pathToFileURL(`${folder}/`).href;
ort.env.logLevel = "error";
const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(model)), sessionOptions("wasm"));
writeFileSync(join(folder, "expected"), await outputsOf(ort, session));
process.stdout.write("done\n", () => process.exit(0)); // onnxruntime-web's threads would keep it alive
