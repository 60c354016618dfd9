// Keeps the page itself for visits without a network. Weights are kept by the worker, which checks them.
// The build writes two constants before this line: FILES, the address of every file, and VERSION, which changes with any of them.
const CACHE = `lantern-page-${VERSION}`;

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(FILES);
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  const clean = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("lantern-page-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    // The page that is open is not claimed: Firefox then never answers its workers, nor the next visit. What that page still
    // asks for is named by its content, so the browser itself keeps it.
  };
  event.waitUntil(clean());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const ours = event.request.method === "GET" && url.origin === self.location.origin;
  if (!ours || url.search || url.pathname.startsWith("/api/") || url.pathname === "/healthz") return;
  event.respondWith(answer(event.request, url));
});

// Files named by their content come from the cache; all else from the network while there is one.
async function answer(request, url) {
  const cache = await caches.open(CACHE);
  const page = request.mode === "navigate" ? "/" : url.pathname;
  if (/-[0-9a-f]{16}\./.test(url.pathname)) {
    return (await cache.match(page)) ?? fetch(request);
  }
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await cache.match(page);
    if (kept) return kept;
    throw error;
  }
}
