// The tensors of a safetensors file of single-precision numbers: from name to shape and data.
export function tensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = Number(view.getBigUint64(0, true));
  const { __metadata__, ...entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + header)));
  return Object.fromEntries(
    Object.entries(entries).map(([name, { dtype, shape, data_offsets: [from, to] }]) => {
      if (dtype !== "F32") throw new Error(`${name} is ${dtype}`);
      // Copied, because the data need not begin where an array of numbers may.
      return [name, { shape, data: new Float32Array(bytes.slice(8 + header + from, 8 + header + to).buffer) }];
    }),
  );
}
