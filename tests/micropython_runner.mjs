// Runs the core's tests on the page's own MicroPython, in Node, without a browser.
//
//   node tests/micropython_runner.mjs
//
// prints one line of JSON for each module that is imported and each test that is run: see micropython_runner.py.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDERS = ["detector", "detector/browser", "tests", "tests/core", "tests/micropython"];
const INTERPRETER = join(ROOT, "vendor", "micropython", "micropython.mjs");

if (!existsSync(INTERPRETER)) {
  console.error(`There is no ${INTERPRETER}: run "python3 -m tools setup" first.`);
  process.exit(2);
}
const { loadMicroPython } = await import(pathToFileURL(INTERPRETER));
const micropython = await loadMicroPython({ stdout: (line) => console.log(line), linebuffer: true });

for (const folder of FOLDERS) {
  micropython.FS.mkdir("/" + folder);
  for (const name of readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(".py"))) {
    micropython.FS.writeFile(`/${folder}/${name}`, readFileSync(join(ROOT, folder, name)));
  }
}
micropython.FS.writeFile("/main.py", readFileSync(join(ROOT, "main.py")));
await micropython.runPythonAsync(readFileSync(join(ROOT, "tests", "micropython_runner.py"), "utf8"));
