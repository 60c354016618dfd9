// What all measurements need of the machine: the folder of installed packages, a Chromium, and what the processors do.

import { createRequire } from "node:module";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const modules = process.env.NODE_MODULES ?? fileURLToPath(new URL("node_modules", import.meta.url));

export const { chromium } = createRequire(join(modules, "playwright-core/package.json"))("playwright-core");

export const launchOptions = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  headless: true,
  args: [
    // Chromium refuses to run as root inside its sandbox.
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

// The value below which a fraction of the sorted values lies, between neighbours by proportion.
export function quantile(sorted, fraction) {
  const place = (sorted.length - 1) * fraction;
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

export const round = (value, digits) => Number(value.toFixed(digits));

// What the processors have done since the machine started, in milliseconds.
export function processors() {
  const times = cpus().map((cpu) => cpu.times);
  const all = times.flatMap(Object.values).reduce((sum, time) => sum + time, 0);
  return { all, idle: times.reduce((sum, { idle }) => sum + idle, 0) };
}
