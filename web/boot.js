// Runs before any Python. A classic script on purpose: browsers refuse modules on file://, and this
// is the one who has to say so. It picks the Python, starts PyScript, and never lets a start fail silently.
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const BOOT_LIMIT_MS = 30_000;

  const query = new URLSearchParams(location.search);
  const alone = "oneFile" in root.dataset; // all of it is in this document (tools/release/one_file)
  const pyodide = query.get("python") === "pyodide" && !alone;
  const served = location.protocol !== "file:" || alone;
  // First of all what is waited for longest: to ask what an earlier visit has kept takes as long as to fetch it.
  // All modules in one file, where the server has it. Without it PyScript reads pyscript.toml and what that names.
  const packed =
    served && !pyodide
      ? fetch("./detector.json").then((response) => (response.ok ? response.json() : null)).catch(() => null)
      : Promise.resolve(null);
  if (served && !pyodide && !alone) {
    const preload = { rel: "preload", as: "fetch", crossOrigin: "anonymous", href: "./vendor/micropython/micropython.wasm" };
    document.head.append(Object.assign(document.createElement("link"), preload));
  }
  // Who reads another language than English gets its words before Python asks for them, from web/words.js.
  const said = (text) => window.onlookerWords?.told(text) ?? text;
  const chosen = () => {
    try {
      const kept = parent === window ? JSON.parse(localStorage.getItem("onlooker:settings")) : []; // not in others' pages
      return query.get("lang") || new Map(kept).get("lang");
    } catch {
      return ""; // a browser that keeps nothing, or has kept nothing yet
    }
  };
  const english = /^en\b/i.test(chosen() || navigator.language) || !served;
  if (!english) import("./words.js").catch(() => {}); // Python tries again

  const fail = (code, title, hint, details = "") => {
    root.dataset.state = "error";
    for (const id of ["empty", "progress"]) byId(id).hidden = true;
    byId("error-title").textContent = said(title);
    byId("error-hint").textContent = said(hint);
    byId("error-trace").textContent = details;
    byId("error-details").hidden = !details;
    byId("error").hidden = false;
    const retry = byId("error-retry");
    retry.hidden = !served;
    retry.onclick = () => root.dataset.python || location.reload(); // a Python that came late tries again by itself
    byId("error-dismiss").hidden = true;
    document.dispatchEvent(
      new CustomEvent("detector:error", { detail: { version: 1, code, message: title, hint } }),
    );
  };

  if (!served) {
    fail(
      "file-protocol",
      "This page was opened as a file.",
      "Browsers run Python only from a server. In the folder of this page, type “make serve” (or “python3 -m tools serve”), then open the address that it prints. Or open onlooker.html, which is this page in one file and needs no server: “make bundle” writes it.",
    );
    // A module could not be read here.
    document.head.append(Object.assign(document.createElement("script"), { src: "./web/unserved.js" }));
    return;
  }
  if (typeof WebAssembly !== "object") {
    fail(
      "unsupported",
      "This browser has no WebAssembly.",
      "Onlooker needs it to run Python and the detector. Update the browser, or ask whoever manages it to allow WebAssembly.",
    );
    return;
  }

  const hasDatabase = () => {
    try {
      return Boolean(window.indexedDB);
    } catch {
      return false; // it is there, and not for this page
    }
  };
  if (pyodide && !hasDatabase()) {
    fail(
      "unsupported",
      "This browser has no IndexedDB.",
      "Pyodide needs it. Open this page without “python=pyodide” in its address: the usual Python needs none.",
    );
    return;
  }

  // On a slow line Python may be up before the script that has the large parts on their way: whoever asks waits for it.
  window.onlookerAhead ??= import("./ahead.js").then(({ ahead }) => ahead);
  window.onlookerAhead.catch(() => {}); // Python does it itself

  // What the visitor does before Python is up is kept, and honoured once it is.
  const early = (window.onlookerEarly = { start: false, given: null, taken });
  const waiting = () => {
    root.dataset.state = "loading";
    byId("empty").hidden = true;
    byId("progress").hidden = false;
    byId("progress-text").textContent = said("Starting Python");
    showAhead();
  };
  // Until Python takes over: how far the large parts are.
  const showAhead = async () => {
    const begun = await window.onlookerAhead.catch(() => null);
    if (!begun) return;
    const timer = setInterval(() => {
      if (root.dataset.python || root.dataset.state !== "loading") return clearInterval(timer);
      byId("progress-bytes").textContent = begun.inWords(said);
    }, 100);
  };
  document.addEventListener("click", (event) => {
    const does = event.target.closest("#start, #choose, [data-does]");
    if (!does || root.dataset.python) return;
    if ((does.dataset.does ?? does.id) === "choose") {
      byId("files").click();
    } else {
      early.start = true;
      waiting();
    }
  });
  byId("files").addEventListener("change", () => root.dataset.python || waiting());
  if (byId("files").files.length) waiting();
  // Both: where the page changes under a drag, it is only entered before it is dropped.
  for (const name of ["dragenter", "dragover"]) document.addEventListener(name, (event) => event.preventDefault());
  const give = (event) => {
    if (root.dataset.python) return;
    early.given = taken(event);
    if (early.given.files.length && !early.given.held.length) waiting(); // who knows what is in a folder
  };
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    give(event);
  });
  document.addEventListener("paste", give);

  // PyScript opens a database for a feature that this page does not use. A browser that keeps the storage of other
  // sites' frames from them, as in a private window, refuses that: twice over, as a rejection and as an error, and maybe
  // only once Python is up. Others have none.
  const isOfNoUse = (reason, file) =>
    (reason instanceof Event && window.IDBRequest && reason.target instanceof IDBRequest) ||
    ((!hasDatabase() || reason?.name === "InvalidStateError") && (file || reason?.stack)?.includes("/vendor/pyscript/"));

  const failedToBoot = (event) => {
    const reason = event.reason ?? event.error ?? event.message;
    if (isOfNoUse(reason, event.filename)) {
      event.stopImmediatePropagation();
      return event.preventDefault();
    }
    if (root.dataset.python) return; // from here on Python reports its own errors
    fail(
      "boot",
      "The page could not start its Python.",
      "Check the connection and try again. If it stays, a file of this page is missing on its server.",
      String(reason?.stack ?? reason),
    );
    explainType().catch(() => {}); // without a connection there is nothing to add
  };
  // Browsers refuse a module that its server does not call JavaScript, and say so only in the console.
  const explainType = async () => {
    const interpreter = query.get("python") === "pyodide" ? "pyodide/pyodide.mjs" : "micropython/micropython.mjs";
    for (const path of ["vendor/pyscript/core.js", `vendor/${interpreter}`]) {
      const { ok, headers } = await fetch(path, { method: "HEAD" });
      const type = headers.get("Content-Type") || "no type";
      if (!ok || /(java|ecma)script/i.test(type)) continue;
      const kind = path.slice(path.lastIndexOf("."));
      const hint = `The server of this page sends ${path} as “${type}”, and browsers run a module only if it comes as text/javascript. Whoever runs the server has to set that type for ${kind} files.`;
      byId("error-hint").textContent = said(hint);
      return;
    }
  };
  window.addEventListener("unhandledrejection", failedToBoot);
  window.addEventListener("error", failedToBoot);
  setTimeout(() => {
    if (!root.dataset.python && root.dataset.state !== "error") {
      fail(
        "boot",
        "Python has not started after 30 seconds.",
        "The connection may be very slow, or a file is blocked. Try again, or ask whoever runs this page to look at it.",
      );
    }
  }, BOOT_LIMIT_MS);

  const script = byId("python");
  if (pyodide) {
    script.type = "py";
    script.setAttribute("config", "./studio.toml");
  }
  // PyScript fetches all its plugins for a Python without a configuration, even if no script uses it.
  const unused = document.createElement(pyodide ? "mpy-config" : "py-config");
  unused.setAttribute("type", "json");
  unused.hidden = true;
  const plugins = ["codemirror", "deprecations-manager", "donkey", "error", "py-editor", "py-game", "py-terminal"];
  unused.textContent = JSON.stringify({ plugins: plugins.map((name) => `!${name}`) });
  document.body.append(unused);

  const core = new URL("./vendor/pyscript/core.js", document.baseURI);
  const framed = new URL("./web/framed.js", document.baseURI);
  const admitted = parent === window ? Promise.resolve() : import(framed).then((page) => page.admitted());
  admitted
    .then(() => window.onlookerWhole) // of a page in one file: false where its end is missing
    .then((whole) => {
      if (whole === false) return fail("boot", "This file is not whole.", "Its end is missing: copy it, or send it, once more.");
      return packed.then(startPython);
    })
    .catch((error) => (error.code === "embed-refused" ? refuse(error) : failedToBoot({ error })));

  function startPython(sources) {
    if (sources) {
      script.setAttribute("config", JSON.stringify(sources.config));
      script.removeAttribute("src");
      script.textContent = sources.main;
    }
    return import(core).then(({ hooks }) => {
      // PyScript builds one function from text, for its worker hooks. Nothing here runs in its workers,
      // and without it the page keeps a policy that forbids eval.
      hooks.worker.onBeforeRunAsync.clear();
      if (sources) hooks.main.onReady.add(({ interpreter }) => unpack(interpreter.FS, sources.files));
    });
  }

  // What a drop or a paste holds. Only while its event lasts do browsers give it; web/dropped.js has what is made of it.
  function taken(event) {
    const data = event.dataTransfer ?? event.clipboardData;
    const text = (type) => data?.getData(type) ?? "";
    const held = [...(data?.items ?? [])]
      .filter(({ kind }) => kind === "file")
      .map((item) => {
        const entry = item.webkitGetAsEntry?.();
        return entry?.isDirectory ? entry : item.getAsFile();
      })
      .filter(Boolean);
    const pasted = event.type === "paste";
    // A slider may well have the focus, but takes no text.
    const fields = "input:not([type=range], [type=checkbox]), textarea, select, [contenteditable]";
    return {
      files: [...(data?.files ?? [])], // a folder is one of them, and cannot be read
      held: held.some((one) => one.isDirectory) ? held : [], // where there are folders, they and the files beside them
      html: text("text/html"),
      addresses: ["text/uri-list", "text/x-moz-url", "text/plain"].map(text),
      pasted,
      inField: pasted && Boolean(event.composedPath()[0]?.closest?.(fields)),
    };
  }

  // Nothing of the page is shown to a page that may not embed it, nor does anything of it run.
  function refuse({ code, message, hint }) {
    fail(code, message, hint);
    byId("error-retry").hidden = true;
    document.body.replaceChildren(byId("error"));
    document.body.className = "refused";
  }

  function unpack(fs, files) {
    for (const [path, content] of Object.entries(files)) {
      const folders = path.split("/").slice(0, -1);
      folders.forEach((_, depth) => {
        const folder = folders.slice(0, depth + 1).join("/");
        if (!fs.analyzePath(folder).exists) fs.mkdir(folder);
      });
      const compiled = path.endsWith(".mpy");
      fs.writeFile(path, compiled ? Uint8Array.from(atob(content), (char) => char.charCodeAt(0)) : content);
    }
  }
})();
