// usage: run.mjs NETWORKS OURS MODULES OUT [NETWORK...]
// Times every runtime on every network in one headless Chromium and writes a list of rows. See ../README.md.
import { chromium } from "playwright-core";
import { createServer } from "node:http";
import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const [networks, ours, modules, out, ...only] = process.argv.slice(2);
const ROUNDS = 15;
const WARM_UP = 3;
// Candle's own convolution takes up to a second: fewer rounds, still a median.
const SLOW_ROUNDS = 5;

const here = path.dirname(fileURLToPath(import.meta.url));
const folders = { bench: here, networks, ours, node_modules: modules };
const types = { ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };
const server = createServer(async (request, response) => {
  const [, top, ...rest] = decodeURI(new URL(request.url, "http://local").pathname).split("/");
  // Isolation, so that threads can share memory.
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
  response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
  if (!top) {
    response.setHeader("Content-Type", "text/html");
    return response.end('<!doctype html><title>bench</title><script type="module" src="/bench/page.mjs"></script>');
  }
  try {
    const file = path.join(folders[top], ...rest);
    response.setHeader("Content-Type", types[path.extname(file)] ?? "application/octet-stream");
    response.end(await readFile(file));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const base = `http://127.0.0.1:${server.address().port}/`;

const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
const page = await browser.newPage();
page.on("console", (message) => message.type() === "error" && console.error(message.text()));
await page.goto(base);
await page.waitForFunction(() => window.ask && window.crossOriginIsolated);

const median = (values, share = 0.5) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)];
const several = Math.max(2, Math.min(cpus().length, 8));
const rows = [];
const names = JSON.parse(await readFile(path.join(networks, "index.json")));
for (const name of names.filter((name) => !only.length || only.includes(name))) {
  const blueprint = JSON.parse(await readFile(path.join(networks, name, "blueprint.json")));
  const { channels, height, width } = blueprint.input;
  const contestants = [];
  for (const threads of [1, several]) {
    for (const runtime of ["lantern", "onnxruntime-web", "tensorflow.js", ...(threads === 1 ? ["candle"] : [])]) {
      contestants.push({ runtime, threads, times: [] });
    }
  }
  const run = (c) => page.evaluate(async ([id, count]) => {
    const { ms, logits, memoryBytes } = await window.ask(id, { image: window.image(count) });
    return { ms, logits: Array.from(logits), memoryBytes };
  }, [c.id, channels * height * width]);
  for (const c of contestants) {
    c.id = `${c.runtime} ${c.threads}`;
    const message = { runtime: c.runtime, threads: c.threads, folder: `/networks/${name}` };
    Object.assign(c, await page.evaluate(([id, message]) => window.ask(id, message), [c.id, message]));
    for (let i = 0; i < WARM_UP; i++) Object.assign(c, await run(c));
  }
  // One run of each in turn: what disturbs the machine disturbs all.
  const peaks = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const c of contestants) {
      if (c.runtime === "candle" && round >= SLOW_ROUNDS) continue;
      const { ms, memoryBytes } = await run(c);
      c.times.push(ms);
      c.memoryBytes = Math.max(c.memoryBytes, memoryBytes);
    }
    peaks.push((await page.evaluate(() => window.ask("lantern 1", { peak: true }))).gflops);
  }
  await page.evaluate(() => window.end());
  const reference = contestants.find((c) => c.runtime === "onnxruntime-web" && c.threads === 1);
  const largest = Math.max(...reference.logits.map(Math.abs));
  const gflops = median(peaks);
  for (const c of contestants) {
    const median_ms = median(c.times);
    const off = Math.max(...c.logits.map((value, i) => Math.abs(value - reference.logits[i]))) / largest;
    rows.push({
      network: name, threads: c.threads, runtime: c.runtime, version: c.version, median_ms,
      p10_ms: median(c.times, 0.1), p90_ms: median(c.times, 0.9), rounds: c.times.length,
      max_difference: off, memory_mb: c.memoryBytes / 2 ** 20, load_ms: c.loadMs,
      ...(c.runtime === "lantern" ? { share_of_peak: (2 * multiplications(blueprint)) / (median_ms * 1e6) / (gflops * c.threads) } : {}),
    });
  }
  rows.push({ network: name, threads: 1, runtime: "simd-peak", gflops });
  table(rows.filter((row) => row.network === name && row.median_ms));
}
await browser.close();
server.close();
await writeFile(out, JSON.stringify(rows, null, 1));

// As the plain sums have them, whatever a kernel saves.
function multiplications({ input, nodes, head }) {
  const sizes = [input.height];
  return nodes.reduce((sum, node) => {
    const side = Math.floor((sizes[node.input] + node.before + node.after - node.kernel) / node.stride) + 1;
    sizes.push(side);
    return node.op === "conv" ? sum + side * side * node.to * (node.depthwise ? 1 : node.from) * node.kernel ** 2 : sum;
  }, head.features * head.classes);
}

function table(rows) {
  for (const row of rows) {
    const ratios = rows.filter((other) => other.threads === row.threads && other.runtime !== row.runtime && row.runtime === "lantern")
      .map((other) => `${(row.median_ms / other.median_ms).toFixed(2)} of ${other.runtime}`);
    const share = row.share_of_peak ? `${(row.share_of_peak * 100).toFixed(0)} % of peak` : "";
    console.log([row.network.padEnd(20), row.threads, row.runtime.padEnd(16), `${row.median_ms.toFixed(1)} ms`.padStart(10), `${row.memory_mb.toFixed(0)} MB`.padStart(8), `off ${row.max_difference.toExponential(1)}`, share, ...ratios].join("  "));
  }
}
