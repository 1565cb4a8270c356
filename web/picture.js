// A file from outside as a bitmap: only if its first bytes say that it is a picture, and one that fits into memory.
// JavaScript, because it is about bytes. The browser is not asked for the size: it would have to decode the picture.
export const MOST_PIXELS = 2 ** 27; // 512 MB once decoded: any camera's picture, and no bomb
const MOST_BYTES = 2 ** 28; // of the file
const BLOCK = 2 ** 18; // bytes that are read at once
const MOST_BEFORE = 2 ** 24; // bytes of EXIF, colour profiles and comments before the size is told
const LIMIT_MS = 60_000;
const MOST_CHUNKS = 10_000; // of a WebP

/** Bytes of a blob from anywhere, read in blocks. What lies behind its end is 0. */
class Reader {
  #blob;
  #start = 0;
  #view = new DataView(new ArrayBuffer(0));

  constructor(blob) {
    this.#blob = blob;
    this.size = blob.size;
  }

  async at(place, bytes) {
    if (place < this.#start || place + bytes > this.#start + this.#view.byteLength) {
      const there = new Uint8Array(await this.#blob.slice(place, place + Math.max(BLOCK, bytes)).arrayBuffer());
      const padded = new Uint8Array(Math.max(bytes, there.length));
      padded.set(there);
      this.#start = place;
      this.#view = new DataView(padded.buffer);
    }
    return new DataView(this.#view.buffer, place - this.#start, bytes);
  }

  async text(place, bytes) {
    const view = await this.at(place, bytes);
    return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset, bytes));
  }
}

/** JPEG (ITU T.81, B.1): segments, until one that starts a frame. */
async function jpeg(reader) {
  for (let at = 2; at < MOST_BEFORE && at < reader.size; ) {
    const view = await reader.at(at, 9);
    const marker = view.getUint8(1);
    if (view.getUint8(0) !== 0xff) return null;
    if (marker === 0xff || (marker >= 0xd0 && marker <= 0xd8) || marker === 0x01) {
      at += marker === 0xff ? 1 : 2; // fill bytes, and markers without a segment
    } else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return [view.getUint16(7), view.getUint16(5)];
    } else {
      at += 2 + Math.max(2, view.getUint16(2));
    }
  }
  return null;
}

/** GIF89a: the screen, or the first frame where that is larger. */
async function gif(reader) {
  const screen = await reader.at(6, 5);
  const size = [screen.getUint16(0, true), screen.getUint16(2, true)];
  const colours = (flags) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let at = 13 + colours(screen.getUint8(4));
  while (at < MOST_BEFORE && at < reader.size) {
    const view = await reader.at(at, 9);
    if (view.getUint8(0) === 0x2c) {
      return size.map((side, axis) => Math.max(side, view.getUint16(1 + 2 * axis, true) + view.getUint16(5 + 2 * axis, true)));
    }
    if (view.getUint8(0) !== 0x21) return null;
    let length = 1;
    for (at += 2; length && at < reader.size; at += 1 + length) length = (await reader.at(at, 1)).getUint8(0);
  }
  return null;
}

/** RFC 9649: three kinds of bitstreams. */
async function webp(reader) {
  const view = await reader.at(12, 18);
  const at24 = (place) => view.getUint16(place, true) + (view.getUint8(place + 2) << 16);
  const kind = await reader.text(12, 4);
  if (kind === "VP8X") return [at24(12) + 1, at24(15) + 1];
  if (kind === "VP8 ") return [view.getUint16(14, true) & 0x3fff, view.getUint16(16, true) & 0x3fff];
  if (kind !== "VP8L") return null;
  const bits = view.getUint32(9, true);
  return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
}

/** AVIF and HEIC: the largest of all sizes that are told (`ispe`, ISO/IEC 23008-12), of tiles and the whole. */
async function heif(reader) {
  const bytes = Math.min(reader.size, BLOCK);
  const view = await reader.at(0, bytes);
  let size = null;
  for (let at = 0; at + 16 <= bytes; at++) {
    if (view.getUint32(at) !== 0x69737065) continue;
    const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    if (!size || width * height > size[0] * size[1]) size = [width, height];
  }
  return size;
}

/** 1 to 8, as the EXIF data of a WebP tells it (RFC 9649; TIFF 6.0, section 2; tag 0x112); 1 where it tells nothing. */
export async function orientationOf(blob) {
  const reader = new Reader(blob);
  if ((await reader.text(8, 8)) !== "WEBPVP8X") return 1;
  for (let at = 12, count = 0; at + 8 < reader.size && count < MOST_CHUNKS; count++) {
    const length = (await reader.at(at + 4, 4)).getUint32(0, true);
    if ((await reader.text(at, 4)) === "EXIF") return orientation(reader, at + 8);
    at += 8 + length + (length % 2);
  }
  return 1;
}

async function orientation(reader, start) {
  const tiff = (await reader.text(start, 6)) === "Exif\0\0" ? start + 6 : start;
  const little = (await reader.text(tiff, 2)) === "II";
  const entries = tiff + (await reader.at(tiff + 4, 4)).getUint32(0, little);
  const count = (await reader.at(entries, 2)).getUint16(0, little);
  for (let at = entries + 2; at < entries + 2 + 12 * count && at < reader.size; at += 12) {
    const entry = await reader.at(at, 12);
    if (entry.getUint16(0, little) !== 0x112) continue;
    const told = entry.getUint16(8, little);
    return told >= 1 && told <= 8 ? told : 1;
  }
  return 1;
}

// Two pixels beside each other, to be turned by a quarter: where they come out so, the browser turns a WebP by itself.
const SIDEWAYS =
  "UklGRlIAAABXRUJQVlA4WAoAAAAIAAAAAQAAAAAAVlA4TBEAAAAvAQAAAAfQ//73v/+BiOh/AABFWElGGgAAAE1NACoAAAAIAAEBEgADAAAAAQAGAAAAAAAA";
let turning = null;
const turnsByItself = () =>
  (turning ??= createImageBitmap(new Blob([Uint8Array.from(atob(SIDEWAYS), (char) => char.charCodeAt(0))])).then(
    (bitmap) => bitmap.height === 2,
  ));

// Of each orientation: what makes it upright, as setTransform takes it, for a picture of w x h.
const UPRIGHT = {
  2: (w) => [-1, 0, 0, 1, w, 0],
  3: (w, h) => [-1, 0, 0, -1, w, h],
  4: (w, h) => [1, 0, 0, -1, 0, h],
  5: () => [0, 1, 1, 0, 0, 0],
  6: (w, h) => [0, 1, -1, 0, h, 0],
  7: (w, h) => [0, -1, -1, 0, h, w],
  8: (w) => [0, -1, 1, 0, 0, w],
};

/** A canvas: the studio's worker has no document, and some browsers have no OffscreenCanvas. */
function canvasOf(width, height) {
  if (!globalThis.document) return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement("canvas"), { width, height });
}

/** What a bitmap shows, turned upright. */
async function turned(bitmap, told) {
  const { width, height } = bitmap;
  const canvas = told > 4 ? canvasOf(height, width) : canvasOf(width, height);
  try {
    const context = canvas.getContext("2d");
    context.setTransform(...UPRIGHT[told](width, height));
    context.drawImage(bitmap, 0, 0);
    return await createImageBitmap(canvas);
  } finally {
    canvas.width = canvas.height = 0;
  }
}

/** The first frame of a picture as a bitmap that stands upright. */
async function upright(blob) {
  const told = await orientationOf(blob);
  const needed = told !== 1 && !(await turnsByItself());
  const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
  if (!needed) return bitmap;
  try {
    return await turned(bitmap, told);
  } finally {
    bitmap.close();
  }
}

async function bmp(reader) {
  const view = await reader.at(14, 12);
  if (view.getUint32(0, true) === 12) return [view.getUint16(4, true), view.getUint16(6, true)];
  return [Math.abs(view.getInt32(4, true)), Math.abs(view.getInt32(8, true))];
}

async function png(reader) {
  const view = await reader.at(12, 12);
  return view.getUint32(0) === 0x49484452 ? [view.getUint32(4), view.getUint32(8)] : null;
}

// [where, what is there, how the size is read]. What is none of these no browser is given.
const KINDS = [
  [0, "\xff\xd8\xff", jpeg],
  [0, "\x89PNG\r\n\x1a\n", png],
  [0, "GIF8", gif],
  [8, "WEBP", webp],
  [4, "ftyp", heif],
  [0, "BM", bmp],
];

/** [width, height] as the header of a picture says it; null if the file is no picture that is known here. */
export async function sizeOf(blob) {
  const reader = new Reader(blob);
  for (const [at, signature, read] of KINDS) {
    if ((await reader.text(at, signature.length)) === signature) return read(reader);
  }
  return null;
}

const failed = (message, name) => new DOMException(message, name);

/**
 * The first frame of a picture, upright. Rejects with an error whose name is "QuotaExceededError" for too many pixels or
 * bytes, "TimeoutError" where decoding takes too long, and another for what is no picture.
 */
export async function decode(blob, limit = LIMIT_MS) {
  if (blob.size > MOST_BYTES) throw failed(`${blob.size} bytes`, "QuotaExceededError");
  const [width, height] = (await sizeOf(blob)) ?? [0, 0];
  if (!width || !height) throw failed("no picture", "EncodingError");
  if (width * height > MOST_PIXELS) throw failed(`${width} × ${height}`, "QuotaExceededError");
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(reject, limit, failed("too slow", "TimeoutError"))));
  const bitmap = upright(blob);
  try {
    return await Promise.race([bitmap, late]);
  } catch (error) {
    bitmap.then((one) => one.close(), () => {}); // nobody waits for it any more
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
