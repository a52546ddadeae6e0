import { describe, expect, it } from 'vitest';
import { Deadline } from '../../core/clock.js';
import { normalQuantile } from '../../core/normal.js';
import { Rng } from '../../core/rng.js';
import { bootstrap } from './bootstrap.js';
import type { MetricInput } from './metrics/metric.js';
import { metric } from './metrics/registry.js';

let now = 0;
const clock = { now: () => now, pause: async () => {} };
const forever = () => new Deadline(clock, Number.POSITIVE_INFINITY);
const gauss = (rng: Rng): number => normalQuantile(0.5 / 4294967296 + rng.uint32() / 4294967296);

function binary(n: number, seed: number): MetricInput {
  const rng = new Rng(seed);
  const actual = new Float64Array(n);
  const predicted = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    actual[i] = i % 3 === 0 ? 1 : 0;
    predicted[i] = gauss(rng) + (actual[i] as number);
  }
  return { actual, predicted, outputs: 1 };
}

describe('bootstrap', () => {
  it('covers the true AUC about nine times in ten', async () => {
    const truth = metric('roc_auc').compute(binary(200_000, 77));
    let covered = 0;
    for (let s = 0; s < 200; s++) {
      const { estimates } = await bootstrap({
        metrics: [metric('roc_auc')],
        input: binary(150, s),
        stratify: true,
        rng: new Rng(s),
        deadline: forever(),
        resamples: 200,
      });
      const e = estimates.get('roc_auc');
      if (e && e.low <= truth && truth <= e.high) covered++;
    }
    expect(covered).toBeGreaterThan(168);
    expect(covered).toBeLessThan(192);
  });
  it('has the width that theory gives for a mean', async () => {
    const rng = new Rng(5);
    const n = 3000;
    const actual = Float64Array.from({ length: n }, () => gauss(rng));
    const input = { actual, predicted: new Float64Array(n), outputs: 1 };
    const { estimates } = await bootstrap({ metrics: [metric('mean_squared_error')], input, stratify: false, rng, deadline: forever() });
    const e = estimates.get('mean_squared_error');
    // the mean of squared standard normals has standard error √(2/n)
    expect((e?.high as number) - (e?.low as number)).toBeCloseTo(2 * 1.645 * Math.sqrt(2 / n), 1.9);
  });
  it('stops at the deadline, and repeats its record exactly', async () => {
    now = 0;
    const ticking = { now: () => now++, pause: async () => {} };
    const ids = ['roc_auc', 'log_loss', 'f1'].map(metric);
    const input = { ...binary(90, 4), predicted: binary(90, 4).predicted.map((v) => 1 / (1 + Math.abs(v))) };
    const options = { metrics: ids, input, stratify: true };
    const cut = await bootstrap({ ...options, rng: new Rng(8), deadline: new Deadline(ticking, 120) });
    expect(cut.resamples).toBeGreaterThan(20);
    expect(cut.resamples).toBeLessThan(120);
    const expired = forever();
    expired.expire();
    expect(await bootstrap({ ...options, rng: new Rng(8), deadline: expired, limit: cut.resamples })).toEqual(cut);
    const none = await bootstrap({ ...options, rng: new Rng(8), deadline: expired });
    expect(none.resamples).toBe(0);
    expect(none.estimates.get('f1')?.value).toBe(metric('f1').compute(input));
    expect(none.estimates.get('f1')?.low).toBeNaN();
  });
  it('contains its value, even for a perfect or an undefined one', async () => {
    const actual = Float64Array.from({ length: 40 }, (_, i) => i % 2);
    const perfect = await bootstrap({
      metrics: [metric('roc_auc')],
      input: { actual, predicted: actual, outputs: 1 },
      stratify: true,
      rng: new Rng(1),
      deadline: forever(),
      resamples: 50,
    });
    expect(perfect.estimates.get('roc_auc')).toEqual({ value: 1, low: 1, high: 1 });
    const one = await bootstrap({
      metrics: [metric('roc_auc')],
      input: { actual: new Float64Array(9), predicted: new Float64Array(9), outputs: 1 },
      stratify: true,
      rng: new Rng(1),
      deadline: forever(),
      resamples: 50,
    });
    expect(one.estimates.get('roc_auc')?.value).toBeNaN();
    const empty = await bootstrap({
      metrics: [metric('accuracy')],
      input: { actual: new Float64Array(0), predicted: new Float64Array(0), outputs: 1 },
      stratify: false,
      rng: new Rng(1),
      deadline: forever(),
    });
    expect(empty.resamples).toBe(0);
  });
});
