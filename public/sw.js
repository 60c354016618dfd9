// Keeps the page itself for visits without a network. Weights are kept by the worker, which checks them.
// The build writes three constants before this line: FILES, the addresses of all files but the classroom's; CLASSROOM, the addresses of
// the classroom's; VERSION, which changes with any of these files.
const CACHE = `lantern-page-${VERSION}`;

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll(FILES);
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

// Whoever opens the classroom has it without a network until VERSION changes; nobody else loads it.
self.addEventListener("message", (event) => {
  if (event.data !== "keep the classroom") return;
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(CLASSROOM)));
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
  const route = url.pathname === "/classroom" ? "/classroom.html" : "/";
  const page = request.mode === "navigate" ? route : url.pathname;
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
