// What this browser keeps for this page beside its own cache, and how all of it goes. JavaScript, because browsers may
// throw at each of these steps, which MicroPython cannot catch.
const MINE = "onlooker:";
const CACHES = "onlooker-";

const mine = () => Object.keys(localStorage).filter((name) => name.startsWith(MINE));
const copies = async () =>
  "caches" in globalThis ? (await caches.keys()).filter((name) => name.startsWith(CACHES)) : [];
// PyScript's own, empty ones: it opens them whether or not a page uses them.
const databases = async () => (globalThis.indexedDB?.databases ? (await indexedDB.databases()).map(({ name }) => name) : []);

/** {names: of small texts, bytes: of the offline copy, databases: names}. */
export async function holdings() {
  let bytes = 0;
  for (const name of await copies()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      bytes += Number((await cache.match(request)).headers.get("X-Kept-Length") ?? 0);
    }
  }
  return { names: mine(), bytes, databases: await databases() };
}

/** Delete all of it. The service worker goes once its last page is closed. */
export async function clear() {
  for (const name of mine()) localStorage.removeItem(name);
  const workers = location.protocol === "file:" ? null : navigator.serviceWorker; // Chromium throws when a file asks
  for (const registration of (await workers?.getRegistrations()) ?? []) {
    if (document.baseURI.startsWith(registration.scope)) await registration.unregister();
  }
  await Promise.all((await copies()).map((name) => caches.delete(name)));
  for (const name of await databases()) if (name.includes("pyscript")) indexedDB.deleteDatabase(name);
}
