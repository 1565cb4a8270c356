// This page inside of another one: whether it may be there, and what that one may ask of it (docs/embedding.md).
// JavaScript, because a message from elsewhere can be anything, and MicroPython cannot catch what reading it throws.
const VERSION = 1;
const LIST = "./embedding.json"; // {"allow": ["https://a.example"]}: the host's
const MOST_WAITING = 16; // calls that are not answered yet
const LONGEST = 4000; // characters of a setting

const root = document.documentElement;
const parent = window.parent;

export const REFUSED = {
  code: "embed-refused",
  message: "The host of this detector has not listed the page that embeds it.",
  hint: "Open the detector by itself, or ask its host to list the origin of the page around it.",
};

/** Origins of all pages around this one, the nearest first; "null" for one that the browser does not tell. */
function around() {
  if (location.ancestorOrigins) return [...location.ancestorOrigins];
  const origins = [];
  for (let frame = window; frame !== frame.parent; frame = frame.parent) {
    try {
      origins.push(frame.parent.location.origin);
    } catch {
      // Of another origin: this browser names the nearest of them only, as the one that referred to the page.
      const { referrer } = frame.document;
      origins.push(referrer ? new URL(referrer).origin : "null");
      if (frame.parent !== window.top) origins.push("null");
      break;
    }
  }
  return origins;
}

async function listed() {
  const response = await fetch(LIST, { cache: "no-cache" }).catch(() => null);
  if (!response?.ok) return []; // a host without a list has not allowed anybody
  const { allow } = await response.json();
  return Array.isArray(allow) ? allow : [];
}

/** Resolves if every page around this one may embed it; rejects with REFUSED, and tells that page and the console. */
export async function admitted() {
  const origins = around();
  const others = origins.filter((origin) => origin !== location.origin);
  const allow = others.length ? await listed().catch(() => []) : [];
  if (others.every((origin) => origin !== "null" && (allow.includes(origin) || allow.includes("*")))) {
    root.dataset.embedded = others.length ? "cross-origin" : "same-origin";
    connect(origins[0]);
    return;
  }
  console.error(`Onlooker is not shown here: its host has not listed ${others.join(", ")} (embedding.json).`);
  parent.postMessage({ onlooker: "refused", error: REFUSED }, "*"); // this and nothing else
  throw REFUSED;
}

let port = null;
let waiting = 0;
let serve; // (actions): Python is up
const served = new Promise((resolve) => (serve = resolve));
export { serve };

const ignore = (data) => {
  root.dataset.ignoredMessages = Number(root.dataset.ignoredMessages ?? 0) + 1;
  if (data?.frame instanceof ImageBitmap) data.frame.close();
};

function connect(origin) {
  window.addEventListener("message", (event) => {
    const { data, ports } = event;
    if (event.source !== parent || event.origin !== origin || data?.onlooker !== "hello" || ports.length !== 1) return ignore(data);
    if (data.version !== VERSION) {
      const message = `The frame speaks version ${VERSION} of the embedding protocol, not ${String(data.version).slice(0, 20)}.`;
      ports[0].postMessage({ refused: { code: "embed-version", message, hint: "Use the embed.js of the same release." } });
      return;
    }
    port?.close();
    [port] = ports;
    port.onmessage = onCall;
    const { state, model = "", provider = "" } = root.dataset;
    port.postMessage({ welcome: { version: VERSION, state, model, provider } });
  });
  for (const event of ["state", "result", "track", "error", "progress"]) {
    document.addEventListener(`detector:${event}`, ({ detail }) => port?.postMessage({ event, detail }));
  }
  parent.postMessage({ onlooker: "here", version: VERSION }, origin);
}

const isText = (value) => typeof value === "string" && value.length <= LONGEST;

// What may be asked, and what it needs.
const CALLS = {
  start: () => true,
  stop: () => true,
  snapshot: () => true,
  set: ({ name, value }) => isText(name) && (value === null || isText(value)),
  detect: ({ frame }) => frame instanceof Blob || frame instanceof ImageBitmap,
};

function isCall(data) {
  if (typeof data !== "object" || data === null || !Number.isSafeInteger(data.id)) return false;
  return typeof data.call === "string" && Object.hasOwn(CALLS, data.call) && CALLS[data.call](data);
}

async function onCall({ data }) {
  if (!isCall(data)) return ignore(data);
  const from = port; // an answer goes where the question came from
  try {
    if (waiting >= MOST_WAITING) throw { code: "embed-busy", message: `${MOST_WAITING} calls are waiting already.`, hint: "Wait for an answer before asking again." };
    waiting++;
    try {
      from.postMessage({ id: data.id, value: await answer(data) });
    } finally {
      waiting--;
    }
  } catch ({ code = "detector", message, hint = "" }) {
    if (data.frame instanceof ImageBitmap) data.frame.close();
    from.postMessage({ id: data.id, error: { code, message: String(message), hint } });
  }
}

async function answer({ call, name, value, frame }) {
  const actions = await served;
  const asked = (action, ...args) => new Promise((resolve, reject) => actions[action](...args, resolve, reject));
  if (call === "start") return start();
  if (call === "stop") return void document.getElementById("stop").click();
  if (call === "set") return asked("set", name, value ?? "", value === null);
  if (call === "detect") return asked("detect", frame);
  return asked("snapshot");
}

/** The camera runs. A page of another origin does not start it before the visitor has touched this one. */
async function start() {
  if (root.dataset.embedded === "cross-origin" && !navigator.userActivation?.hasBeenActive) {
    const message = "The camera starts only once the visitor has touched the frame.";
    throw { code: "embed-gesture", message, hint: "Let them press Start in it; after that, start() works." };
  }
  const settled = new AbortController();
  const { signal } = settled;
  const running = new Promise((resolve, reject) => {
    document.addEventListener("detector:error", ({ detail }) => reject(detail), { signal });
    const look = () => {
      if (root.dataset.state === "running") resolve();
      if (root.dataset.state === "idle") reject({ code: "closed", message: "It was stopped before it ran." });
    };
    document.addEventListener("detector:state", look, { signal });
    document.getElementById("start").click();
    if (["running", "paused"].includes(root.dataset.state)) resolve();
  });
  return running.finally(() => settled.abort());
}
