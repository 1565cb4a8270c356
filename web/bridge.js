// The little that Python cannot do for itself.

/** An Error, whatever was thrown: WebAssembly throws numbers, and Pyodide waits for ever on what rejects with one. */
const asError = (thrown) => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** Call `target[method](...args)`. MicroPython cannot catch what JavaScript throws, only what it rejects. */
export async function attempt(target, method, ...args) {
  try {
    return await target[method](...args);
  } catch (thrown) {
    throw asError(thrown);
  }
}

// worker -> {error, waiting}: why it failed, and who is to be told. One that cannot start, or loses a thread, answers nobody.
const health = new WeakMap();

/** Look after a worker from its start: who waits for it is told when it fails. Gives its {error, waiting}. */
export function attended(worker) {
  const state = { error: null, waiting: new Set() };
  health.set(worker, state);
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    state.error = new Error(event.message || "its worker did not start");
    for (const tell of state.waiting) tell(state.error);
  });
  return state;
}

/**
 * What `work()` gives, unless one of `workers` fails or `limit` ms pass (0: any time). Not Promise.race: what has not
 * failed yet would keep every promise that ever raced against it.
 */
function unlessBroken(limit, workers, work) {
  return new Promise((resolve, reject) => {
    const all = workers.map((one) => health.get(one));
    const late = () => reject(new DOMException(`no answer within ${limit / 1000} s`, "TimeoutError"));
    const timer = limit ? setTimeout(late, limit) : 0;
    for (const { error, waiting } of all) {
      if (error) reject(error);
      waiting.add(reject);
    }
    const end = () => {
      clearTimeout(timer);
      for (const { waiting } of all) waiting.delete(reject);
    };
    work(reject).then(resolve, (thrown) => reject(asError(thrown))).then(end);
  });
}

/** What a promise of one of `workers` gives; given up when one fails, or after `limit` ms (0: never). */
export function within(limit, workers, promise) {
  return unlessBroken(limit, [...workers], () => promise);
}

/** Call what one of `workers` answers; given up when one fails, or after `limit` ms (0: never). */
export function attemptWithin(limit, workers, target, method, ...args) {
  return unlessBroken(limit, [...workers], async () => target[method](...args));
}

/**
 * A session of onnxruntime-web, given up after `limit` ms (0: never). `kept` gets the workers it starts: only their end
 * gives WebAssembly's memory back.
 */
export async function createSession(ort, kept, model, options, limit) {
  const Worker = globalThis.Worker;
  const earlier = [...kept];
  const begun = [];
  let broken;
  globalThis.Worker = class extends Worker {
    constructor(address, options) {
      super(address, options);
      if (options?.name !== "ort-wasm-proxy-worker") return;
      const state = attended(this);
      state.waiting.add(broken);
      kept.push(this);
      begun.push(state);
    }
  };
  const create = (reject) => {
    broken = reject;
    return ort.InferenceSession.create(model, options);
  };
  try {
    return await unlessBroken(limit, earlier, create);
  } finally {
    globalThis.Worker = Worker;
    for (const { waiting } of begun) waiting.delete(broken);
  }
}

// What onnxruntime would look for in any network, and this one has not: each costs time before the first box.
const USELESS = `
  AttentionFusion BiasDropoutFusion BiasGeluFusion BiasSkipLayerNormFusion BiasSoftmaxFusion CastFloat16Transformer
  CommonSubexpressionElimination ConstantSharing ConvAddActivationFusion DoubleQDQPairsRemover
  DynamicQuantizeMatMulFusion EmbedLayerNormFusion EnsureUniqueDQForNodeUnit FastGeluFusion
  FreeDimensionOverrideTransformer FuseFp16InitializerToFp32NodeTransformer GatherSliceToSplitFusion
  GatherToSliceFusion GeluFusionL1 GeluFusionL2 GemmActivationFusion GroupQueryAttentionFusion
  GroupQueryAttentionPreNormFusion LayerNormFusionL1 LayerNormFusionL2 Level1_RuleBasedTransformer
  Level2_RuleBasedTransformer MatMulActivationFusion MatMulAddFusion MatMulIntegerToFloatFusion MatMulNBitsFusion
  MatMulScaleFusion MatmulTransposeFusion NhwcTransformer QDQFinalCleanupTransformer QDQPropagationTransformer
  QDQS8ToU8Transformer QDQSelectorActionTransformer QuickGeluFusion ReshapeFusion SimplifiedLayerNormFusion
  SkipLayerNormFusion SliceConcatToSpaceToDepthFusion WeightBiasQuantization WhereDummyDq`;

/** The options of a session of onnxruntime-web in a provider: a name, or an object that has one. */
export function sessionOptions(provider) {
  const useless = { disable_specified_optimizers: USELESS.trim().split(/\s+/).join(";") };
  return {
    executionProviders: [provider],
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    // Kernels are stored as bytes, and are to be made floats once; nothing else here is quantized.
    extra: { session: { disable_quant_qdq: "1" }, ...(provider === "wasm" && { optimization: useless }) },
  };
}

/** How many threads WebAssembly gets: one unless the page is cross-origin isolated. */
export function threads(isolated = globalThis.crossOriginIsolated) {
  if (!isolated) return 1;
  // WebKit says 4 or 8 cores, whatever there are. On two cores, two threads were up to a third faster than one, on a busy
  // machine no slower, and took no more memory; a third and a fourth gained nothing.
  const webkit = /AppleWebKit/.test(navigator.userAgent) && !/Chrom/.test(navigator.userAgent);
  const most = webkit ? 2 : 4;
  const cores = navigator.hardwareConcurrency || 1;
  return Math.max(1, Math.min(most, cores <= 2 ? cores : cores - 1)); // from three on, one is left for the page
}

/** What this browser keeps for this page under a name, or "". Given a text, keep it first. Browsers may refuse. */
export async function kept(name, text) {
  if (text !== undefined) localStorage.setItem(name, text);
  return localStorage.getItem(name) ?? "";
}

/**
 * The body of a response as a Uint8Array, or an empty one unless `keep`. `tell(bytes)` is called once a screen frame.
 * Rejects with a QuotaExceededError once it is longer than `most` bytes (0: any length).
 */
export async function readBody(response, keep, tell, most = 0) {
  const chunks = [];
  let received = 0;
  let told = 0;
  const reader = response.body.getReader(); // WebKit cannot iterate over a body
  for (;;) {
    const { done, value: chunk } = await reader.read();
    if (done) break;
    received += chunk.length;
    if (most && received > most) {
      reader.cancel().catch(() => {});
      throw new DOMException(`more than ${most} bytes`, "QuotaExceededError");
    }
    if (keep) chunks.push(chunk);
    if (performance.now() - told > 16) {
      told = performance.now();
      tell(received);
    }
  }
  tell(received);
  const whole = new Uint8Array(keep ? received : 0);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** In hexadecimal, of a Uint8Array. Browsers keep their own from pages without https. */
export async function sha256(bytes) {
  const digest = crypto.subtle
    ? new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
    : (await import("../vendor/noble-hashes/sha2.js")).sha256(bytes);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Register a service worker and wait until it is at work. Rejects where it cannot be, or cannot keep what it should. */
export async function install(address) {
  const registration = await navigator.serviceWorker.register(address);
  const worker = registration.installing;
  if (!worker || registration.active) return;
  await new Promise((resolve, reject) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new Error("no room, or no network"));
    });
  });
}

/** What the page's service worker answers to a message. */
export async function ask(message) {
  // Not `ready`: once the copy is removed, that would wait for ever.
  const registration = await navigator.serviceWorker.getRegistration();
  if (!registration?.active) throw new Error("there is no offline copy");
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve, reject) => {
    port1.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.value));
  });
  registration.active.postMessage(message, [port2]);
  return answer.finally(() => port1.close());
}

/** What a canvas shows, as a file of that type (PNG unless said). */
export const blobOf = (canvas, type, quality) =>
  new Promise((resolve, reject) => {
    const done = (blob) => (blob ? resolve(blob) : reject(new Error(`${canvas.width} × ${canvas.height} is too large`)));
    canvas.toBlob(done, type, quality);
  });

/** Unregister this page's service worker, and delete all that it kept. */
export async function forget() {
  const registration = await navigator.serviceWorker.getRegistration();
  await registration?.unregister();
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("onlooker-")).map((name) => caches.delete(name)));
}
