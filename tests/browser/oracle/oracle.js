/* global tf, cocoSsd */
// The oracle: @tensorflow-models/coco-ssd on TensorFlow.js, on the weights that the query names: ?weights=/folder/
const weights = new URLSearchParams(location.search).get("weights");

window.oracle = (async () => {
  tf.wasm.setWasmPaths("/npm/@tensorflow/tfjs-backend-wasm/dist/");
  await tf.setBackend("wasm");
  await tf.ready();
  return cocoSsd.load({ base: "lite_mobilenet_v2", modelUrl: `${weights}model.json` });
})();

/** Its detections in a picture (an address that an image can have), with one number for both thresholds. */
window.detectWithOracle = async (address, most, least) => {
  const image = new Image();
  image.src = address;
  await image.decode();
  return (await window.oracle).detect(image, most, least);
};
