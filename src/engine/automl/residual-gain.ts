import type { Rng } from '../../core/rng.js';
import type { Column } from '../../core/table.js';

/** Bins of a number, and values sorted to place them. */
const BINS = 24;
const SAMPLE = 500;
/** Rows of the mean 0 that the mean of each bin is smoothed by. */
const SMOOTHING = 10;

/** What a model still gets wrong on rows that it was not fitted on: one list of errors a class, or one. */
export interface Residuals {
  readonly errors: readonly Float64Array[];
  /** 0 or 1 a row, drawn: means are learnt on one half and tried on the other. */
  readonly halves: Uint8Array;
}

/** Divides rows into two drawn halves. */
export function drawHalves(rows: number, rng: Rng): Uint8Array {
  return Uint8Array.from({ length: rows }, () => rng.below(2));
}

/** The bin of each row: the code of a category, or which of about 24 equally filled ranges; the last bin holds what is missing. */
export function binsOf(column: Column): { bins: Int32Array; count: number } {
  if (column.kind === 'category') {
    const count = column.levels.length + 1;
    return { bins: column.codes.map((code) => (code < 0 ? count - 1 : code)), count };
  }
  const { values } = column;
  const stride = Math.max(1, Math.floor(values.length / SAMPLE));
  const sample: number[] = [];
  for (let i = 0; i < values.length; i += stride) if (!Number.isNaN(values[i])) sample.push(values[i] as number);
  const sorted = Float64Array.from(sample).sort();
  const cuts: number[] = [];
  for (let b = 1; b < BINS; b++) {
    const cut = sorted[Math.floor((b * sorted.length) / BINS)] as number;
    if (cuts.length === 0 || cut > (cuts[cuts.length - 1] as number)) cuts.push(cut);
  }
  const bins = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) bins[i] = Number.isNaN(values[i]) ? cuts.length + 1 : placeOf(values[i] as number, cuts);
  return { bins, count: cuts.length + 2 };
}

function placeOf(x: number, cuts: readonly number[]): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x >= (cuts[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Share of the squared errors that the means of the bins take away, learnt on one half of the rows and tried on the other: about 0 or a little less for a column
 * that says nothing new.
 * @param corrected takes the errors less what the bins explain, by means of the other half
 */
export function residualGain(
  { errors, halves }: Residuals,
  { bins, count }: { bins: Int32Array; count: number },
  corrected?: readonly Float64Array[],
): number {
  let before = 0;
  let after = 0;
  const sums = new Float64Array(2 * count);
  const rows = new Float64Array(2 * count);
  for (let i = 0; i < bins.length; i++) {
    const at = 2 * (bins[i] as number) + (halves[i] as number);
    rows[at] = (rows[at] as number) + 1;
  }
  errors.forEach((error, k) => {
    sums.fill(0);
    for (let i = 0; i < bins.length; i++) {
      const at = 2 * (bins[i] as number) + (halves[i] as number);
      sums[at] = (sums[at] as number) + (error[i] as number);
    }
    for (let i = 0; i < bins.length; i++) {
      const other = 2 * (bins[i] as number) + 1 - (halves[i] as number);
      const e = error[i] as number;
      const rest = e - (sums[other] as number) / ((rows[other] as number) + SMOOTHING);
      before += e * e;
      after += rest * rest;
      const to = corrected?.[k];
      if (to) to[i] = rest;
    }
  });
  return before > 0 ? 1 - after / before : 0;
}
