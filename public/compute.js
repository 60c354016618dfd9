// Starts the worker that computes. The build replaces the two names by ones with a content hash.
import init from "./worker.js";
await init({ module_or_path: new URL("./worker_bg.wasm", import.meta.url) });
