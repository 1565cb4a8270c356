/**
 * <onlooker-detector>: Onlooker in a page of your own (docs/embedding.md).
 *
 * An iframe of the real page, which decides whether this one may embed it.
 */
const VERSION = 1;
const LIVE = "provider model threshold iou max classes facing camera resolution mirror boxes skip look tracks lines zones video announce lang".split(" ");
const SETTINGS = [...LIVE, "autostart", "python"]; // these load it anew
const PATIENCE_MS = 45_000;
const { HTMLElement = Object, customElements } = globalThis; // a server has neither
const STYLE = customElements && new CSSStyleSheet(); // a policy may forbid <style>
STYLE?.replaceSync(`
  :host { display: block; position: relative; aspect-ratio: 4 / 3; min-inline-size: 240px; }
  :host([hidden]) { display: none; }
  iframe { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; border: 0; }`);

const failed = ({ code, message, hint = "" }) => Object.assign(new Error(message), { code, hint });
const REMOVED = { code: "closed", message: "The detector was taken out of the document.", hint: "Put it back, then ask again." };
const SILENT = {
  code: "embed-silent",
  message: "The frame does not answer: it did not load, or its host does not let this page embed it.",
  hint: "Ask the host to list this page's origin.",
};

class OnlookerDetector extends HTMLElement {
  static observedAttributes = ["src", ...SETTINGS];
  #frame; // null: it has no address
  #port = null;
  #calls = new Map(); // id: {resolve, reject}
  #asked = 0;
  #state = "idle";
  #timer = 0;
  #open; // {promise, resolve, reject}: until the frame has answered
  #heard = (event) => this.#onHello(event);

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [STYLE];
    this.#anew();
  }

  get state() {
    return this.#state;
  }

  /** Start the camera; resolves once it runs. In another origin's frame the visitor has to have touched it. */
  start() {
    return this.#ask("start");
  }

  stop() {
    return this.#ask("stop");
  }

  /** [{class, score, bbox: [x, y, width, height]}] of a picture, in its pixels. An ImageBitmap changes hands. */
  detect(frame) {
    return this.#ask("detect", { frame }, frame instanceof ImageBitmap ? [frame] : []);
  }

  /** What is shown, with its boxes: a PNG `Blob`. */
  snapshot() {
    return this.#ask("snapshot");
  }

  connectedCallback() {
    let page;
    try {
      page = new URL(this.getAttribute("src") ?? new URL(/* @vite-ignore */ "../", import.meta.url), document.baseURI);
    } catch {
      this.#frame = null;
      return this.#refused({ code: "embed-src", message: "The attribute src is no address.", hint: "" });
    }
    for (const { name, value } of this.attributes) if (SETTINGS.includes(name)) page.searchParams.set(name, value);
    this.#frame = Object.assign(document.createElement("iframe"), { title: this.title || "Onlooker", allow: "camera; cross-origin-isolated" });
    this.#frame.part = "frame";
    this.#frame.sandbox = "allow-scripts allow-same-origin allow-downloads";
    this.#frame.src = page.href;
    window.addEventListener("message", this.#heard);
    this.#timer = setTimeout(() => this.#refused(SILENT), PATIENCE_MS);
    this.shadowRoot.append(this.#frame);
  }

  disconnectedCallback() {
    window.removeEventListener("message", this.#heard);
    clearTimeout(this.#timer);
    this.#port?.close();
    this.#frame?.remove(); // with camera, workers, memory
    this.#frame = this.#port = undefined;
    for (const { reject } of this.#calls.values()) reject(failed(REMOVED));
    this.#calls.clear();
    this.#open.reject(failed(REMOVED));
    this.#anew();
    this.#state = "idle";
  }

  attributeChangedCallback(name, before, value) {
    if (this.#frame === undefined || before === value) return;
    if (LIVE.includes(name)) {
      this.#ask("set", { name, value }).catch(({ code, message, hint }) => this.#tell("error", { code, message, hint }));
    } else {
      this.disconnectedCallback();
      this.connectedCallback();
    }
  }

  #anew() {
    this.#open = {};
    this.#open.promise = new Promise((resolve, reject) => Object.assign(this.#open, { resolve, reject }));
    this.#open.promise.catch(() => {}); // whoever asked is told
  }

  async #ask(call, args = {}, moved = []) {
    await this.#open.promise;
    if (!this.#port) throw failed(REMOVED);
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#port.postMessage({ id, call, ...args }, moved);
      this.#calls.set(id, { resolve, reject });
    });
  }

  /** The frame is there, or may not be: it tells nobody but this window. */
  #onHello({ source, origin, data }) {
    if (source !== this.#frame.contentWindow || origin !== new URL(this.#frame.src).origin) return;
    if (data?.onlooker === "refused") return this.#refused(data.error);
    if (data?.onlooker !== "here") return;
    const { port1, port2 } = new MessageChannel();
    this.#port?.close();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#onMessage(data);
    source.postMessage({ onlooker: "hello", version: VERSION }, origin, [port2]);
  }

  #onMessage({ id, value, error, event, detail, welcome, refused }) {
    const call = this.#calls.get(id);
    if (call) {
      this.#calls.delete(id);
      return error ? call.reject(failed(error)) : call.resolve(value);
    }
    if (refused) return this.#refused(refused);
    if (welcome) {
      clearTimeout(this.#timer);
      this.#state = welcome.state;
      return this.#open.resolve();
    }
    if (event === "state") this.#state = detail.state;
    if (event) this.#tell(event, detail);
  }

  #refused(error) {
    clearTimeout(this.#timer);
    this.#open.reject(failed(error));
    this.#tell("error", error);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

customElements?.get("onlooker-detector") || customElements?.define("onlooker-detector", OnlookerDetector);
export { OnlookerDetector };
