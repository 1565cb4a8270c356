// Runs the core's tests on the page's own MicroPython, in Node, without a browser.
//
//   node tests/micropython_runner.mjs
//
// prints one line of JSON for each module that is imported and each test that is run: see micropython_runner.py.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDERS = ["detector", "tests/core", "tests/micropython"];
const ELSEWHERE = new Set(["native", "pillow", "studio"]); // they run on CPython or Pyodide
const INTERPRETER = join(ROOT, "vendor", "micropython", "micropython.mjs");

if (!existsSync(INTERPRETER)) {
  console.error(`There is no ${INTERPRETER}: run "python3 -m tools setup" first.`);
  process.exit(2);
}
const { loadMicroPython } = await import(pathToFileURL(INTERPRETER));
const micropython = await loadMicroPython({ stdout: (line) => console.log(line), linebuffer: true });

function copy(folder) {
  micropython.FS.mkdir("/" + folder);
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory() && !(folder === "detector" && ELSEWHERE.has(entry.name))) copy(path);
    else if (entry.name.endsWith(".py")) micropython.FS.writeFile("/" + path, readFileSync(join(ROOT, path)));
  }
}

micropython.FS.mkdir("/tests");
micropython.FS.writeFile("/tests/__init__.py", readFileSync(join(ROOT, "tests/__init__.py")));
FOLDERS.forEach(copy);
micropython.FS.writeFile("/main.py", readFileSync(join(ROOT, "main.py")));
await micropython.runPythonAsync(readFileSync(join(ROOT, "tests", "micropython_runner.py"), "utf8"));
