// TensorFlow.js learns the classroom's first network, as its users train: layers and `fit`.

const PACKAGES = "/node_modules/@tensorflow/";
const SIDE = 28;

let tf, model, data, version;

const actions = {
  async load({ backend, images, widths, rate }) {
    // These files are no modules: each adds itself to the global `tf`.
    const parts = ["tfjs-core/dist/tf-core", "tfjs-layers/dist/tf-layers", "tfjs-backend-cpu/dist/tf-backend-cpu"];
    if (backend === "webgl") parts.push("tfjs-backend-webgl/dist/tf-backend-webgl");
    for (const part of parts) await import(`${PACKAGES}${part}.es2017.min.js`);
    tf = globalThis.tf;
    if (!(await tf.setBackend(backend)) || tf.getBackend() !== backend) throw new Error(`no ${backend}`);
    await tf.ready();
    version = tf.version_core;

    // Brightness to mean 0 and deviation 1, about, as the classroom does it from its training images.
    const pixels = Float32Array.from(images.flatMap((image) => [...image]), (value) => (value - 95) / 25);
    data = [
      tf.tensor4d(pixels, [images.length, SIDE, SIDE, 1]),
      tf.oneHot(tf.tensor1d(images.map((_, number) => number % 2), "int32"), 2),
    ];
    model = tf.sequential();
    widths.forEach((filters, stage) => {
      if (stage) model.add(tf.layers.maxPooling2d({ poolSize: 2, strides: 2 }));
      const inputShape = stage ? undefined : [SIDE, SIDE, 1];
      model.add(tf.layers.conv2d({ filters, kernelSize: 3, padding: "same", useBias: false, inputShape }));
      model.add(tf.layers.batchNormalization({ momentum: 0.9, epsilon: 1e-5 }));
      model.add(tf.layers.reLU());
    });
    model.add(tf.layers.globalAveragePooling2d({}));
    model.add(tf.layers.dense({ units: 2, activation: "softmax" }));
    // It has no AdamW; Adam computes a little less.
    model.compile({ optimizer: tf.train.adam(rate), loss: "categoricalCrossentropy" });
    return { version, renderer: backend === "webgl" ? renderer() : null };
  },

  // Learns from the images of one round; the loss is read at its end only.
  async train({ from, steps, batch }) {
    const [images, labels] = data.map((all) => tf.slice(all, from, steps * batch));
    const began = performance.now();
    const { history } = await model.fit(images, labels, { epochs: 1, batchSize: batch, verbose: 0, yieldEvery: "never" });
    const ms = performance.now() - began;
    tf.dispose([images, labels]);
    return { ms, loss: history.loss[0], version };
  },
};

// What draws: SwiftShader where there is no graphics processor.
function renderer() {
  const gl = tf.backend().gpgpu.gl;
  const names = gl.getExtension("WEBGL_debug_renderer_info");
  return gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
}

onmessage = async ({ data }) => {
  try {
    postMessage({ answer: await actions[data.action](data) });
  } catch (error) {
    postMessage({ error: error?.stack ?? String(error) });
  }
};
