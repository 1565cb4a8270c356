// A ZIP archive of blobs, stored as they are: pictures are compressed already. JavaScript, because it is about bytes.

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte;
});

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) crc = table[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** One record of an archive: [value, size in bytes] pairs, little endian (APPNOTE.TXT of the ZIP format, 4.3). */
function packed(...fields) {
  const bytes = new Uint8Array(fields.reduce((sum, [, size]) => sum + size, 0));
  let at = 0;
  for (const [value, size] of fields) for (let i = 0; i < size; i++) bytes[at++] = (value >>> (8 * i)) & 255;
  return bytes;
}

/** Gathers files one after another, so that only one is in memory as bytes: `await add(name, blob)`, then `finish()`. */
export function archive(now = new Date()) {
  const parts = [];
  const directory = [];
  let size = 0;
  let count = 0;
  const time = (now.getHours() << 11) | (now.getMinutes() << 5) | (now.getSeconds() >> 1);
  const date = ((now.getFullYear() - 1980) << 9) | ((now.getMonth() + 1) << 5) | now.getDate();
  const push = (part, length) => {
    parts.push(part);
    size += length;
  };
  return {
    async add(name, blob) {
      const encoded = new TextEncoder().encode(name);
      const bytes = new Uint8Array(await blob.arrayBuffer());
      // Version 2.0, names in UTF-8 (bit 11), stored.
      const shared = [[20, 2], [0x800, 2], [0, 2], [time, 2], [date, 2], [crc32(bytes), 4], [bytes.length, 4], [bytes.length, 4], [encoded.length, 2], [0, 2]];
      const at = size;
      const local = packed([0x04034b50, 4], ...shared);
      push(local, local.length);
      push(encoded, encoded.length);
      push(blob, bytes.length);
      directory.push(packed([0x02014b50, 4], [20, 2], ...shared, [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]), encoded);
      count++;
    },
    finish() {
      const length = directory.reduce((sum, part) => sum + part.length, 0);
      const end = packed([0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2], [length, 4], [size, 4], [0, 2]);
      return new Blob([...parts, ...directory, end], { type: "application/zip" });
    },
  };
}
