// The network built from its graph, in the layout TensorFlow.js prefers: channels innermost.

import { tensors } from "../safetensors.mjs";

const PACKAGES = "/node_modules/@tensorflow/";

// Those that can be fused into a convolution, and the rest.
const FUSED = { identity: "linear", relu: "relu", relu6: "relu6", sigmoid: "sigmoid" };
const curve = (tf, name) =>
  ({
    relu: (x) => tf.relu(x),
    relu6: (x) => tf.relu6(x),
    sigmoid: (x) => tf.sigmoid(x),
    silu: (x) => tf.mul(x, tf.sigmoid(x)),
  })[name] ?? ((x) => x);
const KNOWN = ["conv", "max_pool", "average_pool", "upsample", "concat", "global_average_pool", "multiply"];

export async function open({ threads, graph, weights, input }) {
  // A transformer would be built of many small operations here; that would measure the builder.
  if (graph.nodes.some((node) => !KNOWN.includes(node.op))) return null;
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
    const input = (values) => values[node.input];
    if (node.op === "max_pool") return (values) => tf.maxPool(input(values), node.kernel, node.stride, pad);
    // With padding, TensorFlow.js would count it; the networks measured here have none.
    if (node.op === "average_pool") return (values) => tf.avgPool(input(values), node.kernel, node.stride, "valid");
    if (node.op === "global_average_pool") return (values) => tf.mean(input(values), [1, 2], true);
    if (node.op === "multiply") return (values) => tf.mul(input(values), values[node.by]);
    if (node.op === "upsample") {
      return (values) => {
        const [, height, width] = values[node.input].shape;
        return tf.image.resizeNearestNeighbor(values[node.input], [2 * height, 2 * width], false, true);
      };
    }
    const after = curve(tf, node.activation);
    if (node.op === "concat") {
      const joined = (values) => {
        const all = node.inputs.map((index) => values[index]);
        return all.length > 1 ? tf.concat(all, 3) : all[0].clone();
      };
      if (node.norm === null) return (values) => after(joined(values));
      const [scale, shift] = ["scale", "shift"].map((name) => constant(`${node.norm}.${name}`));
      return (values) => after(tf.add(tf.mul(joined(values), scale), shift));
    }
    // From OIHW to HWIO; a depthwise one from (C,1,H,W) to (H,W,C,1).
    const isDepthwise = node.groups > 1;
    if (isDepthwise && (node.groups !== node.from || node.from !== node.to)) throw new Error("groups");
    const filter = constant(`${node.name}.conv.weight`, isDepthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]);
    const bias = constant(`${node.name}.conv.bias`);
    const convolve = isDepthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
    const common = { filter, bias, strides: node.stride, pad };
    const activation = FUSED[node.activation];
    if (node.add === null && activation) return (values) => convolve({ ...common, x: input(values), activation });
    // Only the activation, and not the addition before it, can be fused into a convolution.
    if (node.add === null) return (values) => after(convolve({ ...common, x: input(values) }));
    return (values) => after(tf.add(convolve({ ...common, x: input(values) }), values[node.add]));
  });

  // The node after which a value is not needed any more; freeing it then is what TensorFlow.js's own graphs do.
  const last = [];
  // The feature map and the outline are read at the end.
  const { features, outline } = graph;
  graph.nodes.forEach((node, index) => {
    for (const read of [node.input, node.add, node.by, ...(node.inputs ?? [])]) {
      if (Number.isInteger(read)) last[read] = index;
    }
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
