// Times Lantern's start: from navigation to the first finding on the screen, on a first and on a later visit.
//
// usage: node startup.mjs BASE_URL OUT.json
//
// BASE_URL  a running companion (`lantern serve`)
// OUT.json  a list of rows, which the new rows join

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, launchOptions, quantile, round } from "./machine.mjs";

const REPEATS = 7;

const [base, out] = process.argv.slice(2);
if (!out) throw new Error("usage: node startup.mjs BASE_URL OUT.json");

// Runs in the page, from before its own scripts: asks for a drawing of a chest at the first moment it can be asked for, and notes
// when its finding has been painted.
function watch() {
  let asked = false;
  const observer = new MutationObserver(() => {
    const buttons = [...document.querySelectorAll("button")];
    const button = buttons.find((button) => button.ariaLabel === "Try one: a frontal radiograph of a child's chest");
    if (!asked && button && !button.disabled) {
      asked = true;
      button.click();
    }
    if (document.querySelector("aside.findings h2")) {
      observer.disconnect();
      // A frame's callbacks run before it is painted; a task sent from there runs after.
      requestAnimationFrame(() => setTimeout(() => (globalThis.firstFinding = performance.now())));
    }
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true });
}

// One visit in a browser of its own; with a profile that has been here before, its caches are filled.
async function visit(profile) {
  const context = await chromium.launchPersistentContext(profile, launchOptions);
  const page = context.pages()[0];
  await page.addInitScript(watch);
  await page.goto(base);
  const milliseconds = await (await page.waitForFunction(() => globalThis.firstFinding)).jsonValue();
  // All of the page's workers compute: one that was asked, and its helpers.
  const threads = page.workers().length;
  // The page is kept for later by its service worker; only then is the visit over.
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await context.close();
  return { milliseconds, threads };
}

const times = { "first-finding-cold": [], "first-finding-warm": [] };
let threads;
for (let repeat = 0; repeat < REPEATS; repeat++) {
  const profile = await mkdtemp(join(tmpdir(), "lantern-startup-"));
  for (const what of Object.keys(times)) {
    const seen = await visit(profile);
    threads = seen.threads;
    times[what].push(seen.milliseconds);
    console.log(`${what}: ${seen.milliseconds.toFixed(0)} ms`);
  }
  await rm(profile, { recursive: true });
}

const rows = JSON.parse(await readFile(out, "utf8").catch(() => "[]"));
for (const [what, all] of Object.entries(times)) {
  all.sort((a, b) => a - b);
  const median_ms = round(quantile(all, 0.5), 1);
  rows.push({ network: "chest-pneumonia", runtime: "lantern", threads, what, median_ms, rounds: REPEATS });
  console.log(`${what}: median ${median_ms} ms`);
}
await writeFile(out, `${JSON.stringify(rows, null, 1)}\n`);
