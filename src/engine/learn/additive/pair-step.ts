import type { StepOptions, Sums } from './steps.js';

/** Where a grid is cut: along one axis, then each side along the other. −1: that side is left whole. */
interface Cuts {
  gain: number;
  /** True: the first cut is between rows of the grid. */
  byRow: boolean;
  cut: number;
  low: number;
  high: number;
}

/** Room for sums along the second axis. */
const g0 = new Float64Array(64);
const h0 = new Float64Array(64);
const w0 = new Float64Array(64);
const gAll = new Float64Array(64);
const hAll = new Float64Array(64);
const wAll = new Float64Array(64);
/** Where `secondCut` found its best cut. */
let foundAt = -1;

/** The best cut of a strip, by gain over leaving it whole. */
function secondCut(count: number, upper: boolean, o: StepOptions): number {
  const at = (all: Float64Array, part: Float64Array, j: number): number =>
    upper ? (all[j] as number) - (part[j] as number) : (part[j] as number);
  let g = 0;
  let h = 0;
  let w = 0;
  for (let j = 0; j < count; j++) {
    g += at(gAll, g0, j);
    h += at(hAll, h0, j);
    w += at(wAll, w0, j);
  }
  const whole = h + o.l2 > 0 ? (g * g) / (h + o.l2) : 0;
  foundAt = -1;
  let best = whole;
  let a = 0;
  let b = 0;
  let c = 0;
  for (let j = 0; j < count - 1; j++) {
    a += at(gAll, g0, j);
    b += at(hAll, h0, j);
    c += at(wAll, w0, j);
    if (c < o.minRowsInLeaf || w - c < o.minRowsInLeaf || !(b > 0) || !(h - b > 0)) continue;
    const gain = (a * a) / (b + o.l2) + ((g - a) * (g - a)) / (h - b + o.l2);
    if (gain > best) {
      best = gain;
      foundAt = j + 1;
    }
  }
  return w < o.minRowsInLeaf ? Number.NEGATIVE_INFINITY : best;
}

function bestAlong(sums: Sums, rows: number, width: number, byRow: boolean, o: StepOptions, best: Cuts): void {
  const [outer, inner] = byRow ? [rows, width] : [width, rows];
  const [outerStep, innerStep] = byRow ? [width, 1] : [1, width];
  gAll.fill(0, 0, inner);
  hAll.fill(0, 0, inner);
  wAll.fill(0, 0, inner);
  g0.fill(0, 0, inner);
  h0.fill(0, 0, inner);
  w0.fill(0, 0, inner);
  for (let i = 0; i < outer; i++)
    for (let j = 0; j < inner; j++) {
      const at = i * outerStep + j * innerStep;
      gAll[j] = (gAll[j] as number) + (sums.gradient[at] as number);
      hAll[j] = (hAll[j] as number) + (sums.hessian[at] as number);
      wAll[j] = (wAll[j] as number) + (sums.weight[at] as number);
    }
  for (let i = 0; i < outer - 1; i++) {
    for (let j = 0; j < inner; j++) {
      const at = i * outerStep + j * innerStep;
      g0[j] = (g0[j] as number) + (sums.gradient[at] as number);
      h0[j] = (h0[j] as number) + (sums.hessian[at] as number);
      w0[j] = (w0[j] as number) + (sums.weight[at] as number);
    }
    const lower = secondCut(inner, false, o);
    const low = foundAt;
    const upper = secondCut(inner, true, o);
    if (lower + upper > best.gain) {
      best.gain = lower + upper;
      best.byRow = byRow;
      best.cut = i + 1;
      best.low = low;
      best.high = foundAt;
    }
  }
}

/** The best division of a grid into up to four parts by a cut along one axis and, on each side of it, one along the other. */
function bestCuts(sums: Sums, rows: number, width: number, o: StepOptions): Cuts {
  const best: Cuts = { gain: 0, byRow: true, cut: -1, low: -1, high: -1 };
  bestAlong(sums, rows, width, true, o, best);
  bestAlong(sums, rows, width, false, o, best);
  return best;
}

/** How much of the loss such a division explains: FAST's measure of an interaction (Lou et al. 2013) when single effects are out already. */
export function pairStrength(sums: Sums, rows: number, width: number, o: StepOptions): number {
  return bestCuts(sums, rows, width, o).gain;
}

/** A step for a grid: the best division, each part with its own value. */
export function pairStep(sums: Sums, rows: number, width: number, o: StepOptions, out: Float64Array): void {
  const { cut, byRow, low, high } = bestCuts(sums, rows, width, o);
  out.fill(0);
  if (cut < 0) return;
  const [outer, inner] = byRow ? [rows, width] : [width, rows];
  const part = (i0: number, i1: number, j0: number, j1: number): void => {
    let g = 0;
    let h = o.l2;
    for (let i = i0; i < i1; i++)
      for (let j = j0; j < j1; j++) {
        const at = byRow ? i * width + j : j * width + i;
        g += sums.gradient[at] as number;
        h += sums.hessian[at] as number;
      }
    const value = h > 0 ? (-o.learningRate * g) / h : 0;
    for (let i = i0; i < i1; i++) for (let j = j0; j < j1; j++) out[byRow ? i * width + j : j * width + i] = value;
  };
  const strip = (i0: number, i1: number, at: number): void => {
    part(i0, i1, 0, at < 0 ? inner : at);
    if (at >= 0) part(i0, i1, at, inner);
  };
  strip(0, cut, low);
  strip(cut, outer, high);
}
