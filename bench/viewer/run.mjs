// Runs measure.mjs in Chromium and prints its figures.
//
// usage: NODE_MODULES=FOLDER CHROMIUM=PROGRAM node run.mjs FOLDER   (FOLDER holds frames.js and frames_bg.wasm)
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const here = import.meta.dirname, built = process.argv[2];
const { chromium } = createRequire(process.env.NODE_MODULES + '/')('playwright-core');
const types = { html: 'text/html', mjs: 'text/javascript', js: 'text/javascript', wasm: 'application/wasm' };
const server = createServer(async (request, response) => {
  const name = request.url.slice(1) || 'page.html';
  try {
    const bytes = await readFile(join(name.startsWith('frames') ? built : here, name));
    response.setHeader('Content-Type', types[name.split('.').pop()] ?? 'text/plain');
    response.end(bytes);
  } catch {
    response.statusCode = 404;
    response.end();
  }
}).listen(0, '127.0.0.1');
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
const page = await browser.newPage();
page.on('pageerror', error => { console.error(error); process.exit(1); });
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.waitForFunction('window.results', null, { timeout: 300_000 });
console.log(JSON.stringify(await page.evaluate('window.results'), null, 1));
await browser.close();
server.close();
