// What a network of this project is run on here, and what comes out: the same bytes for the same network.

const SIDE = 300;
const SHAPE = [1, SIDE, SIDE, 4];
const ROUNDS = 4;

const pixels = (round) => Uint8Array.from({ length: SIDE * SIDE * 4 }, (_, i) => (i * 7919 + (i >> 9) * 31 * round) % 256);

/** The bytes of all outputs of some runs. pause: ms before each second one; threads that have nothing to do go to sleep. */
export async function outputsOf(ort, session, pause = 20) {
  const all = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (round % 2) await new Promise((resolve) => setTimeout(resolve, pause));
    const outputs = await session.run({ image: new ort.Tensor("uint8", pixels(round), SHAPE) });
    for (const name of session.outputNames) {
      const { data } = outputs[name];
      all.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      outputs[name].dispose();
    }
  }
  return Buffer.concat(all);
}

/** What a network refuses, with words that it takes from its memory. */
export async function refusals(ort, session) {
  const wrong = [
    ["uint8", new Uint8Array(4), [1, 1, 1, 4]], // of another size
    ["uint8", new Uint8Array(4), [4]], // of another rank
    ["float32", new Float32Array(4), [1, 1, 1, 4]], // of another type
  ];
  for (const tensor of wrong) {
    const worked = await session.run({ image: new ort.Tensor(...tensor) }).then(() => true, () => false);
    if (worked) throw new Error("What should have failed did not.");
  }
}
