import { log } from '../../core/math.js';
import { normalTails } from '../../core/tails.js';
import { inputCount, type Reference } from './reference.js';
import { MOST_PAIRED, pairIndex, type Sketch } from './sketch.js';

/** Two columns whose scores go together otherwise than they did. */
export interface PairMoved {
  a: number;
  b: number;
  reference: number;
  current: number;
  /** Deviations of Fisher's z from the reference's. */
  z: number;
  p: number;
}

/** Correlation of two columns' scores in a sketch. */
function correlation(sketch: Sketch, a: number, b: number): number {
  const n = sketch.rows;
  const meanA = (sketch.scoreSums[a] as number) / n;
  const meanB = (sketch.scoreSums[b] as number) / n;
  const of = (i: number, j: number, x: number, y: number) => (sketch.products[pairIndex(i, j)] as number) / n - x * y;
  const spread = of(a, a, meanA, meanA) * of(b, b, meanB, meanB);
  return spread > 0 ? of(a, b, meanA, meanB) / Math.sqrt(spread) : Number.NaN;
}

function fisher(r: number): number {
  return 0.5 * log((1 + r) / (1 - r));
}

/**
 * Every watched pair of input columns, tested: the change of Fisher's z over its deviation by the influence function, which holds for any distribution.
 * @param leave columns to leave out, because they have changed by themselves
 */
export function askPairs(reference: Reference, base: Sketch, window: Sketch, leave: ReadonlySet<number>): PairMoved[] {
  const moved: PairMoved[] = [];
  const d = Math.min(inputCount(reference), MOST_PAIRED);
  for (let a = 0; a < d; a++) {
    if (leave.has(a) || reference.moving[a]) continue;
    for (let b = 0; b < a; b++) {
      const pull = reference.pulls[pairIndex(a, b)] as number;
      if (!(pull > 0) || leave.has(b) || reference.moving[b]) continue;
      const r = correlation(base, a, b);
      const now = correlation(window, a, b);
      if (!(Math.abs(r) < 1 && Math.abs(now) < 1)) continue;
      const z = ((fisher(now) - fisher(r)) * (1 - r * r)) / (pull * Math.sqrt(1 / window.rows + 1 / base.rows));
      moved.push({ a, b, reference: r, current: now, z, p: normalTails(z) });
    }
  }
  return moved;
}

/** The column that most of the change has to do with: its squared deviations beyond chance, summed. */
export function blame(pairs: readonly PairMoved[]): number {
  const sums = new Map<number, number>();
  for (const { a, b, z } of pairs) {
    const beyond = Math.max(0, z * z - 6);
    for (const c of [a, b]) sums.set(c, (sums.get(c) ?? 0) + beyond);
  }
  let best = -1;
  let most = -1;
  for (const [c, sum] of sums)
    if (sum > most || (sum === most && c < best)) {
      best = c;
      most = sum;
    }
  return best;
}
