import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/rng.js';
import { calibrationCurve } from './calibration.js';
import { scoreCurve } from './curves.js';
import { metric, metricsFor } from './metrics/registry.js';
import { bestThreshold } from './threshold.js';

function sample(n: number, seed: number, decimals = 16) {
  const rng = new Rng(seed);
  const actual = new Float64Array(n);
  const p = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    p[i] = Number((rng.float() ** 2).toFixed(decimals));
    actual[i] = rng.float() < (p[i] as number) ? 1 : 0;
    weights[i] = rng.below(3);
  }
  return { actual, p, weights };
}

describe('bestThreshold', () => {
  it('is as good as trying every score, for every metric of called classes, with ties and weights', () => {
    let counted = 0;
    for (const m of [...metricsFor('binary'), metric('fbeta@2')]) {
      if (!m.fromCounts) continue;
      counted++;
      for (let seed = 0; seed < 6; seed++) {
        const { actual, p, weights } = sample(60, seed, seed % 2 ? 1 : 16);
        const score = (threshold: number): number => m.compute({ actual, predicted: p, outputs: 1, weights, threshold });
        const scores = [...p].map(score).filter((v) => !Number.isNaN(v));
        const best = m.greaterIsBetter ? Math.max(...scores) : Math.min(...scores);
        expect(score(bestThreshold(actual, p, m, weights)), `${m.id} ${seed}`).toBeCloseTo(best, 12);
      }
    }
    expect(counted).toBeGreaterThan(20);
  });
  const f1 = metric('f1');
  it('stays at 0.5 when nothing is gained, and lies between neighbouring scores', () => {
    expect(bestThreshold(new Float64Array([0, 0, 1, 1]), new Float64Array([0.1, 0.2, 0.8, 0.9]), f1)).toBe(0.5);
    expect(bestThreshold(new Float64Array([0, 0, 1, 1]), new Float64Array([0.1, 0.2, 0.4, 0.9]), f1)).toBeCloseTo(0.3, 15);
    expect(bestThreshold(new Float64Array(4), new Float64Array(4), f1)).toBe(0.5);
    expect(bestThreshold(new Float64Array([0, 1]), new Float64Array([0.3, 0.2]), metric('roc_auc'))).toBe(0.5);
  });
});

describe('calibrationCurve', () => {
  it('is near the diagonal for honest probabilities, and far for doubled ones', () => {
    const { actual, p } = sample(20_000, 4);
    const honest = calibrationCurve(actual, p);
    expect(honest.bins.length).toBe(10);
    expect(honest.bins.reduce((a, b) => a + b.rows, 0)).toBe(20_000);
    expect(honest.error).toBeLessThan(0.02);
    expect(
      calibrationCurve(
        actual,
        p.map((v) => Math.min(1, 2 * v)),
      ).error,
    ).toBeGreaterThan(0.15);
  });
  it('keeps equal probabilities in one bin', () => {
    const { bins, error } = calibrationCurve(new Float64Array([0, 1, 1, 1]), new Float64Array([0.5, 0.5, 0.5, 0.5]));
    expect(bins).toEqual([{ predicted: 0.5, observed: 0.75, rows: 4 }]);
    expect(error).toBe(0.25);
    expect(calibrationCurve(new Float64Array(0), new Float64Array(0)).error).toBeNaN();
  });
});

describe('scoreCurve', () => {
  it('is the known curve of a small case', () => {
    const points = scoreCurve(new Float64Array([1, 0, 1, 0]), new Float64Array([0.9, 0.8, 0.7, 0.7]));
    expect(points.map((p) => [p.threshold, p.falsePositiveRate, p.truePositiveRate, p.called])).toEqual([
      [1, 0, 0, 0],
      [0.9, 0, 0.5, 0.25],
      [0.8, 0.5, 0.5, 0.5],
      [0.7, 1, 1, 1],
    ]);
    expect(points.map((p) => p.lift)).toEqual([2, 2, 1, 1]);
  });
  it('downsampled, the area is still the AUC', () => {
    const { actual, p, weights } = sample(30_000, 8);
    const points = scoreCurve(actual, p, weights);
    expect(points.length).toBeLessThanOrEqual(200);
    let area = 0;
    for (let i = 1; i < points.length; i++) {
      const [a, b] = [points[i - 1], points[i]] as [(typeof points)[0], (typeof points)[0]];
      area += ((b.falsePositiveRate - a.falsePositiveRate) * (a.truePositiveRate + b.truePositiveRate)) / 2;
    }
    expect(points.at(-1)).toMatchObject({ falsePositiveRate: 1, truePositiveRate: 1, called: 1, lift: 1 });
    expect(area).toBeCloseTo(metric('roc_auc').compute({ actual, predicted: p, outputs: 1, weights }), 3);
    expect(scoreCurve(new Float64Array(3), new Float64Array(3))).toEqual([]);
  });
});
