// candle's own convolution, compiled together with ours. A build may leave it out.
// It has the layers of the networks that learn here.
export async function open({ threads, text, graph, weights, input }) {
  const has = ({ op, activation }) =>
    ["conv", "max_pool", "upsample"].includes(op) && ["identity", "relu", "relu6", undefined].includes(activation);
  if (!graph.nodes.every(has)) return null;
  const { open } = await import("/ours/ours.mjs");
  const { stock } = await open(threads);
  if (!stock) return null;
  const network = await stock(text, weights);
  return { run: () => network.run(input) };
}
