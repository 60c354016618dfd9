// One runtime in a worker of its own, so that its memory and its threads are its own too.
// Messages: {runtime, threads, network} answers with what it is; {run} answers with milliseconds and logits.

// Every runtime's WebAssembly memory is found the same way, whoever makes it.
const memories = new Set();
const Memory = WebAssembly.Memory;
WebAssembly.Memory = function (descriptor) {
  const memory = new Memory(descriptor);
  memories.add(memory);
  return memory;
};
WebAssembly.Memory.prototype = Memory.prototype;
for (const name of ["instantiate", "instantiateStreaming"]) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (...given) => {
    const made = await original.apply(WebAssembly, given);
    const exported = Object.values((made.instance ?? made).exports);
    exported.filter((value) => value instanceof Memory).forEach((memory) => memories.add(memory));
    return made;
  };
}
const memoryBytes = () => Math.max(0, ...[...memories].map((memory) => memory.buffer.byteLength));

const bytesOf = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());
const textOf = async (url) => (await fetch(url)).text();

// Reads a safetensors file: an 8-byte length, a JSON header, then the values.
function tensorsOf(bytes) {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  delete header.__metadata__;
  const values = ({ data_offsets: [from, to] }) => new Float32Array(bytes.slice(8 + length + from, 8 + length + to).buffer);
  return Object.fromEntries(Object.entries(header).map(([name, entry]) => [name, { shape: entry.shape, values: values(entry) }]));
}

const opened = {
  async lantern(threads, folder, stock) {
    const { open } = await import("/ours/ours.mjs");
    const ours = await open(threads);
    const network = await ours[stock ? "stock" : "create"](await textOf(`${folder}/blueprint.json`), await bytesOf(`${folder}/weights.safetensors`));
    return { version: ours.kind, run: (image) => network.run(image), peak: ours.peak };
  },

  candle: (threads, folder) => opened.lantern(threads, folder, true),

  async "onnxruntime-web"(threads, folder, shape) {
    const ort = await import("/node_modules/onnxruntime-web/dist/ort.wasm.min.mjs");
    ort.env.wasm.wasmPaths = "/node_modules/onnxruntime-web/dist/";
    ort.env.wasm.numThreads = threads;
    const options = { executionProviders: ["wasm"], graphOptimizationLevel: "all" };
    const session = await ort.InferenceSession.create(await bytesOf(`${folder}/network.onnx`), options);
    const blueprint = JSON.parse(await textOf(`${folder}/blueprint.json`));
    const { channels, height, width } = blueprint.input;
    const run = async (image) => (await session.run({ image: new ort.Tensor("float32", image, [1, channels, height, width]) })).logits.data;
    return { version: ort.env.versions.web, run };
  },

  async "tensorflow.js"(threads, folder) {
    // The published bundles are scripts, which a module worker takes only so.
    for (const name of ["tfjs-core/dist/tf-core.min.js", "tfjs-backend-wasm/dist/tf-backend-wasm.min.js"]) {
      (0, eval)(await textOf(`/node_modules/@tensorflow/${name}`));
    }
    const { tf } = globalThis;
    tf.wasm.setWasmPaths("/node_modules/@tensorflow/tfjs-backend-wasm/dist/");
    tf.wasm.setThreadsCount(threads);
    await tf.setBackend("wasm");
    await tf.ready();
    const blueprint = JSON.parse(await textOf(`${folder}/blueprint.json`));
    const network = graph(tf, blueprint, tensorsOf(await bytesOf(`${folder}/weights.safetensors`)));
    const run = async (image) => {
      const logits = tf.tidy(() => network(image));
      const values = await logits.data();
      logits.dispose();
      return values;
    };
    return { version: tf.version_core, run };
  },
};

// The blueprint in TensorFlow.js's own fused operations, channels innermost as its backend wants them.
function graph(tf, { input, nodes, head }, weights) {
  const constant = (name, permutation) => {
    const { shape, values } = weights[name];
    const tensor = tf.tensor(values, shape);
    return tf.keep(permutation ? tf.transpose(tensor, permutation) : tensor);
  };
  const layers = nodes.map((node) => {
    const pad = [[0, 0], [node.before, node.after], [node.before, node.after], [0, 0]];
    if (node.op === "max-pool") {
      return (values) => {
        // Its pooling takes no explicit padding; after a ReLU zeros never win.
        return tf.maxPool(tf.pad(values[node.input], pad), node.kernel, node.stride, "valid");
      };
    }
    const filter = constant(`${node.name}.conv.weight`, node.depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]);
    const bias = constant(`${node.name}.conv.bias`);
    const compute = node.depthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
    const wanted = node.activation === "identity" ? "linear" : node.activation;
    return (values) => {
      const activation = node.add === null ? wanted : "linear";
      const sum = compute({ x: values[node.input], filter, strides: node.stride, pad, bias, activation });
      if (node.add === null) return sum;
      const added = tf.add(sum, values[node.add]);
      return wanted === "linear" ? added : tf[wanted](added);
    };
  });
  const [weight, bias] = [constant("head.weight", [1, 0]), constant("head.bias")];
  return (image) => {
    const planes = tf.tensor(image, [1, input.channels, input.height, input.width]);
    const values = [tf.transpose(planes, [0, 2, 3, 1])];
    for (const layer of layers) values.push(layer(values));
    const pooled = tf.mean(values.at(-1), [1, 2]);
    return tf.add(tf.matMul(pooled, weight), bias);
  };
}

let network;
self.onmessage = async ({ data }) => {
  try {
    if (data.runtime) {
      const began = performance.now();
      network = await opened[data.runtime](data.threads, data.folder);
      postMessage({ version: network.version, loadMs: performance.now() - began });
    } else if (data.peak) {
      postMessage({ gflops: network.peak() });
    } else {
      const began = performance.now();
      const logits = await network.run(data.image);
      postMessage({ ms: performance.now() - began, logits, memoryBytes: memoryBytes() });
    }
  } catch (error) {
    postMessage({ error: String(error?.stack ?? error) });
  }
};
