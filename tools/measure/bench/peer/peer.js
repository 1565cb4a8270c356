/* global tf, cocoSsd */
// The page to beat: TensorFlow.js' own coco-ssd, on the weights that Onlooker converts. It does what Onlooker's page
// does, in the way its documentation shows: load, detect in a picture or in each frame of the camera, draw.

const query = new URLSearchParams(location.search);
const backend = query.get("backend") ?? "wasm";
const threads = Number(query.get("threads") ?? navigator.hardwareConcurrency);

const loaded = (async () => {
  if (backend === "wasm") {
    tf.wasm.setThreadsCount(threads);
    tf.wasm.setWasmPaths("/npm/@tensorflow/tfjs-backend-wasm/dist/");
  } else if (backend === "webgpu") {
    await new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = "/npm/@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js";
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
  }
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no ${backend} here`);
  await tf.ready();
  return cocoSsd.load({ base: "lite_mobilenet_v2", modelUrl: "/weights/model.json" });
})();

const overlay = document.getElementById("overlay");
const draw = (found, width, height) => {
  overlay.width = width;
  overlay.height = height;
  const context = overlay.getContext("2d");
  context.font = "14px sans-serif";
  context.lineWidth = 2;
  for (const { bbox, class: name, score } of found) {
    context.strokeRect(...bbox);
    context.fillText(`${name} ${Math.round(score * 100)}%`, bbox[0], bbox[1]);
  }
};

const detect = async (source) => {
  const model = await loaded;
  const found = await model.detect(source, 20, 0.5);
  draw(found, source.videoWidth ?? source.naturalWidth, source.videoHeight ?? source.naturalHeight);
  return found;
};

const decoded = async (file) => {
  const image = new Image();
  image.src = typeof file === "string" ? file : URL.createObjectURL(file);
  await image.decode();
  return image;
};

const input = document.getElementById("files");
const look = async () => {
  const found = await detect(await decoded(input.files[0]));
  document.dispatchEvent(new CustomEvent("peer:result", { detail: found }));
};
input.addEventListener("change", look);
if (input.files.length) look();

window.peer = {
  /** Milliseconds of each of `count` detections in a picture. */
  async photo(address, count) {
    await loaded;
    const image = await decoded(address);
    const times = [];
    for (let i = 0; i < count; i++) {
      const began = performance.now();
      await detect(image);
      times.push(performance.now() - began);
      await new Promise(requestAnimationFrame);
    }
    return times;
  },

  /** Detect in each frame that the camera shows, for so long; milliseconds of each detection. */
  async camera(milliseconds) {
    await loaded;
    const video = document.getElementById("video");
    if (!video.srcObject) {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: true });
      await video.play();
    }
    const times = [];
    const end = performance.now() + milliseconds;
    while (performance.now() < end) {
      await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
      const began = performance.now();
      await detect(video);
      times.push(performance.now() - began);
    }
    return times;
  },

  /** What it finds in a picture, and how many milliseconds that took. */
  async found(address, most, least) {
    const model = await loaded;
    const image = await decoded(address);
    const began = performance.now();
    const found = await model.detect(image, most, least);
    return [found, performance.now() - began];
  },

  memory: () => ({ tensors: tf.memory().numTensors, bytes: tf.memory().numBytes }),
};
