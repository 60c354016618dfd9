// The kernels of this project, started as public/compute.js starts them. `make bench` has put the module and thread.js beside this file.
async function helper(module, memory) {
  const worker = new Worker(new URL("thread.js", import.meta.url), { type: "module" });
  await new Promise((ready, refuse) => {
    Object.assign(worker, { onmessage: ready, onerror: refuse });
    worker.postMessage({ js: new URL("threaded.js", import.meta.url).href, module, memory });
  });
}

export async function open(threads) {
  const doors = await import("./threaded.js");
  const module = await WebAssembly.compileStreaming(fetch(new URL("threaded_bg.wasm", import.meta.url)));
  const { memory } = await doors.default({ module_or_path: module });
  const helpers = Array.from({ length: threads - 1 }, () => helper(module, memory));
  await Promise.all(helpers);
  const gathered = doors.gather_threads(helpers.length);
  if (gathered !== threads) throw new Error(`${gathered} threads instead of ${threads}`);
  return {
    kind: "relaxed",
    create: (graph, weights) => new doors.Ours(graph, weights),
    stock: (graph, weights) => new doors.Stock(graph, weights),
    peak() {
      doors.peak(1e6);
      const began = performance.now();
      const operations = 2 * doors.peak(2e7);
      return operations / (performance.now() - began) / 1e6;
    },
  };
}
