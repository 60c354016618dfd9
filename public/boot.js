// Starts the page. The names stand in index.html; an inline script would break the content security policy.
const { js, wasm } = document.querySelector("meta[name=lantern-app]").dataset;
const { default: init } = await import(js);
await init({ module_or_path: wasm });
// The service worker keeps the page for visits without a network. The page works without it.
navigator.serviceWorker?.register("/sw.js").catch((error) => console.warn("no offline use:", error));
