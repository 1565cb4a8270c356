// Keeps the page for days without a network, and isolates it where its host cannot send the headers for that.
// The file that imports this one, /sw.js, is generated: it sets `self.onlooker` to
//   {version, live, first: [names], files: {name: integrity}}
// so that any change of any file is a new worker with a cache of its own: nobody gets half old and half new.
// live: files that somebody may be editing come from the network as long as there is one.
const { version, live, first, files } = self.onlooker;
const PREFIX = "onlooker-";
const CACHE = PREFIX + version;
const CHECKED_BY_OTHERS = 1_000_000; // bytes; the page checks its model, and `check` looks at the rest
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};
const scope = new URL(self.registration.scope);
const address = (name) => new URL(name, scope).href;
const editable = (name) => live && !name.startsWith("vendor/") && !name.endsWith(".onnx");

const nothing = (error) => caches.delete(CACHE).then(() => Promise.reject(error)); // half a page is of no use
self.addEventListener("install", (event) => event.waitUntil(keep(first).catch(nothing)));
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
self.addEventListener("message", (event) => {
  const told = obeyed(event.data ?? {}).then((value) => ({ value }), (error) => ({ error: error.name }));
  event.waitUntil(told.then((answer) => event.ports[0]?.postMessage(answer)));
});
let checking = null; // however many ask at once, files are in memory once
/** Any page of this origin may ask. Whatever it asks for, what the page needs stays in its copy. */
async function obeyed({ does, names }) {
  if (does === "take over") return void self.skipWaiting();
  if (does === "check") return (checking ??= check().finally(() => (checking = null)));
  if (does === "keep") return keep(listed(names));
  if (does === "drop") return drop(listed(names).filter((name) => !first.includes(name)));
  throw new TypeError("no such message");
}
/** Of names, and of folders ("vendor/samples/"), the files that there are. */
const listed = (names) =>
  Object.keys(files).filter((file) => names.some((name) => file === name || (name.endsWith("/") && file.startsWith(name))));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !request.url.startsWith(scope.href) || request.headers.has("Range")) return;
  const name = url.pathname.slice(scope.pathname.length) || "index.html";
  const answer = (work) => event.respondWith(work.catch(() => Response.error())); // what fails is the network, or was let go
  const known = Object.hasOwn(files, name); // there may be an address that ends in "constructor"
  const page = known ? name : "index.html";
  if (request.destination === "iframe") answer(framed(request, page));
  else if (request.mode === "navigate") answer(navigated(request, page));
  else if (known) answer(give(request, name));
});

/** Inside of another page: who may embed this one is in what its host sends now, while there is a network. */
const framed = (request, page) => fetch(request).then(isolated, () => give(request, page));

/** A page that is loaded while a newer version waits, and is the only one, gets that version: whole, at once. */
let asked = 0; // times that the newer worker was asked to take over: if it never does, this one goes on
async function navigated(request, page) {
  const { waiting } = self.registration;
  const others = await self.clients.matchAll({ type: "window" });
  if (!waiting || asked > 4 || others.length > 1) return give(request, page);
  asked++;
  waiting.postMessage({ does: "take over" });
  return new Response(TAKING_OVER, { headers: { "Content-Type": "text/html" } });
}

// It waits for the other worker, which waits until this one has answered. A browser that is being debugged lets it
// take over only between two pages, hence the timer.
const TAKING_OVER = `<!doctype html><meta name="color-scheme" content="light dark"><title>Onlooker</title><script>
  const again = () => location.reload();
  navigator.serviceWorker.addEventListener("controllerchange", again);
  navigator.serviceWorker.getRegistration().then((it) => it?.waiting || again());
  setTimeout(again, 1000);
</script>`;

async function give(request, name) {
  if (editable(name)) {
    const fresh = await fetch(request).catch(() => null); // without a network what was kept is better than nothing
    if (fresh) return isolated(fresh);
  }
  const copy = () => caches.open(CACHE).then((cache) => cache.match(address(name))).catch(() => null); // no storage, no copy
  const kept = await copy();
  const right = kept && (await whole(kept, name));
  if (right && !kept.bodyUsed) return kept;
  if (kept && !right) await keep([name], true);
  // Not a clone, which holds Firefox up until both are read. The copy may have been removed meanwhile.
  return (kept && (await copy())) || isolated(await fetch(request));
}

/** Whether a kept file has its hash. A large one is not looked at here: it would wait for its last byte. */
async function whole(response, name) {
  if (Number(response.headers.get("X-Kept-Length")) > CHECKED_BY_OTHERS) return true;
  return (await hashOf(response)) === files[name];
}

/** A body's hash, or "" of one that cannot be read: it is fetched again. */
async function hashOf(response) {
  const body = await response.arrayBuffer().catch(() => null);
  if (!body) return "";
  const digest = await crypto.subtle.digest("SHA-256", body);
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

/** Keep files: those of an older version that are the same, the others from the network, checked by their hash. */
async function keep(names, anew = false) {
  const cache = await caches.open(CACHE);
  for (const name of names) {
    if (!anew && (await cache.match(address(name)))) continue;
    const older = anew ? null : await caches.match(address(name));
    const same = older && (await hashOf(older.clone())) === files[name];
    const how = { cache: anew ? "reload" : "no-cache", integrity: files[name] };
    const found = same ? older : await fetch(address(name), how).catch(() => null); // no network, or another file
    if (!found?.ok && first.includes(name)) throw new Error(`${name} is not to be had`);
    if (!found?.ok) continue; // what only some visitors need, a host may leave out
    await cache.put(address(name), await toKeep(found));
  }
}

async function toKeep(response) {
  const body = await response.arrayBuffer();
  const headers = isolating(response.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  for (const name of ["X-Kept-Length", "X-Uncompressed-Length"]) headers.set(name, body.byteLength);
  return new Response(body, { headers });
}

const isolating = (headers) => new Headers([...headers, ...Object.entries(ISOLATION).filter(([name]) => !headers.has(name))]);

/** The same response, with what makes a page cross-origin isolated, unless its host says that already. */
function isolated(response) {
  if (!response.status || response.headers.has("Cross-Origin-Embedder-Policy")) return response;
  const { status, statusText, body } = response;
  return new Response([204, 205, 304].includes(status) ? null : body, { status, statusText, headers: isolating(response.headers) });
}

/** Look at all that is kept; what has not its hash is fetched again. Gives the names of those. */
async function check() {
  const cache = await caches.open(CACHE);
  const wrong = [];
  for (const { url } of await cache.keys()) {
    const name = url.slice(scope.href.length);
    if ((await hashOf(await cache.match(url))) !== files[name]) wrong.push(name);
  }
  await keep(wrong, true);
  return wrong;
}

async function drop(names) {
  const cache = await caches.open(CACHE);
  await Promise.all(names.map((name) => cache.delete(address(name))));
}

async function forgetOthers() {
  const all = await caches.keys();
  await Promise.all(all.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}
