import type { Rng } from '../../core/rng.js';

/** Texts as sparse rows: the entries of row i are `starts[i]` to `starts[i + 1]`. */
export interface SparseRows {
  readonly starts: Uint32Array;
  /** Columns of the entries. */
  readonly places: Uint32Array;
  readonly values: Float32Array;
  /** Number of columns. */
  readonly width: number;
}

/**
 * Ridge regression of several answers on sparse rows by coordinate descent in the dual: with a of one number a row, weights Σ a · row, each visit to a row
 * solves its equation exactly (Shalev-Shwartz and Zhang 2013; Hsieh et al. 2008 for support vectors). Needs no matrix and no step size, and a few rounds over
 * rows of length 1 suffice.
 * @param rows indices of the rows to fit on
 * @param answers row-major, `outputs` a row, centred
 * @param weights of the rows; rows of weight 0 are passed over
 * @param penalty on the squared weights, beside squared errors
 * @returns place-major, `outputs` a place
 */
export function fitTextRidge(
  data: SparseRows,
  rows: Uint32Array,
  { answers, outputs, weights }: { answers: Float64Array; outputs: number; weights: Float64Array | undefined },
  { penalty, rounds, rng }: { penalty: number; rounds: number; rng: Rng },
): Float32Array {
  const { starts, places, values, width } = data;
  const fitted = new Float32Array(width * outputs);
  const dual = new Float64Array(rows.length * outputs);
  const order = Uint32Array.from(rows, (_, i) => i);
  const sums = new Float64Array(outputs);
  for (let round = 0; round < rounds; round++) {
    rng.shuffle(order);
    for (let v = 0; v < order.length; v++) {
      const at = order[v] as number;
      const row = rows[at] as number;
      const weight = weights ? (weights[row] as number) : 1;
      if (!(weight > 0)) continue;
      const [from, to] = [starts[row] as number, starts[row + 1] as number];
      let length = 0;
      sums.fill(0);
      for (let e = from; e < to; e++) {
        const x = values[e] as number;
        const base = (places[e] as number) * outputs;
        length += x * x;
        for (let k = 0; k < outputs; k++) sums[k] = (sums[k] as number) + x * (fitted[base + k] as number);
      }
      const own = penalty / weight;
      for (let k = 0; k < outputs; k++) {
        const d = at * outputs + k;
        const error = (answers[row * outputs + k] as number) - (sums[k] as number) - own * (dual[d] as number);
        const step = error / (length + own);
        dual[d] = (dual[d] as number) + step;
        sums[k] = step;
      }
      for (let e = from; e < to; e++) {
        const x = values[e] as number;
        const base = (places[e] as number) * outputs;
        for (let k = 0; k < outputs; k++) fitted[base + k] = (fitted[base + k] as number) + x * (sums[k] as number);
      }
    }
  }
  return fitted;
}
