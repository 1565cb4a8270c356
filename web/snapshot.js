// Starts onnxruntime-web in the state that it had once a network was open (tools/runtime/snapshot): its memory comes from a
// file, instead of being computed. onnxruntime-web imports this in the place of its glue; what it is to be made of is in
// `globalThis.onlookerSnapshot`: {glue: address, compiled, image, model: promises of a WebAssembly.Module, an ArrayBuffer
// and a Uint8Array}. Once the kernels are in memory too, `network` in there is fulfilled: from then on the session can be had,
// once. It ends with its worker.

export default async function start(config) {
  const parts = globalThis.onlookerSnapshot;
  const { default: factory } = await import(parts.glue);
  return new Promise((resolve, reject) => {
    const instantiateWasm = (imports, done) => {
      restored(imports, parts).then(([instance, module]) => done(instance, module), reject);
    };
    factory({ ...config, instantiateWasm }).then(resolve, reject);
  });
}

async function restored(imports, parts) {
  const { compiled, image, model } = parts;
  const { about, bytes } = unpacked(await image);
  const [functions] = Object.values(imports);
  const memory = Object.values(functions).find((value) => value instanceof WebAssembly.Memory);
  memory.grow(about.pages - memory.buffer.byteLength / 65536);
  const heap = new Uint8Array(memory.buffer);
  let from = 0;
  for (const [address, length] of about.blocks) {
    heap.set(bytes.subarray(from, from + length), address);
    from += length;
  }
  const sessions = [];
  parts.network = model.then((network) => {
    for (const kernel of about.kernels) fill(memory.buffer, network, kernel);
    sessions.push(about.session);
  });
  parts.network.catch(() => {}); // who waits for it is told
  const module = await compiled;
  const instance = await WebAssembly.instantiate(module, imports);
  const exports = { ...instance.exports };
  for (const [name, value] of Object.entries(about.globals)) exports[name].value = value;
  const call = ([name, ...values]) => functions[name](...values);
  // What it did at its start is done; left is what JavaScript has to know of it: the main thread, and the others.
  exports[about.names.start] = () => about.main.forEach(call);
  exports[about.names.init] = () => about.threads.map(call).find((error) => error) ?? 0;
  exports[about.names.create] = () => sessions.pop() ?? 0;
  exports[about.names.release] = () => 0; // all of it goes with the worker
  return [{ exports }, module];
}

/** A file of tools/runtime/snapshot: the length of its head, the head as JSON, bytes of memory. */
function unpacked(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const about = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { about, bytes: new Uint8Array(buffer, 4 + length) };
}

/**
 * One kernel, from the model's file, as onnxruntime makes it (ONNX, DequantizeLinear and Add): one plane of bytes or two,
 * each with a scale for each row. All offsets are in bytes.
 */
function fill(memory, model, { address, rows, columns, planes }) {
  const kernel = new Float32Array(memory, address, rows * columns);
  const [[highs, highScales], lower] = planes.map(([bytes, scales]) => [
    new Int8Array(model.buffer, model.byteOffset + bytes, rows * columns),
    new Float32Array(model.slice(scales, scales + rows * 4).buffer),
  ]);
  for (let row = 0, at = 0; row < rows; row++) {
    const end = at + columns;
    const highScale = highScales[row];
    if (!lower) {
      for (; at < end; at++) kernel[at] = highs[at] * highScale;
      continue;
    }
    const [lows, lowScales] = lower;
    const lowScale = lowScales[row];
    for (; at < end; at++) kernel[at] = Math.fround(highs[at] * highScale) + Math.fround(lows[at] * lowScale);
  }
}
