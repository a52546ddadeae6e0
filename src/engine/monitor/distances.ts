import { log } from '../../core/math.js';
import { chiSquareTail, kolmogorovTail } from '../../core/tails.js';

/** A distribution of numbers: places upwards, and what weighs at each. */
export interface Empirical {
  readonly values: ArrayLike<number>;
  /** Not negative; absent: 1 each. */
  readonly weights?: ArrayLike<number>;
}

/** A statistic with the probability of one as large by chance. */
export interface Tested {
  statistic: number;
  p: number;
}

/** Walks along both at once; `visit` gets the share of each at or below a place, and the distance to the next place. */
function together(a: Empirical, b: Empirical, visit: (belowA: number, belowB: number, gap: number) => void): void {
  const totalA = total(a);
  const totalB = total(b);
  let i = 0;
  let j = 0;
  let sumA = 0;
  let sumB = 0;
  const n = a.values.length;
  const m = b.values.length;
  while (i < n || j < m) {
    const x = i < n ? (a.values[i] as number) : Number.POSITIVE_INFINITY;
    const y = j < m ? (b.values[j] as number) : Number.POSITIVE_INFINITY;
    const at = Math.min(x, y);
    for (; i < n && (a.values[i] as number) === at; i++) sumA += a.weights ? (a.weights[i] as number) : 1;
    for (; j < m && (b.values[j] as number) === at; j++) sumB += b.weights ? (b.weights[j] as number) : 1;
    const nextX = i < n ? (a.values[i] as number) : Number.POSITIVE_INFINITY;
    const nextY = j < m ? (b.values[j] as number) : Number.POSITIVE_INFINITY;
    const next = Math.min(nextX, nextY);
    visit(sumA / totalA, sumB / totalB, next === Number.POSITIVE_INFINITY ? 0 : next - at);
  }
}

function total({ values, weights }: Empirical): number {
  if (!weights) return values.length;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += weights[i] as number;
  return sum;
}

/**
 * Kolmogorov and Smirnov's test of two samples: the largest distance between the distribution functions, scipy's `ks_2samp().statistic`.
 * The probability is that of Kolmogorov's limit at √(nm/(n+m))·D.
 * @example kolmogorovSmirnov({ values: [1, 2, 3] }, { values: [2, 3, 4] }).statistic // 0.333…
 */
export function kolmogorovSmirnov(a: Empirical, b: Empirical): Tested {
  let statistic = 0;
  together(a, b, (x, y) => {
    const d = x < y ? y - x : x - y;
    if (d > statistic) statistic = d;
  });
  const n = total(a);
  const m = total(b);
  return { statistic, p: kolmogorovTail(Math.sqrt((n * m) / (n + m)) * statistic) };
}

/** The earth mover's distance of two samples, in the unit of the values; scipy's `wasserstein_distance`. */
export function wasserstein(a: Empirical, b: Empirical): number {
  let sum = 0;
  together(a, b, (x, y, gap) => {
    sum += (x < y ? y - x : x - y) * gap;
  });
  return sum;
}

/** Jensen and Shannon's distance (a square root, natural logarithms) of two lists of counts; scipy's `jensenshannon`. In [0, 0.8326]. */
export function jensenShannon(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const sumA = total({ values: a, weights: a });
  const sumB = total({ values: b, weights: b });
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const p = (a[i] as number) / sumA;
    const q = (b[i] as number) / sumB;
    const m = (p + q) / 2;
    if (p > 0) sum += p * log(p / m);
    if (q > 0) sum += q * log(q / m);
  }
  return Math.sqrt(Math.max(0, sum / 2));
}

/**
 * The population stability index Σ (q − p)·log(q / p) of two lists of counts. Half a row is added to every place, so that none is empty.
 * Below 0.1 is taken for stable, above 0.25 for another population.
 */
export function stabilityIndex(reference: ArrayLike<number>, current: ArrayLike<number>): number {
  const k = reference.length;
  const n = total({ values: reference, weights: reference }) + 0.5 * k;
  const m = total({ values: current, weights: current }) + 0.5 * k;
  let sum = 0;
  for (let i = 0; i < k; i++) {
    const p = ((reference[i] as number) + 0.5) / n;
    const q = ((current[i] as number) + 0.5) / m;
    sum += (q - p) * log(q / p);
  }
  return sum;
}

/**
 * Pearson's χ² test that two lists of counts come from one distribution; scipy's `chi2_contingency(correction=False)`. Places empty in both
 * are left out.
 */
export function chiSquare(a: ArrayLike<number>, b: ArrayLike<number>): Tested & { freedom: number } {
  const n = total({ values: a, weights: a });
  const m = total({ values: b, weights: b });
  let statistic = 0;
  let places = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    if (!(x + y > 0)) continue;
    places++;
    const expectedA = ((x + y) * n) / (n + m);
    const expectedB = ((x + y) * m) / (n + m);
    statistic += ((x - expectedA) * (x - expectedA)) / expectedA + ((y - expectedB) * (y - expectedB)) / expectedB;
  }
  const freedom = n > 0 && m > 0 ? Math.max(0, places - 1) : 0;
  if (freedom === 0) return { statistic: 0, freedom, p: 1 };
  return { statistic, freedom, p: chiSquareTail(statistic, freedom) };
}
