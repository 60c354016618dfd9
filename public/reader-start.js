// Starts the worker that opens files. The build replaces the names by ones with a content hash.
const READER = { js: "./reader.js", wasm: "./reader_bg.wasm" };

const module = WebAssembly.compileStreaming(fetch(new URL(READER.wasm, import.meta.url)));
const doors = await import(READER.js);
await doors.default({ module_or_path: await module });
doors.start();
