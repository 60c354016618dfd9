// Starts the classroom. The names stand in classroom.html.
const { js, wasm } = document.querySelector("meta[name=lantern-room]").dataset;
const doors = await import(js);
await doors.default({ module_or_path: wasm });
doors.show();
// Its files are kept for visits without a network once it was opened: a visitor of the clinic loads none of them.
navigator.serviceWorker
  ?.register("/sw.js")
  .then(() => navigator.serviceWorker.ready)
  .then(({ active }) => active.postMessage("keep the classroom"))
  .catch((error) => console.warn("no offline use:", error));
