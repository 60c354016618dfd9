// The network built from its graph, in the layout TensorFlow.js prefers: channels innermost.

import { tensors } from "../safetensors.mjs";

const PACKAGES = "/node_modules/@tensorflow/";

const ACTIVATIONS = { identity: "linear", relu: "relu", relu6: "relu6" };

export async function open({ threads, graph, weights, input }) {
  // TensorFlow.js takes at most half of the processors that the browser names, whatever it is asked for.
  Object.defineProperty(navigator, "hardwareConcurrency", { value: 2 * threads });
  // These files are no modules: each adds itself to the global `tf`.
  await import(`${PACKAGES}tfjs-core/dist/tf-core.es2017.min.js`);
  await import(`${PACKAGES}tfjs-backend-wasm/dist/tf-backend-wasm.es2017.min.js`);
  const { tf } = globalThis;
  tf.wasm.setWasmPaths(`${PACKAGES}tfjs-backend-wasm/dist/`);
  tf.wasm.setThreadsCount(threads);
  await tf.setBackend("wasm");
  await tf.ready();
  if (tf.wasm.getThreadsCount() !== threads) throw new Error(`${tf.wasm.getThreadsCount()} threads`);

  const { channels, height, width } = graph.input;
  const stored = tensors(weights);
  const constant = (name, order) => {
    const { data, shape } = stored[name];
    return tf.tidy(() => (order ? tf.transpose(tf.tensor(data, shape), order) : tf.tensor(data, shape)));
  };

  const layers = graph.nodes.map((node) => {
    const pad = [[0, 0], [node.pad_begin, node.pad_end], [node.pad_begin, node.pad_end], [0, 0]];
    if (node.op === "max_pool") return (values) => tf.maxPool(values[node.input], node.kernel, node.stride, pad);
    if (node.op === "upsample") {
      return (values) => {
        const [, height, width] = values[node.input].shape;
        return tf.image.resizeNearestNeighbor(values[node.input], [2 * height, 2 * width], false, true);
      };
    }
    // From OIHW to HWIO; a depthwise one from (C,1,H,W) to (H,W,C,1).
    const filter = constant(`${node.name}.conv.weight`, node.depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]);
    const bias = constant(`${node.name}.conv.bias`);
    const convolve = node.depthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
    const common = { filter, bias, strides: node.stride, pad };
    const activation = ACTIVATIONS[node.activation];
    if (node.add === null) return (values) => convolve({ ...common, x: values[node.input], activation });
    // Only the activation, and not the addition before it, can be fused into a convolution.
    const activate = activation === "linear" ? (sum) => sum : tf[activation];
    return (values) => activate(tf.add(convolve({ ...common, x: values[node.input] }), values[node.add]));
  });

  // The node after which a value is not needed any more; freeing it then is what TensorFlow.js's own graphs do.
  const last = [];
  // The feature map and the outline are read at the end.
  const { features, outline } = graph;
  graph.nodes.forEach((node, index) => {
    last[node.input] = index;
    if (node.op === "conv" && node.add !== null) last[node.add] = index;
  });

  const head = { weight: constant("head.weight", [1, 0]), bias: constant("head.bias") };
  const planes = tf.tensor(input, [channels, height, width]);
  const pixels = tf.tidy(() => tf.transpose(planes, [1, 2, 0])).dataSync().slice();
  planes.dispose();

  return {
    version: tf.version_core,
    run: () =>
      tf.tidy(() => {
        const values = [tf.tensor(pixels, [1, height, width, channels])];
        layers.forEach((layer, index) => {
          values.push(tf.tidy(() => layer(values)));
          values.forEach((value, at) => last[at] === index && at !== features && value.dispose());
        });
        if (outline !== null) values[outline].dataSync();
        const mean = tf.mean(values[features], [1, 2]);
        return tf.fused.matMul({ a: mean, b: head.weight, bias: head.bias }).dataSync().slice();
      }),
  };
}
