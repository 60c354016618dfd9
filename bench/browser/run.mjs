// Times Lantern and its peers on the same networks in one Chromium, taking turns.
//
// usage: node run.mjs NETWORKS OURS OUT.json [--rounds 15] [--only NAME]
//
// NETWORKS  the folder of index.json, with graph.json, weights.safetensors and network.onnx for each network
// OURS      the folder of ours.mjs, Lantern's inference built for the web

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium, launchOptions, modules, processors, quantile, round } from "./machine.mjs";
import { serve } from "./server.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "15" }, only: { type: "string" } },
});
const [networks, ours, out] = positionals;
if (!out) throw new Error("usage: node run.mjs NETWORKS OURS OUT.json [--rounds 15] [--only NAME]");
const rounds = Number(options.rounds);

const WARM_UP = 3;
// Long enough for the threads of the runtime before to fall asleep.
const PAUSE_MS = 50;
// candle's convolution takes so long that a few rounds must do.
const SELDOM = Math.max(1, Math.floor(rounds / 3));
// Above this share of processors at work between the runs, something else is running and the rows mean little: runtimes
// with spinning threads suffer most.
const BUSY = 0.15;
// A fast wrong answer is no answer; this is far above what single precision explains.
const TOLERANCE = 1e-3;
const REFERENCE = "onnxruntime-web";

const readJson = async (...path) => JSON.parse(await readFile(join(...path), "utf8"));

const server = await serve({
  "/node_modules/": modules,
  "/networks/": networks,
  "/ours/": ours,
  "/": fileURLToPath(new URL(".", import.meta.url)),
});
const browser = await chromium.launch(launchOptions);
const page = await browser.newPage();
page.on("console", (message) => message.type() === "error" && console.error(`page: ${message.text()}`));
await page.goto(`${server.url}/page.html`);
const cores = await page.evaluate(() => navigator.hardwareConcurrency);
const ask = (id, request) => page.evaluate(([id, request]) => globalThis.ask(id, request), [id, request]);

const lineup = [
  ...[...new Set([1, cores])].flatMap((threads) =>
    ["lantern", REFERENCE, "tensorflow.js"].map((runtime) => ({ runtime, threads, every: 1 })),
  ),
  { runtime: "candle", threads: 1, every: SELDOM },
];

const locked = await readFile(new URL("../../Cargo.lock", import.meta.url), "utf8");
const candle = /name = "candle-core"\nversion = "(.*)"/.exec(locked)?.[1];

// Multiply-adds of the convolutions done directly, of attention, and of the head.
function multiplyAdds({ input, nodes, head }) {
  const shapes = [input];
  let sum = head.features * head.classes;
  for (const node of nodes) {
    const from = shapes[node.input ?? node.inputs[0]];
    const { channels, height, width } = from;
    const after = (size) => Math.floor((size + node.pad_begin + node.pad_end - node.kernel) / node.stride) + 1;
    const moved = () => ({ channels: node.to ?? channels, height: after(height), width: after(width) });
    const values = {
      conv: moved,
      max_pool: moved,
      average_pool: moved,
      upsample: () => ({ channels, height: 2 * height, width: 2 * width }),
      concat: () => ({ ...from, channels: node.inputs.reduce((sum, index) => sum + shapes[index].channels, 0) }),
      global_average_pool: () => ({ channels, height: 1, width: 1 }),
      tokens: () => ({ channels, height: 1, width: 1 + height * width }),
      attention: () => ({ ...from, channels: channels / 3 }),
      pick: () => ({ channels, height: 1, width: 1 }),
    };
    const to = values[node.op]?.() ?? from;
    if (node.op === "conv") sum += to.channels * to.height * to.width * (channels / node.groups) * node.kernel ** 2;
    if (node.op === "attention") sum += 2 * width * width * to.channels;
    shapes.push(to);
  }
  return sum;
}

function difference(logits, reference) {
  const largest = Math.max(...reference.map(Math.abs));
  return Math.max(...logits.map((logit, index) => Math.abs(logit - reference[index]))) / largest;
}

let peak = 0;

async function measure(network) {
  const entrants = [];
  for (const entrant of lineup) {
    const id = `${entrant.runtime} ${entrant.threads}`;
    const loaded = await ask(id, { action: "load", folder: `/networks/${network}`, ...entrant });
    if (!loaded) continue;
    console.log(`${network}: ${id} loaded in ${loaded.load_ms.toFixed(0)} ms`);
    for (let run = 1; run < WARM_UP; run++) await ask(id, { action: "run" });
    entrants.push({ ...entrant, ...loaded, id, times: [] });
  }

  const paused = { all: 0, idle: 0 };
  for (let turn = 0; turn < rounds; turn++) {
    // To and fro, so that no runtime always runs after the same other one.
    for (const entrant of turn % 2 ? entrants.toReversed() : entrants) {
      if (turn % entrant.every) continue;
      const before = processors();
      await sleep(PAUSE_MS);
      const after = processors();
      paused.all += after.all - before.all;
      paused.idle += after.idle - before.idle;
      entrant.times.push(await ask(entrant.id, { action: "run" }));
    }
    // Whatever slows the machine for a while must not make the peak look low.
    peak = Math.max(peak, await ask("lantern 1", { action: "peak" }));
  }

  const reference = entrants.find((entrant) => entrant.runtime === REFERENCE).logits;
  const macs = multiplyAdds(await readJson(networks, network, "graph.json"));
  const busy = round(1 - paused.idle / paused.all, 3);
  const rows = [];
  for (const { id, runtime, threads, version, logits, load_ms, times } of entrants) {
    times.sort((a, b) => a - b);
    rows.push({
      network,
      threads,
      runtime,
      version: runtime === "candle" ? candle : version,
      median_ms: round(quantile(times, 0.5), 3),
      p10_ms: round(quantile(times, 0.1), 3),
      p90_ms: round(quantile(times, 0.9), 3),
      rounds: times.length,
      max_difference: Number(difference(logits, reference).toPrecision(3)),
      memory_mb: round(await ask(id, { action: "memory" }), 1),
      load_ms: round(load_ms, 1),
      busy,
      ...(runtime === "lantern" && { gflops: (2 * macs) / quantile(times, 0.5) / 1e6 }),
    });
  }
  await page.evaluate(() => globalThis.end());
  return rows;
}

// The table for people: times, and Lantern's time as a share of each peer's.
function print(rows) {
  const line = (cells) => console.log(cells.map((cell, index) => (index ? cell.padStart(11) : cell.padEnd(42))).join(""));
  line(["network, threads, runtime", "median ms", "p10", "p90", "difference", "memory MB", "load ms", "ours/this"]);
  for (const row of rows.filter((row) => "median_ms" in row)) {
    const lantern = rows.find(
      (other) => other.runtime === "lantern" && other.network === row.network && other.threads === row.threads,
    );
    line([
      `${row.network}, ${row.threads}, ${row.runtime}`,
      row.median_ms.toFixed(1),
      row.p10_ms.toFixed(1),
      row.p90_ms.toFixed(1),
      row.max_difference.toExponential(1),
      row.memory_mb.toFixed(1),
      row.load_ms.toFixed(0),
      row === lantern ? `${(100 * row.share_of_peak).toFixed(0)} % peak` : (lantern.median_ms / row.median_ms).toFixed(2),
    ]);
  }
}

const rows = [];
try {
  for (const network of await readJson(networks, "index.json")) {
    if (!options.only || options.only === network) rows.push(...(await measure(network)));
  }
} finally {
  await browser.close();
  server.close();
}
// Only now, because the peak is the best of all the rounds of all the networks.
for (const row of rows.filter((row) => row.gflops)) {
  row.share_of_peak = round(row.gflops / (peak * row.threads), 3);
  row.gflops = round(row.gflops, 2);
}
rows.push({ network: "-", runtime: "simd-peak", threads: 1, gflops: round(peak, 2) });
await writeFile(out, `${JSON.stringify(rows, null, 1)}\n`);
print(rows);
console.log(`peak of one thread: ${peak.toFixed(1)} GFLOP/s`);

for (const network of new Set(rows.filter((row) => row.busy > BUSY).map((row) => row.network))) {
  console.error(`${network}: the machine was busy with something else; run it again on an idle one`);
}
const wrong = rows.filter((row) => row.max_difference > TOLERANCE);
for (const row of wrong) console.error(`${row.network}: ${row.runtime} differs from ${REFERENCE} by ${row.max_difference}`);
process.exitCode = wrong.length ? 1 : 0;
