// Starts the worker that computes: with threads and relaxed SIMD where the browser has both, on one thread otherwise.
// The build writes two constants before this line: PLAIN, the addresses { js, wasm } of the worker for every browser, and THREADED,
// { js, wasm, thread }, or null where only the plain worker was built.

// More threads than this gain nothing on images of this size, and a phone has other things to do.
const MOST_THREADS = 8;
// A helper that takes longer than this to start is not waited for.
const PATIENCE_MS = 5000;
// The smallest module with a relaxed multiply-add: engines without it refuse a module that holds one.
const RELAXED = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11,
];

// ?threads=N on the page limits them, for comparison; one thread is the plain worker's.
const asked = new URLSearchParams(self.name);
const wanted = Number(asked.get("threads")) || MOST_THREADS;
const threads = Math.max(1, Math.min(wanted, MOST_THREADS, navigator.hardwareConcurrency ?? 1));

// Tells the page that something still happens: it waits for a silent worker only so long.
const alive = () => self.postMessage("alive");

// The model's files come down beside the module. The worker asks for the same addresses, which the browser then has,
// and checks every byte. Not once an image is open: then nothing may be asked.
async function fetchAhead() {
  const { first, models } = await (await fetch("/models/index.json")).json();
  const chosen = models.find(({ about }) => about.id === (asked.get("model") || first)) ?? models[0];
  const own = Object.entries(chosen.files).map(([name, sha256]) => `${chosen.about.id}/${name}?sha256=${sha256}`);
  // What the gate knows all kinds of image by: small files, all at once.
  const known = models.map(({ about, files }) => `${about.id}/distribution.safetensors?sha256=${files["distribution.safetensors"]}`);
  const ahead = async (path) => {
    const address = `/models/${path}`;
    // There is no cache over http, and a private window may refuse one.
    const kept = await self.caches?.match(address).catch(() => null);
    if (!kept) await (await fetch(address)).arrayBuffer();
    alive();
  };
  await Promise.all([...known, `extractor.safetensors?sha256=${chosen.extractor_sha256}`].map(ahead));
  for (const path of own) await ahead(path);
}
if (asked.has("ahead")) fetchAhead().catch((error) => console.warn("nothing came ahead:", error));

// Compiles while it comes down.
const compile = (name) => WebAssembly.compileStreaming(fetch(new URL(name, import.meta.url)));

function helper(module, memory) {
  return new Promise((ready, refuse) => {
    const worker = new Worker(new URL(THREADED.thread, import.meta.url), { type: "module" });
    worker.onmessage = () => ready(alive());
    worker.onerror = refuse;
    setTimeout(refuse, PATIENCE_MS, new Error("a thread did not start"));
    worker.postMessage({ js: THREADED.js, module, memory });
  });
}

async function startThreaded() {
  const [module, doors] = await Promise.all([compile(THREADED.wasm), import(THREADED.js)]);
  alive();
  const { memory } = await doors.default({ module_or_path: module });
  const helpers = Array.from({ length: threads - 1 }, () => helper(module, memory));
  await Promise.all(helpers);
  doors.start(helpers.length);
}

async function startPlain() {
  const [module, doors] = await Promise.all([compile(PLAIN.wasm), import(PLAIN.js)]);
  alive();
  await doors.default({ module_or_path: module });
  doors.start(0);
}

const canShare = THREADED && threads > 1 && self.crossOriginIsolated && WebAssembly.validate(new Uint8Array(RELAXED));
if (canShare) {
  await startThreaded().catch((error) => {
    console.warn("computing on one thread:", error);
    return startPlain();
  });
} else {
  await startPlain();
}
