// A picture's colours on the GPU, as the network's first convolution reads them: drawn, copied and unpacked there.
// JavaScript, because WebGPU throws where it refuses, and MicroPython can catch only what is rejected.

const SHADER = `
  @group(0) @binding(0) var picture: texture_2d<f32>;
  @group(0) @binding(1) var<storage, read_write> colours: array<f32>;

  @compute @workgroup_size(8, 8)
  fn unpack(@builtin(global_invocation_id) at: vec3u) {
    let size = textureDimensions(picture);
    if (at.x >= size.x || at.y >= size.y) { return; }
    let rgb = textureLoad(picture, at.xy, 0).rgb * 255.0 - 127.5;
    let plane = size.x * size.y;
    let first = at.y * size.x + at.x;
    colours[first] = rgb.r;
    colours[plane + first] = rgb.g;
    colours[2 * plane + first] = rgb.b;
  }`;

/** A buffer of float32 [1, 3, size, size], RGB less 127.5, filled from a canvas of that size by `take(canvas)`. It ends with its device. */
export async function planes(device, size) {
  const texture = device.createTexture({
    size: [size, size],
    format: "rgba8unorm",
    usage: GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST | GPUTextureUsage.RENDER_ATTACHMENT,
  });
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ size: 3 * size * size * 4, usage });
  const module = device.createShaderModule({ code: SHADER });
  const pipeline = await device.createComputePipelineAsync({
    layout: "auto",
    compute: { module, entryPoint: "unpack" },
  });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [
      { binding: 0, resource: texture.createView() },
      { binding: 1, resource: { buffer } },
    ],
  });
  const groups = Math.ceil(size / 8);
  return {
    buffer,
    async take(canvas) {
      device.queue.copyExternalImageToTexture({ source: canvas }, { texture }, [size, size]);
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(groups, groups);
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
  };
}
