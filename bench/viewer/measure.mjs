// Draws a 4096 x 4096 image of 16 bits in a viewport of 900 x 700, once with the viewer's own code on a 2D canvas and once with
// WebGL2 (the whole image as an R16UI texture), and measures what one picture takes: while the window is dragged, while the image is
// shifted, and when it is first opened. Times are milliseconds of the page's thread; for WebGL2 until a pixel could be read back.
import init, { Frames } from './frames.js';

const SIDE = 4096, WIDE = 900, HIGH = 700, COUNT = 300;

function phantom() {
  const samples = new Uint16Array(SIDE * SIDE);
  let state = 1;
  for (let y = 0, i = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++, i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      samples[i] = 8000 + 6 * x + 4 * y + (state >>> 22);
    }
  }
  return samples;
}

function plain(memory, samples) {
  const canvas = document.getElementById('plain');
  [canvas.width, canvas.height] = [WIDE, HIGH];
  const context = canvas.getContext('2d');
  const frames = new Frames(samples, SIDE, WIDE, HIGH);
  const put = () => context.putImageData(
    new ImageData(new Uint8ClampedArray(memory.buffer, frames.pixels(), WIDE * HIGH * 4), WIDE, HIGH), 0, 0);
  return {
    opened: () => { frames.measure(); frames.look(1, 0.5, 0.5); frames.paint(30000, 50000); put(); },
    windowed: t => { frames.paint(20000 + 40 * t, 20000 + 100 * t); put(); },
    shifted: t => { frames.look(1.5, 0.4 + t / 2000, 0.5); frames.paint(30000, 50000); put(); },
    enlarged: t => { frames.look(1 + t / 30, 0.5, 0.5); frames.paint(30000, 50000); put(); },
  };
}

const VERTEX = `#version 300 es
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }`;
// Between four values, as on the canvas; integers cannot be filtered by the texture unit. Smaller copies are left out, which favours
// WebGL2.
const FRAGMENT = `#version 300 es
precision highp float; precision highp usampler2D;
uniform usampler2D image; uniform vec3 place; uniform vec2 window; out vec4 colour;
float at(ivec2 p) { return float(texelFetch(image, clamp(p, ivec2(0), ivec2(${SIDE - 1})), 0).r); }
void main() {
  vec2 p = vec2(gl_FragCoord.x, ${HIGH}.0 - gl_FragCoord.y) * place.x + place.yz;
  if (any(lessThan(p, vec2(0))) || any(greaterThanEqual(p, vec2(${SIDE})))) { colour = vec4(0); return; }
  ivec2 i = ivec2(floor(p - 0.5)); vec2 f = fract(p - 0.5);
  float v = mix(mix(at(i), at(i + ivec2(1, 0)), f.x), mix(at(i + ivec2(0, 1)), at(i + ivec2(1, 1)), f.x), f.y);
  colour = vec4(vec3(clamp((v - window.x) / window.y + 0.5, 0.0, 1.0)), 1.0);
}`;

function webgl(samples) {
  const canvas = document.getElementById('webgl');
  [canvas.width, canvas.height] = [WIDE, HIGH];
  const gl = canvas.getContext('webgl2');
  if (!gl) return null;
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  const [place, window] = ['place', 'window'].map(name => gl.getUniformLocation(program, name));
  const one = new Uint8Array(4);
  const draw = (zoom, x, y, center, width) => {
    const step = SIDE / HIGH / zoom;
    gl.uniform3f(place, step, x * SIDE - WIDE / 2 * step, y * SIDE - HIGH / 2 * step);
    gl.uniform2f(window, center, width);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, one);
  };
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  return {
    renderer: gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER),
    opened: () => {
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16UI, SIDE, SIDE, 0, gl.RED_INTEGER, gl.UNSIGNED_SHORT, samples);
      draw(1, 0.5, 0.5, 30000, 50000);
    },
    windowed: t => draw(1, 0.5, 0.5, 20000 + 40 * t, 20000 + 100 * t),
    shifted: t => draw(1.5, 0.4 + t / 2000, 0.5, 30000, 50000),
    enlarged: t => draw(1 + t / 30, 0.5, 0.5, 30000, 50000),
  };
}

const share = (times, part) => [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))];
const next = () => new Promise(resolve => requestAnimationFrame(resolve));

/** One picture for each that the screen shows: work of each, and time from one to the next. */
async function timed(draw) {
  const work = [], apart = [];
  let last = await next();
  for (let t = 0; t < COUNT; t++) {
    const began = performance.now();
    draw(t);
    work.push(performance.now() - began);
    const now = await next();
    apart.push(now - last);
    last = now;
  }
  const both = times => ({ median: share(times, 0.5), p95: share(times, 0.95), longest: share(times, 1) });
  return { work: both(work), apart: both(apart) };
}

const wasm = await init();
const samples = phantom();
const results = {};
for (const [name, way] of [['canvas', plain(wasm.memory, samples)], ['webgl2', webgl(samples)]]) {
  if (!way) { results[name] = null; continue; }
  const began = performance.now();
  way.opened();
  const opened = performance.now() - began;
  results[name] = { renderer: way.renderer, opened };
  for (const what of ['windowed', 'shifted', 'enlarged']) results[name][what] = await timed(way[what]);
}
window.results = results;
