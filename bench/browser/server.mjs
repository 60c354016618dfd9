// Serves folders at URL prefixes, as isolated as shared memory between threads demands.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

// `folders`: from prefix to folder, the longer prefixes first.
export async function serve(folders) {
  const server = createServer(async (request, response) => {
    // The URL's parser takes out every "..", and nothing is decoded after it.
    const { pathname } = new URL(request.url, "http://localhost");
    const prefix = Object.keys(folders).find((prefix) => pathname.startsWith(prefix));
    const file = join(folders[prefix], pathname.slice(prefix.length));
    const found = await stat(file).catch(() => null);
    response.writeHead(found?.isFile() ? 200 : 404, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "cross-origin-resource-policy": "same-origin",
      // Each worker compiles its runtime anew, so that loading times can be compared.
      "cache-control": "no-store",
    });
    if (found?.isFile()) createReadStream(file).pipe(response);
    else response.end();
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
