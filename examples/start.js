// Starts PyScript, in MicroPython, or with ?python=pyodide in the address in Pyodide. A page with one Python and without
// a Content-Security-Policy needs none of this: there <script type="module" src="…/core.js"></script> is enough.
const script = document.querySelector('script[type="mpy"]');
const pyodide = new URLSearchParams(location.search).get("python") === "pyodide";
if (pyodide) {
  script.type = "py";
  script.setAttribute("config", "./pyodide.toml");
}

// PyScript fetches all its plugins for the Python that is not used, unless they are refused.
const unused = document.createElement(pyodide ? "mpy-config" : "py-config");
const plugins = ["codemirror", "deprecations-manager", "donkey", "error", "py-editor", "py-game", "py-terminal"];
unused.setAttribute("type", "json");
unused.hidden = true;
unused.textContent = JSON.stringify({ plugins: plugins.map((name) => `!${name}`) });
document.body.append(unused);

// It makes one function from text, for workers. Without it a policy may forbid eval, as Onlooker's does.
const { hooks } = await import("../vendor/pyscript/core.js");
hooks.worker.onBeforeRunAsync.clear();
