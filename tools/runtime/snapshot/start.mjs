// Opens a network in onnxruntime-web and writes what its memory is then: `node start.mjs FOLDER MODEL THREADS [MARKS LENGTH]`.
// FOLDER has the build, whose globals are exported, and its glue. Written there: `memory`, and `state`, of what was
// called. Threads are not started: that is left to who goes on from there. Of a build that leaves marks (marking.py) only
// `marks` is written: LENGTH bytes from MARKS on.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as ort from "onnxruntime-web";
import { sessionOptions } from "../../../web/bridge.js";

const [folder, model, threads, marks, length] = process.argv.slice(2);
const inFolder = (name) => join(folder, name);
const { names } = JSON.parse(readFileSync(inFolder("names.json"), "utf8"));
const LARGEST = 2 ** 24; // bytes
const PAGE = 2 ** 16; // bytes, of WebAssembly
const state = { main: [], threads: [] };
let exports, memory;

// Where onnxruntime-web expects its glue (snapshot.mjs); this is what that finds.
globalThis.onlookerStart = (factory, config) =>
  factory({
    ...config,
    numThreads: 1, // of emscripten's; onnxruntime makes as many as it was told to
    instantiateWasm(imports, done) {
      const [functions] = Object.values(imports);
      memory = Object.values(functions).find((value) => value instanceof WebAssembly.Memory);
      if (marks) memory.grow((Number(marks) + Number(length) - memory.buffer.byteLength) / PAGE);
      const noted = { ...functions };
      for (const name of [names.main_thread, names.mailbox]) {
        noted[name] = (...values) => {
          state.main.push([name, ...values]);
          return functions[name](...values);
        };
      }
      noted[names.new_thread] = (...values) => {
        state.threads.push([names.new_thread, ...values]);
        return 0;
      };
      // No variables of the environment: among them are the program's path and the visitor's language.
      for (const name of names.environment) {
        noted[name] = (...values) => {
          const view = new DataView(memory.buffer);
          if (name === names.environment[0]) for (const address of values) view.setUint32(address >>> 0, 0, true);
          return 0;
        };
      }
      const [key] = Object.keys(imports);
      WebAssembly.instantiate(readFileSync(inFolder("build.wasm")), { [key]: noted }).then(({ instance, module }) => {
        exports = instance.exports;
        const create = exports[names.create];
        const noting = (...values) => (state.session = create(...values));
        done({ exports: { ...exports, [names.create]: noting } }, module);
      });
    },
  });
ort.env.wasm.numThreads = Number(threads);
ort.env.wasm.wasmPaths = pathToFileURL(`${folder}/`).href;
ort.env.logLevel = "error";
await ort.InferenceSession.create(new Uint8Array(readFileSync(model)), sessionOptions("wasm"));

if (marks) {
  writeFileSync(inFolder("marks"), new Uint8Array(memory.buffer, Number(marks), Number(length)).slice());
  process.exit(0);
}

// All free memory becomes somebody's, and zero: what was left in it is of no use, and who goes on takes memory from the end.
const { malloc } = names;
const used = new Uint8Array(memory.buffer);
const top = used.findLastIndex((byte) => byte !== 0);
const taken = [];
for (let size = LARGEST; size >= 8; size /= 2) {
  for (;;) {
    const address = exports[malloc](size) >>> 0;
    if (!address) throw new Error("no memory");
    if (address + size > top) {
      exports[names.free](address);
      break;
    }
    taken.push([address, size]);
  }
}
for (const [address, size] of taken) new Uint8Array(memory.buffer, address, size).fill(0);
state.globals = Object.fromEntries(
  Object.entries(exports).filter(([, value]) => value instanceof WebAssembly.Global).map(([name, { value }]) => [name, value]),
);
writeFileSync(inFolder("memory"), new Uint8Array(memory.buffer).slice());
writeFileSync(inFolder("state"), JSON.stringify(state));
process.stdout.write("done\n", () => process.exit(0));
