// One runtime with one network, alone in this worker.

// Every WebAssembly memory of the runtime, made here or inside a module. It is watched from before the runtime is there.
const memories = new Set();

function remember(instance, imports = {}) {
  const things = [...Object.values(instance.exports), ...Object.values(imports).flatMap(Object.values)];
  for (const thing of things) if (thing instanceof WebAssembly.Memory) memories.add(thing);
}

WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
  construct(Memory, description) {
    const memory = new Memory(...description);
    memories.add(memory);
    return memory;
  },
});

WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(Instance, [module, imports]) {
    const instance = new Instance(module, imports);
    remember(instance, imports);
    return instance;
  },
});

for (const name of ["instantiate", "instantiateStreaming"]) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (source, imports, ...rest) => {
    const made = await original.call(WebAssembly, source, imports, ...rest);
    remember(made.instance ?? made, imports);
    return made;
  };
}

// The same pseudo-random image for every runtime: channels, height, width; values from -2 to 2.
function image({ channels, height, width }) {
  let state = 1;
  return Float32Array.from({ length: channels * height * width }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 4 - 2;
  });
}

async function fetched(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response;
}

let network;

const actions = {
  // Ends with the first answer, because some runtimes prepare themselves only then.
  async load({ runtime, threads, folder }) {
    const text = await (await fetched(`${folder}/graph.json`)).text();
    const [weights, onnx] = await Promise.all(
      ["weights.safetensors", "network.onnx"].map(async (name) => (await fetched(`${folder}/${name}`)).bytes()),
    );
    const graph = JSON.parse(text);
    const input = image(graph.input);

    const began = performance.now();
    const { open } = await import(`/runtimes/${runtime}.mjs`);
    network = await open({ threads, text, graph, weights, onnx, input });
    if (!network) return null;
    const logits = await network.run();
    return { load_ms: performance.now() - began, version: network.version, logits: Array.from(logits) };
  },

  async run() {
    const began = performance.now();
    await network.run();
    return performance.now() - began;
  },

  peak: () => network.peak(),

  memory: () => Math.max(...[...memories].map((memory) => memory.buffer.byteLength)) / 2 ** 20,
};

onmessage = async ({ data }) => {
  try {
    postMessage({ answer: await actions[data.action](data) });
  } catch (error) {
    postMessage({ error: error?.stack ?? JSON.stringify(error) });
  }
};
