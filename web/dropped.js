// What is a picture in a drop or a paste: in folders, in an address, in a piece of a web page. JavaScript, because folders
// answer by callbacks, and a web page is parsed here without being shown: nothing in it is fetched, and nothing runs.
const PICTURES = /\.(jpe?g|jfif|png|apng|webp|avif|gif|bmp|hei[cf]|svg|tiff?|mp4|m4v|webm|mov|ogv|mkv)$/i;
const MOST_FILES = 200;
const MOST_ENTRIES = 10_000; // that are looked at for pictures
const MOST_DEPTH = 16;
const LEAST_BYTES = 100; // of a picture in an address: less is a dot that stands where another is to come
const collator = new Intl.Collator(undefined, { numeric: true });

/** What is in a folder: `readEntries` gives a part at a time, at last none. */
async function* entriesOf(folder) {
  const reader = folder.createReader();
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!part.length) return;
    yield* part;
  }
}

const fileOf = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

/**
 * The photos and videos of folders, in the order of their names, those of a folder before those of its subfolders.
 * held: File or FileSystemDirectoryEntry. Gives {files, more: whether there may be others, failed: why a part of it could
 * not be read, or ""}.
 */
export async function walked(held) {
  const found = { files: [], more: false, failed: "" };
  let entries = 0;
  const walk = async (folder, depth) => {
    const inside = [];
    try {
      for await (const entry of entriesOf(folder)) {
        if (++entries > MOST_ENTRIES) {
          found.more = true;
          break;
        }
        if (!entry.name.startsWith(".")) inside.push(entry);
      }
    } catch (error) {
      found.failed = String(error?.message ?? error);
    }
    inside.sort((one, other) => collator.compare(one.name, other.name));
    for (const entry of inside) {
      if (!entry.isFile || !PICTURES.test(entry.name)) continue;
      if (found.files.length === MOST_FILES) {
        found.more = true;
        return;
      }
      try {
        found.files.push(await fileOf(entry));
      } catch (error) {
        found.failed = String(error?.message ?? error);
      }
    }
    for (const entry of inside) {
      if (!entry.isDirectory || found.more) continue;
      if (depth === MOST_DEPTH) found.more = true;
      else await walk(entry, depth + 1);
    }
  };
  for (const one of held) {
    if (one.isDirectory) await walk(one, 1);
    else if (found.files.length < MOST_FILES) found.files.push(one);
    else found.more = true;
  }
  return found;
}

/** The picture that a data: address holds, or null. It is decoded here: the page's policy lets nobody fetch it. */
function pictureIn(address) {
  const [, type, base64, data] = address.match(/^data:(image\/[\w.+-]+)[^,]*?(;\s*base64)?,(.*)$/is) ?? [];
  if (!type) return null;
  try {
    const text = base64 ? atob(decodeURIComponent(data)) : data;
    const bytes = base64 ? Uint8Array.from(text, (letter) => letter.charCodeAt(0)) : decodeURIComponent(text);
    const ending = type.split("/")[1].replace(/\W.*/, "");
    const file = new File([bytes], `picture.${ending}`, { type: type.toLowerCase() });
    return file.size < LEAST_BYTES ? null : file;
  } catch {
    return null; // not what it says
  }
}

// Nothing of it would run. But the page's policy holds for a web page that is only parsed too, and browsers report what
// they would not have let run or style.
const quiet = (html) => html.replace(/<(\/?)(script|style|link|meta|base)\b/gi, "<$1x-$2").replace(/\b(on\w+|style)\s*=/gi, "data-$1=");

function originOf(address) {
  try {
    return new URL(address).origin;
  } catch {
    return "";
  }
}

/**
 * The pictures that a piece of a web page shows, or else what an address leads to. addresses: text/uri-list,
 * text/x-moz-url (an address and a title, in lines) and text/plain. Gives {files, own: addresses of this origin,
 * elsewhere: whether there are addresses of others}.
 */
export function named(html, addresses) {
  const images = html ? [...new DOMParser().parseFromString(quiet(html), "text/html").images] : [];
  const [list, titled, plain] = addresses;
  const told = [...list.split("\n").filter((line) => !line.startsWith("#")), titled.split("\n")[0], plain];
  const found = { files: [], own: [], elsewhere: false };
  const seen = new Set();
  for (const group of [images.map((image) => image.getAttribute("src") ?? ""), told]) {
    for (const address of group.map((one) => one.trim())) {
      if (/^data:/i.test(address)) {
        const file = seen.has(address) ? null : pictureIn(address);
        if (file) found.files.push(file);
      } else if (/^(https?:)?\/\/\S+$/i.test(address)) {
        // One without its protocol came from a page that is not known here.
        if (originOf(address) !== location.origin) found.elsewhere = true;
        else if (!seen.has(address)) found.own.push(address);
      }
      seen.add(address);
    }
    if (found.files.length || found.own.length) break;
  }
  for (const some of [found.files, found.own]) some.splice(MOST_FILES);
  return found;
}
