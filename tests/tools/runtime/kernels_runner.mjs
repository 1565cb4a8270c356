// Runs jobs for test_kernels.py: one JSON list on standard input, one on standard output.
// A job: { module, floats, words: [[at, value]], calls: [[arguments]], untilRows, read: [at, count] }, addresses in floats.
import { readFileSync } from "node:fs";

const jobs = JSON.parse(readFileSync(0, "utf8"));
const results = [];
for (const { module, floats, words, call, rowsAt, read } of jobs) {
  const memory = new WebAssembly.Memory({ initial: 64 });
  const activated = [];
  const { instance } = await WebAssembly.instantiate(Buffer.from(module, "base64"), {
    env: { memory, f0: (...given) => activated.push(given) },
  });
  const values = new Float32Array(memory.buffer);
  for (const [at, numbers] of floats) values.set(numbers, at);
  const integers = new Int32Array(memory.buffer);
  for (const [at, value] of words) integers[at] = value;
  let calls = 0;
  if (rowsAt === undefined) {
    instance.exports.run(...call);
    calls = 1;
  } else {
    // As MLAS does: again for the rows that are left.
    const [a, b, c, k, m, n, lda, ldc, alpha] = call;
    for (let row = 0; row < m; calls++)
      row += instance.exports.run(a + row * lda * 4, b, c + row * ldc * 4, k, m - row, n, lda, ldc, alpha);
  }
  results.push({ activated, calls, values: [...values.subarray(read[0], read[0] + read[1])] });
}
process.stdout.write(JSON.stringify(results));
