export async function open({ threads, text, weights, input }) {
  const { open } = await import("/ours/ours.mjs");
  const ours = await open(threads);
  const network = await ours.create(text, weights);
  return { version: ours.kind, run: () => network.run(input), peak: () => ours.peak() };
}
