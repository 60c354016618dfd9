// In the page: workers by name, and a promise for each answer.
const workers = new Map();

window.ask = (name, message, transferred = []) =>
  new Promise((resolve, reject) => {
    if (!workers.has(name)) workers.set(name, new Worker("/bench/runtime.mjs", { type: "module" }));
    const worker = workers.get(name);
    worker.onerror = (event) => reject(new Error(`${name}: ${event.message}`));
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(`${name}: ${data.error}`)) : resolve(data));
    worker.postMessage(message, transferred);
  });

window.end = () => {
  workers.forEach((worker) => worker.terminate());
  workers.clear();
};

// The same image for all: seeded noise between -2 and 2 (a linear congruential generator, Knuth's constants).
window.image = (count) => {
  let state = 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 4 - 2;
  });
};
