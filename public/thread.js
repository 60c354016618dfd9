// One more thread for the worker that computes: the same module over the same memory.
self.onmessage = async ({ data: { js, module, memory } }) => {
  const doors = await import(js);
  await doors.default({ module_or_path: module, memory });
  const number = doors.join_team();
  self.postMessage("ready");
  doors.lend_thread(number);
};
