const SMALL = 600;

/**
 * The order that sorts the values upwards: stable, −0 equal to 0, `NaN` last. Radix sort, O(n).
 * @example argsort(new Float64Array([3, 1, 2])) // 1, 2, 0
 */
export function argsort(values: Float64Array): Uint32Array {
  const n = values.length;
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  if (n < SMALL) {
    return order.sort((a, b) => {
      const x = values[a] as number;
      const y = values[b] as number;
      if (x < y) return -1;
      if (x > y) return 1;
      return x === y ? a - b : Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
    });
  }
  return radix(values, order);
}

/** Least significant digit first, 16 bits a pass, over keys whose unsigned order is the order of the numbers. */
function radix(values: Float64Array, order: Uint32Array): Uint32Array {
  const n = values.length;
  const copy = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const v = (values[i] as number) + 0;
    copy[i] = Number.isNaN(v) ? Number.NaN : v;
  }
  const words = new Uint32Array(copy.buffer);
  const high = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;
  const keys = [new Uint32Array(n), new Uint32Array(n)] as const;
  for (let i = 0; i < n; i++) {
    const h = words[2 * i + high] as number;
    const l = words[2 * i + 1 - high] as number;
    const missing = Number.isNaN(copy[i]);
    const negative = !missing && h >>> 31 === 1;
    keys[0][i] = missing ? 0xffffffff : negative ? ~l : l;
    keys[1][i] = missing ? 0xffffffff : negative ? ~h : h ^ 0x80000000;
  }
  let from: Uint32Array = order;
  let to: Uint32Array = new Uint32Array(n);
  const starts = new Uint32Array(65537);
  for (let pass = 0; pass < 4; pass++) {
    const key = keys[pass >> 1] as Uint32Array;
    const shift = (pass & 1) * 16;
    starts.fill(0);
    for (let i = 0; i < n; i++) {
      const d = (((key[i] as number) >>> shift) & 0xffff) + 1;
      starts[d] = (starts[d] as number) + 1;
    }
    if (starts.includes(n)) continue;
    for (let d = 1; d < 65537; d++) starts[d] = (starts[d] as number) + (starts[d - 1] as number);
    for (let i = 0; i < n; i++) {
      const row = from[i] as number;
      const d = ((key[row] as number) >>> shift) & 0xffff;
      const at = starts[d] as number;
      to[at] = row;
      starts[d] = at + 1;
    }
    [from, to] = [to, from];
  }
  return from;
}
