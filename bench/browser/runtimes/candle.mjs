// candle's own convolution, compiled together with ours. A build may leave it out.
export async function open({ threads, text, weights, input }) {
  const { open } = await import("/ours/ours.mjs");
  const { stock } = await open(threads);
  if (!stock) return null;
  const network = await stock(text, weights);
  return { run: () => network.run(input) };
}
