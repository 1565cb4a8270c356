// Runs one function of a build that leaves marks: {module, pages, marks, ran} as JSON on standard input.
import { readFileSync } from "node:fs";

const job = JSON.parse(readFileSync(0, "utf8"));
const memory = new WebAssembly.Memory({ initial: job.pages });
const { instance } = await WebAssembly.instantiate(Buffer.from(job.module, "base64"), { env: { memory } });
const result = instance.exports.run();
const set = (from, length) => [...new Uint8Array(memory.buffer, from, length)].flatMap((mark, place) => (mark ? [place] : []));
console.log(JSON.stringify({ result, blocks: set(job.marks, 4096), ran: set(job.ran, 16) }));
