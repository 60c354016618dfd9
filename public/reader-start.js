// Starts the worker that opens files. The build writes a constant before this line: READER, its addresses { js, wasm }.

try {
  const module = WebAssembly.compileStreaming(fetch(new URL(READER.wasm, import.meta.url)));
  const doors = await import(READER.js);
  await doors.default({ module_or_path: await module });
  doors.start();
} catch (error) {
  // Not every browser tells the page of a module that fails in its first lines.
  reportError(error);
}
