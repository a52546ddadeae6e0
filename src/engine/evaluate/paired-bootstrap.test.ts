import { expect, it } from 'vitest';
import { normalQuantile } from '../../core/normal.js';
import { Rng } from '../../core/rng.js';
import { metric } from './metrics/registry.js';
import { pairedBootstrap } from './paired-bootstrap.js';

const normal = (rng: Rng): number => normalQuantile(rng.float());

/** Two models of which the first is better by `edge` on average, with errors that both share. */
function pair(n: number, edge: number, seed: number) {
  const rng = new Rng(seed);
  const actual = Float64Array.from({ length: n }, () => normal(rng));
  const shared = Float64Array.from({ length: n }, () => 3 * normal(rng));
  const said = (own: number) => ({ predicted: Float64Array.from(actual, (v, i) => v + (shared[i] as number) + own + 0.1 * normal(rng)) });
  return { rows: { actual, outputs: 1 }, first: said(0), second: said(edge) };
}

it('finds a small difference beneath large errors that both make, and its sign follows the metric', () => {
  const { rows, first, second } = pair(400, 0.5, 1);
  const found = pairedBootstrap(metric('rmse'), rows, first, second, new Rng(2));
  expect(found.gain).toBeCloseTo(found.second - found.first, 12);
  const other = pairedBootstrap(metric('rmse'), rows, second, first, new Rng(2));
  expect(other.gain).toBeCloseTo(-found.gain, 12);
  expect(other.better).toBeCloseTo(1 - found.better, 12);
  expect(found.low).toBeLessThan(found.gain);
  expect(found.high).toBeGreaterThan(found.gain);
});

it('covers no difference about nine times in ten', () => {
  let covered = 0;
  for (let s = 0; s < 200; s++) {
    const { rows, first, second } = pair(150, 0, 100 + s);
    const { low, high } = pairedBootstrap(metric('mae'), rows, first, second, new Rng(s), { resamples: 200 });
    if (low <= 0 && high >= 0) covered++;
  }
  expect(covered / 200).toBeGreaterThan(0.83);
  expect(covered / 200).toBeLessThan(0.97);
});

it('by time, holds what neighbours have in common', () => {
  const covered = [0, 0];
  for (let s = 0; s < 100; s++) {
    const rng = new Rng(900 + s);
    const actual = new Float64Array(400);
    let drift = 0;
    // for a while the one is better, then the other
    const second = Float64Array.from(actual, () => {
      drift = 0.8 * drift + normal(rng);
      return 10 + drift;
    });
    const first = new Float64Array(400).fill(10);
    for (const byTime of [true, false]) {
      const { low, high } = pairedBootstrap(
        metric('mae'),
        { actual, outputs: 1 },
        { predicted: first },
        { predicted: second },
        new Rng(s),
        { resamples: 200, byTime },
      );
      if (low <= 0 && high >= 0) covered[byTime ? 0 : 1] = (covered[byTime ? 0 : 1] as number) + 1;
    }
  }
  const [byTime, plain] = covered as [number, number];
  expect(byTime).toBeGreaterThan(75);
  expect(plain).toBeLessThan(60);
});

it('knows nothing where the metric is not defined', () => {
  const rows = { actual: new Float64Array(20), outputs: 2 };
  const said = { predicted: new Float64Array(40).fill(0.5) };
  expect(pairedBootstrap(metric('roc_auc'), rows, said, said, new Rng(0)).low).toBeNaN();
});
