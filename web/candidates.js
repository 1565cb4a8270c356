// The network's candidates chosen on the GPU: the best logits, squashed, and their anchors' boxes. What comes back are
// 6 kB in place of all heads, and nothing leaves the GPU before: onnxruntime-web's WebGPU has no top-k.
//
// A float's bits, turned so that they sort as whole numbers, are its key. Two histograms, of a key's upper 12 bits and
// of the next 12, find 24 bits of the K-th best key; what is above them, and what agrees with them, is collected and
// sorted. Where more than `ROOM - ABOVE` agree, which ones of those come out is chance.

const ROOM = 1024;
const ABOVE = 256; // of the room, for those that are above: fewer than K
const BINS = 4096;

/** A step that finds the bin of a histogram in which the K-th best lies, when so many lie above it altogether. */
const chooses = (histogram, aboveIt, keep) => `
  @compute @workgroup_size(256)
  fn choose_${histogram}(@builtin(local_invocation_index) lane: u32) {
    var sum = 0u;
    for (var i = 0u; i < 16u; i++) { sum += atomicLoad(&work.${histogram}[lane * 16u + i]); }
    sums[lane] = sum;
    workgroupBarrier();
    if (lane != 0u) { return; }
    var above = ${aboveIt};
    var group = 255u;
    while (group > 0u && above + sums[group] < BEST) { above += sums[group]; group--; }
    var bin = group * 16u + 15u;
    while (bin > group * 16u && above + atomicLoad(&work.${histogram}[bin]) < BEST) {
      above += atomicLoad(&work.${histogram}[bin]);
      bin--;
    }
    ${keep}
  }`;

// Boxes as in the SSD paper (Liu et al., 2016, section 2.2) with TensorFlow's variances, as in tools/model/convert/tail.py.
const shader = (anchors, classes, best) => `
  const ANCHORS = ${anchors}u;
  const CLASSES = ${classes}u;
  const BEST = ${best}u;
  const ROOM = ${ROOM}u;
  const ABOVE = ${ABOVE}u;
  const CENTRE_VARIANCE = 0.1;
  const SIZE_VARIANCE = 0.2;

  struct Work {
    coarse: array<atomic<u32>, ${BINS}>,
    fine: array<atomic<u32>, ${BINS}>,
    bin: u32,        // the coarse bin in which the K-th best lies
    above: u32,      // how many lie in the bins above it
    bound: u32,      // 24 bits of the K-th best key
    above_bound: atomic<u32>,  // how many were collected above it
    at_bound: atomic<u32>,     // how many agree with it
    keys: array<vec2u, ${ROOM}>,  // key, place: anchor * CLASSES + column
  }

  @group(0) @binding(0) var<storage, read> encodings: array<vec4f>;  // t_y, t_x, t_height, t_width
  @group(0) @binding(1) var<storage, read> logits: array<f32>;
  @group(0) @binding(2) var<storage, read> corners: array<vec4f>;  // each anchor's x0, y0, x1, y1
  @group(0) @binding(3) var<storage, read> class_ids: array<u32>;
  @group(0) @binding(4) var<storage, read_write> work: Work;
  @group(0) @binding(5) var<storage, read_write> out: array<u32>;  // boxes, scores, class ids, anchor ids

  var<workgroup> sums: array<u32, 256>;
  var<workgroup> sorted: array<vec2u, ${ROOM}>;

  fn key_at(place: u32) -> u32 {
    let bits = bitcast<u32>(logits[place]);
    if ((bits & 0x7fffffffu) > 0x7f800000u) { return 0u; }  // NaN
    return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
  }

  @compute @workgroup_size(256)
  fn count_coarse(@builtin(global_invocation_id) at: vec3u) {
    if (at.x < ANCHORS * CLASSES) { atomicAdd(&work.coarse[key_at(at.x) >> 20u], 1u); }
  }

  @compute @workgroup_size(256)
  fn count_fine(@builtin(global_invocation_id) at: vec3u) {
    if (at.x >= ANCHORS * CLASSES) { return; }
    let key = key_at(at.x);
    if ((key >> 20u) == work.bin) { atomicAdd(&work.fine[(key >> 8u) & 0xfffu], 1u); }
  }

  ${chooses("coarse", "0u", "work.bin = bin; work.above = above;")}
  ${chooses("fine", "work.above", "work.bound = (work.bin << 12u) | bin;")}

  @compute @workgroup_size(256)
  fn collect(@builtin(global_invocation_id) at: vec3u) {
    if (at.x >= ANCHORS * CLASSES) { return; }
    let key = key_at(at.x);
    var slot = ROOM;
    if ((key >> 8u) > work.bound) { slot = atomicAdd(&work.above_bound, 1u); }
    if ((key >> 8u) == work.bound) { slot = ABOVE + atomicAdd(&work.at_bound, 1u); }
    if (slot < ROOM) { work.keys[slot] = vec2u(key, at.x); }
  }

  fn comes_after(a: vec2u, b: vec2u) -> bool {
    return a.x < b.x || (a.x == b.x && a.y > b.y);
  }

  @compute @workgroup_size(256)
  fn sort_and_decode(@builtin(local_invocation_index) lane: u32) {
    let above = atomicLoad(&work.above_bound);
    let filled = ABOVE + atomicLoad(&work.at_bound);
    for (var i = lane; i < ROOM; i += 256u) {
      sorted[i] = select(vec2u(0u, 0xffffffffu), work.keys[i], i < above || (i >= ABOVE && i < filled));
    }
    workgroupBarrier();
    for (var block = 2u; block <= ROOM; block *= 2u) {  // bitonic
      for (var stride = block / 2u; stride > 0u; stride /= 2u) {
        for (var i = lane; i < ROOM; i += 256u) {
          let other = i ^ stride;
          if (other > i) {
            let descending = (i & block) == 0u;
            if (comes_after(sorted[i], sorted[other]) == descending) {
              let moved = sorted[i];
              sorted[i] = sorted[other];
              sorted[other] = moved;
            }
          }
        }
        workgroupBarrier();
      }
    }
    if (lane >= BEST) { return; }
    let place = sorted[lane].y;
    let anchor = place / CLASSES;
    let t = encodings[anchor];
    let box = corners[anchor];
    let size = box.zw - box.xy;
    let centre = (box.xy + box.zw) / 2.0 + CENTRE_VARIANCE * size * t.yx;
    let reach = size / 2.0 * exp(SIZE_VARIANCE * t.wz);
    let low = bitcast<vec2u>(centre - reach);
    let high = bitcast<vec2u>(centre + reach);
    out[4u * lane] = low.x;
    out[4u * lane + 1u] = low.y;
    out[4u * lane + 2u] = high.x;
    out[4u * lane + 3u] = high.y;
    out[4u * BEST + lane] = bitcast<u32>(1.0 / (1.0 + exp(-logits[place])));
    out[5u * BEST + lane] = class_ids[place % CLASSES];
    out[6u * BEST + lane] = anchor;
  }`;

// [entry point, whether it looks at each logit or works in one group]
const STEPS = [
  ["count_coarse", true],
  ["choose_coarse", false],
  ["count_fine", true],
  ["choose_fine", false],
  ["collect", true],
  ["sort_and_decode", false],
];

/**
 * An object whose `take({encodings, logits})` makes candidates of tensors on the device, and disposes them.
 * corners: Float32Array [anchors, 4], each anchor's x0, y0, x1, y1. classIds: Int32Array, what each column of the logits
 * is. best: how many candidates, at most ABOVE. It ends with its device. One `take` at a time.
 */
export async function candidates(device, corners, classIds, best) {
  const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
  const anchors = corners.length / 4;
  const classes = classIds.length;
  const bytes = 7 * best * 4;
  const store = (data) => {
    const buffer = device.createBuffer({ size: data.byteLength, usage: STORAGE | COPY_DST });
    device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  };
  const known = [store(corners), store(classIds)];
  const counters = (2 * BINS + 6) * 4; // all before the keys, which start at a multiple of 8
  const work = device.createBuffer({ size: counters + ROOM * 8, usage: STORAGE | COPY_DST });
  const out = device.createBuffer({ size: bytes, usage: STORAGE | COPY_SRC });
  const staging = device.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST });

  const kinds = [..."rrrrww"].map((kind) => (kind === "r" ? "read-only-storage" : "storage"));
  const layout = device.createBindGroupLayout({
    entries: kinds.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
  });
  const module = device.createShaderModule({ code: shader(anchors, classes, best) });
  const pipelines = await Promise.all(
    STEPS.map(([entryPoint]) =>
      device.createComputePipelineAsync({
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint },
      }),
    ),
  );
  const everyLogit = Math.ceil((anchors * classes) / 256);

  return {
    async take({ encodings, logits }) {
      try {
        const buffers = [encodings.gpuBuffer, logits.gpuBuffer, ...known, work, out];
        const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
        const encoder = device.createCommandEncoder();
        encoder.clearBuffer(work, 0, counters);
        const pass = encoder.beginComputePass();
        pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
        STEPS.forEach(([, each], step) => {
          pass.setPipeline(pipelines[step]);
          pass.dispatchWorkgroups(each ? everyLogit : 1);
        });
        pass.end();
        encoder.copyBufferToBuffer(out, 0, staging, 0, bytes);
        device.queue.submit([encoder.finish()]);
      } finally {
        encodings.dispose(); // what was submitted goes first: who gets the buffers next comes after it
        logits.dispose();
      }
      await staging.mapAsync(GPUMapMode.READ);
      const found = staging.getMappedRange().slice(0);
      staging.unmap();
      return {
        boxes: { data: new Float32Array(found, 0, 4 * best) },
        scores: { data: new Float32Array(found, 16 * best, best) },
        class_ids: { data: new Int32Array(found, 20 * best, best) },
        anchor_ids: { data: new Int32Array(found, 24 * best, best) },
      };
    },
  };
}

/** Logits [anchors, classes], of which the best are at the places `first`, `first + step` and so on, in this order. */
export function question(anchors, classes, first, step, best) {
  const logits = new Float32Array(anchors * classes);
  for (let i = 0; i < best && first + i * step < logits.length; i++) logits[first + i * step] = best - i;
  return logits;
}
