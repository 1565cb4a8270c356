// All files of the page are in this document, packed, each in an element script[data-file="NAME"]. Who asks
// for one, with fetch, import, Worker or as a picture's src, is given it from here, and nothing is ever asked of a network
// or a disk. The page's own code knows nothing of it, and neither do PyScript, MicroPython and onnxruntime-web.
//
// A worker starts with this script too, and has the page give it what it needs: Chromium lets no worker of a file import
// what the page has made.
(() => {
  const inWorker = typeof document === "undefined";
  const source = inWorker ? "" : document.currentScript.textContent;
  let folder = inWorker ? "" : new URL(".", document.baseURI).href; // where the page's files would be, beside this one
  let page = null; // a worker's way to it
  // What a module is told of its own place: onnxruntime-web takes a file: there for a bundler's mistake.
  const home = () => (location.origin === "null" ? "onlooker://file/" : folder);

  /** The name of the page's file that an address means; null for another's. */
  function nameOf(asked) {
    let address = "";
    try {
      ({ href: address } = new URL(asked.url ?? asked, folder));
    } catch {
      return null;
    }
    const around = [folder, home()].find((one) => address.startsWith(one));
    return around ? address.slice(around.length).replace(/[?#].*/, "") : null;
  }

  // The files

  const blobs = new Map(); // name -> promise of a Blob, or of null where there is no such file

  function blobOf(name) {
    if (!blobs.has(name)) blobs.set(name, inWorker ? askPage(name) : unpacked(name));
    return blobs.get(name);
  }

  const elements = new Map(); // those that were not asked for yet, out of the document
  const parsed =
    inWorker || document.readyState !== "loading" || new Promise((resolve) => addEventListener("DOMContentLoaded", resolve));

  /**
   * Take all elements that are here, but for the last one: its end may still be to come.
   * Whether something follows it says nothing: PyScript appends elements of its own meanwhile.
   */
  function gather() {
    const here = [...document.querySelectorAll("script[data-file]")];
    if (document.readyState === "loading") here.pop();
    for (const one of here) {
      elements.set(one.dataset.file, one);
      one.remove();
    }
  }

  async function unpacked(name) {
    gather();
    if (!elements.has(name)) {
      await parsed;
      gather();
    }
    const element = elements.get(name);
    if (!element) return null;
    elements.delete(name);
    const packed = new Blob([bytesOf(element.textContent)]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(packed, { headers: { "Content-Type": element.dataset.type } }).blob();
  }

  function bytesOf(base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
    return bytes;
  }

  // fetch

  const fetchElsewhere = fetch;
  globalThis.fetch = async (asked, options) => {
    const name = nameOf(asked);
    if (name === null) return fetchElsewhere(asked, options);
    const blob = await blobOf(name);
    if (blob) return new Response(blob, { headers: { "Content-Type": blob.type, "Content-Length": blob.size } });
    console.warn(`${name} is not in this file`);
    return new Response(null, { status: 404 });
  };

  // Emscripten asks for what lies beside a file by this. It needs no more of it.
  globalThis.XMLHttpRequest = class {
    open(_, address) {
      this.address = address;
    }
    send() {
      const arrived = async (response) => {
        this.response = await response.arrayBuffer();
        this.status = response.status;
      };
      fetch(this.address).then(arrived).then(() => this.onload(), (error) => this.onerror(error));
    }
  };

  // import

  const modules = new Map(); // address -> promise of that of a blob. The same with another "#2" is another module
  const IMPORTS = /\b(from|import)\s*(["'])(\.{1,2}\/[^"'\n]+)\2/g;

  globalThis.onlookerImport = async (asked, here) => {
    const address = new URL(asked, here).href;
    return import(nameOf(address) === null ? address : await linked(address));
  };

  function linked(address) {
    if (!modules.has(address)) modules.set(address, link(address));
    return modules.get(address);
  }

  async function link(address) {
    const name = nameOf(address);
    const blob = await blobOf(name);
    if (!blob) throw new TypeError(`${name} is not in this file`);
    const here = home() + name;
    const text = await blob.text();
    const needed = {};
    for (const [, , , one] of text.matchAll(IMPORTS)) needed[one] = await linked(new URL(one, here).href);
    const loader = `const onlookerImport = (one) => globalThis.onlookerImport(one, ${JSON.stringify(here)});`;
    const module = text
      .replace(IMPORTS, (_, word, quote, one) => `${word} "${needed[one]}"`)
      .replaceAll("import.meta.url", JSON.stringify(here))
      .replace(/\bimport\s*\(/g, "onlookerImport(");
    const parts = [loader, module, `\n//# sourceURL=${folder}${name}`];
    return URL.createObjectURL(new Blob(parts, { type: "text/javascript" }));
  }

  if (inWorker) {
    // The first message says what it is to run; what comes before that listens is kept for it.
    const early = [];
    self.addEventListener("message", function keep(event) {
      event.stopImmediatePropagation();
      if (page) return early.push(event);
      [page] = event.ports;
      folder = event.data.folder;
      const begin = () => {
        self.removeEventListener("message", keep);
        for (const { data, ports } of early) self.dispatchEvent(new MessageEvent("message", { data, ports }));
      };
      const fail = (error) => setTimeout(() => { throw error; }); // where the page is told of it
      onlookerImport(event.data.name, folder).then(begin, fail);
    });
    return;
  }

  function askPage(name) {
    return new Promise((resolve, reject) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data: { blob, error } }) => (error ? reject(new Error(error)) : resolve(blob));
      page.postMessage(name, [port2]);
    });
  }

  // Worker

  const start = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  globalThis.Worker = class extends Worker {
    constructor(address, options) {
      const name = nameOf(address);
      if (name === null) return super(address, options);
      super(start, { name: options?.name });
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data, ports: [port] }) =>
        blobOf(data).then((blob) => port.postMessage({ blob }), (error) => port.postMessage({ error: String(error) }));
      this.postMessage({ folder, name }, [port2]);
    }
  };

  // What markup asks for

  const { set, ...others } = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");
  Object.defineProperty(HTMLImageElement.prototype, "src", {
    ...others,
    set(address) {
      const name = nameOf(address);
      if (name === null) return set.call(this, address);
      blobOf(name).then((blob) => blob && set.call(this, URL.createObjectURL(blob)));
    },
  });

  // Texts that nobody waits for: unpacked once they are unfolded.
  document.addEventListener("toggle", async ({ target }) => {
    const text = target.querySelector?.("[data-text]");
    if (text && !text.textContent) text.textContent = await (await blobOf(text.dataset.text)).text();
  }, true);

  globalThis.onlookerWhole = Promise.resolve(parsed).then(() => document.getElementById("end") !== null);
  onlookerImport("web/boot.js", folder).catch((error) => {
    // Who has the words, in all languages, could not be had: most likely the browser has no DecompressionStream.
    const show = (name, text) => Object.assign(document.getElementById(name), { textContent: text, hidden: false });
    document.getElementById("empty").hidden = true;
    show("error-title", "This browser is too old for this file, or the file is damaged.");
    show("error-hint", `Open it in a current browser, or copy it once more. (${error})`);
    document.getElementById("error-dismiss").hidden = true;
    document.getElementById("error").hidden = false;
  });
})();
