// Times training in the browser: the classroom's worker beside TensorFlow.js on the same images and network, in one Chromium, taking turns.
//
// usage: node training.mjs SITE OUT.json [--rounds 5]
//
// SITE  the folder of the built page

import { readdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium, launchOptions, modules, processors, quantile, round } from "./machine.mjs";
import { serve } from "./server.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" } },
});
const [site, out] = positionals;
if (!out) throw new Error("usage: node training.mjs SITE OUT.json [--rounds 5]");
const rounds = Number(options.rounds);

// The room as it begins, but for the number of images: no epoch ends in a round, so that no round validates.
const BATCH = 32;
const STEPS = 10;
const WIDTHS = [8, 16, 32];
const RATE = 0.01;
const COUNT = 4000;
const SETTINGS = `source=own&images=${COUNT}`;
if ((rounds + 1) * STEPS >= Math.floor(COUNT / BATCH)) throw new Error("so many rounds would end an epoch");
// A runtime that does not learn computes something else.
const LEARNED = 0.5;
const OURS = "lantern";

const script = (await readdir(site)).find((name) => /^classroom-compute-\w+\.js$/.test(name));
const server = await serve({
  "/node_modules/": modules,
  "/bench/": fileURLToPath(new URL(".", import.meta.url)),
  "/": site,
});
const args = launchOptions.args.filter((flag) => flag !== "--disable-gpu");
// WebGL on the processor.
args.push("--use-angle=swiftshader", "--enable-unsafe-swiftshader");
const browser = await chromium.launch({ ...launchOptions, args });
const page = await browser.newPage();
page.on("console", (message) => message.type() === "error" && console.error(`page: ${message.text()}`));
await page.goto(`${server.url}/bench/training.html`);
const ask = (runtime, request) => page.evaluate(([runtime, request]) => globalThis.ask(runtime, request), [runtime, request]);

const entrants = [OURS, "tensorflow.js cpu", "tensorflow.js webgl"].map((runtime) => ({ runtime, times: [] }));
let [all, idle] = [0, 0];
try {
  for (const entrant of entrants) {
    const request = { action: "load", script: `/${script}`, count: COUNT, settings: SETTINGS, widths: WIDTHS, rate: RATE };
    Object.assign(entrant, await ask(entrant.runtime, request));
  }
  for (let turn = 0; turn <= rounds; turn++) {
    // To and fro, so that no runtime always runs after the same other one.
    for (const entrant of turn % 2 ? entrants.toReversed() : entrants) {
      const before = processors();
      await new Promise((awake) => setTimeout(awake, 300));
      const after = processors();
      [all, idle] = [all + after.all - before.all, idle + after.idle - before.idle];
      const request = { action: "train", settings: SETTINGS, isFirst: turn === 0, steps: STEPS, batch: BATCH, from: turn * STEPS * BATCH };
      const { ms, loss } = await ask(entrant.runtime, request);
      entrant.loss = loss;
      // The first round warms up: compilers, shaders.
      if (turn > 0) entrant.times.push(ms);
    }
  }
} finally {
  await browser.close();
  server.close();
}

const busy = round(1 - idle / all, 3);
const rate = ({ times }) => (1000 * STEPS * BATCH) / quantile(times.toSorted((a, b) => a - b), 0.5);
const ours = rate(entrants[0]);
const rows = entrants.map((entrant) => ({
  network: "classroom",
  runtime: entrant.runtime,
  version: entrant.version,
  renderer: entrant.renderer ?? undefined,
  batch: BATCH,
  images_per_second: round(rate(entrant), 1),
  median_ms: round((1000 * BATCH) / rate(entrant), 3),
  rounds,
  loss: round(entrant.loss, 4),
  busy,
}));
await writeFile(out, `${JSON.stringify(rows, null, 1)}\n`);
for (const row of rows) {
  const times = (ours / row.images_per_second).toFixed(2);
  console.log(`training, ${row.runtime}: ${row.images_per_second} images a second, loss ${row.loss}; ours is ${times} times as fast`);
}
const renderer = rows.find((row) => row.renderer)?.renderer;
console.log(`WebGL: ${renderer}; between the rounds ${(100 * busy).toFixed(0)} % of the processors were busy`);
const lost = rows.filter((row) => !(row.loss < LEARNED));
for (const row of lost) console.error(`${row.runtime} has not learned: its loss is ${row.loss}`);
process.exitCode = lost.length ? 1 : 0;
