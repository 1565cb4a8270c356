// Starts PyScript, in the copy beside this file, for a page with one script: <script type="mpy" config="...">, or "py".
// data-pyodide on it names the configuration for Pyodide, and then ?python=pyodide in the address takes that Python.
const script = document.querySelector('script[type="mpy"], script[type="py"]');
if (script.dataset.pyodide && new URLSearchParams(location.search).get("python") === "pyodide") {
  script.type = "py";
  script.setAttribute("config", script.dataset.pyodide);
}

// PyScript fetches all its plugins for the Python that is not used, unless they are refused.
const unused = document.createElement(script.type === "py" ? "mpy-config" : "py-config");
const plugins = ["codemirror", "deprecations-manager", "donkey", "error", "py-editor", "py-game", "py-terminal"];
unused.setAttribute("type", "json");
unused.hidden = true;
unused.textContent = JSON.stringify({ plugins: plugins.map((name) => `!${name}`) });
document.body.append(unused);

// It makes one function from text, for workers. Without it a policy may forbid eval, as Onlooker's does.
const { hooks } = await import("../vendor/pyscript/core.js");
hooks.worker.onBeforeRunAsync.clear();
