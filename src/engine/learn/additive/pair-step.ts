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

/** Cells a side at most. */
const SIDE = 64;
/** Sums along the second axis: of the strip before the first cut, and of both. */
const gLow = new Float64Array(SIDE);
const hLow = new Float64Array(SIDE);
const wLow = new Float64Array(SIDE);
const gAll = new Float64Array(SIDE);
const hAll = new Float64Array(SIDE);
const wAll = new Float64Array(SIDE);
const turned: Sums = {
  gradient: new Float64Array(SIDE * SIDE),
  hessian: new Float64Array(SIDE * SIDE),
  weight: new Float64Array(SIDE * SIDE),
};

/** Tries every first cut between the lines of a grid; keeps it in `best` when it beats what is there. */
function tryCuts({ gradient, hessian, weight }: Sums, lines: number, length: number, byRow: boolean, o: StepOptions, best: Cuts): void {
  const { l2, minRowsInLeaf: fewest } = o;
  for (const sums of [gLow, hLow, wLow, gAll, hAll, wAll]) sums.fill(0, 0, length);
  let g = 0;
  let h = 0;
  let w = 0;
  for (let line = 0, at = 0; line < lines; line++)
    for (let j = 0; j < length; j++, at++) {
      gAll[j] = (gAll[j] as number) + (gradient[at] as number);
      hAll[j] = (hAll[j] as number) + (hessian[at] as number);
      wAll[j] = (wAll[j] as number) + (weight[at] as number);
      g += gradient[at] as number;
      h += hessian[at] as number;
      w += weight[at] as number;
    }
  let gTop = 0;
  let hTop = 0;
  let wTop = 0;
  for (let line = 0, at = 0; line < lines - 1; line++) {
    let grew = false;
    for (let j = 0; j < length; j++, at++) {
      const own = weight[at] as number;
      if (!(own > 0)) continue;
      grew = true;
      gLow[j] = (gLow[j] as number) + (gradient[at] as number);
      hLow[j] = (hLow[j] as number) + (hessian[at] as number);
      wLow[j] = (wLow[j] as number) + own;
      gTop += gradient[at] as number;
      hTop += hessian[at] as number;
      wTop += own;
    }
    const [gRest, hRest, wRest] = [g - gTop, h - hTop, w - wTop];
    if (!grew || wTop < fewest || !(hTop > 0)) continue;
    if (wRest < fewest || !(hRest > 0)) break;
    let bestLow = (gTop * gTop) / (hTop + l2);
    let bestHigh = (gRest * gRest) / (hRest + l2);
    let low = -1;
    let high = -1;
    let [a, b, c, d, e, f] = [0, 0, 0, 0, 0, 0];
    for (let j = 0; j < length - 1; j++) {
      const [gj, hj, wj] = [gLow[j] as number, hLow[j] as number, wLow[j] as number];
      a += gj;
      b += hj;
      c += wj;
      d += (gAll[j] as number) - gj;
      e += (hAll[j] as number) - hj;
      f += (wAll[j] as number) - wj;
      if (c >= fewest && wTop - c >= fewest && b > 0 && hTop - b > 0) {
        const gain = (a * a) / (b + l2) + ((gTop - a) * (gTop - a)) / (hTop - b + l2);
        if (gain > bestLow) {
          bestLow = gain;
          low = j + 1;
        }
      }
      if (f >= fewest && wRest - f >= fewest && e > 0 && hRest - e > 0) {
        const gain = (d * d) / (e + l2) + ((gRest - d) * (gRest - d)) / (hRest - e + l2);
        if (gain > bestHigh) {
          bestHigh = gain;
          high = j + 1;
        }
      }
    }
    if (bestLow + bestHigh > best.gain) {
      best.gain = bestLow + bestHigh;
      best.byRow = byRow;
      best.cut = line + 1;
      best.low = low;
      best.high = high;
    }
  }
}

/** The best division of a grid into up to four parts: a cut along one axis and, on each side of it, one along the other. */
function bestCuts(sums: Sums, rows: number, width: number, o: StepOptions): Cuts {
  const best: Cuts = { gain: 0, byRow: true, cut: -1, low: -1, high: -1 };
  tryCuts(sums, rows, width, true, o, best);
  for (let i = 0, at = 0; i < rows; i++)
    for (let j = 0, to = i; j < width; j++, at++, to += rows) {
      turned.gradient[to] = sums.gradient[at] as number;
      turned.hessian[to] = sums.hessian[at] as number;
      turned.weight[to] = sums.weight[at] as number;
    }
  tryCuts(turned, width, rows, false, o, best);
  return best;
}

/** How much of the loss such a division explains: FAST's measure of an interaction (Lou et al. 2013) when single effects are out already. */
export function pairStrength(sums: Sums, rows: number, width: number, o: StepOptions): number {
  return bestCuts(sums, rows, width, o).gain;
}

/** A step for a grid of at most 64 × 64 cells: the best division, each part with its own value. */
export function pairStep(sums: Sums, rows: number, width: number, o: StepOptions, out: Float64Array): void {
  const { cut, byRow, low, high } = bestCuts(sums, rows, width, o);
  out.fill(0);
  if (cut < 0) return;
  const inner = byRow ? width : rows;
  const [lineStep, step] = byRow ? [width, 1] : [1, width];
  const part = (i0: number, i1: number, j0: number, j1: number): void => {
    let g = 0;
    let h = o.l2;
    for (let i = i0; i < i1; i++)
      for (let j = j0; j < j1; j++) {
        const at = i * lineStep + j * step;
        g += sums.gradient[at] as number;
        h += sums.hessian[at] as number;
      }
    const value = h > 0 ? (-o.learningRate * g) / h : 0;
    for (let i = i0; i < i1; i++) for (let j = j0; j < j1; j++) out[i * lineStep + j * step] = value;
  };
  const strip = (i0: number, i1: number, at: number): void => {
    part(i0, i1, 0, at < 0 ? inner : at);
    if (at >= 0) part(i0, i1, at, inner);
  };
  strip(0, cut, low);
  strip(cut, byRow ? rows : width, high);
}
