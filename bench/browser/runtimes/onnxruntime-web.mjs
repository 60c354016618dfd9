const PACKAGE = "/node_modules/onnxruntime-web/";

export async function open({ threads, graph, onnx, input }) {
  const ort = await import(`${PACKAGE}dist/ort.wasm.min.mjs`);
  ort.env.wasm.wasmPaths = `${PACKAGE}dist/`;
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.proxy = false;
  const session = await ort.InferenceSession.create(onnx, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  const { channels, height, width } = graph.input;
  return {
    version: ort.env.versions.web,
    async run() {
      const { logits } = await session.run({ image: new ort.Tensor("float32", input, [1, channels, height, width]) });
      return logits.data;
    },
  };
}
