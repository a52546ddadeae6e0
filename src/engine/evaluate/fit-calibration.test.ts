import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exp, log } from '../../core/math.js';
import { normalQuantile } from '../../core/normal.js';
import { Rng } from '../../core/rng.js';
import { fitCalibration, fitSigmoid, fitTemperature } from './fit-calibration.js';

interface Case {
  outputs: number;
  actual: number[];
  predicted: number[];
  weights: number[] | null;
  temperature: number;
  sigmoid?: [number, number];
}
const { cases } = JSON.parse(readFileSync(new URL('../../../test/golden/calibration.json', import.meta.url), 'utf8')) as { cases: Case[] };

describe('calibrations agree with scikit-learn', () => {
  for (const [i, c] of cases.entries())
    it(`case ${i}`, () => {
      const problem = {
        logs: Float64Array.from(c.predicted, log),
        actual: Float64Array.from(c.actual),
        weights: c.weights ? Float64Array.from(c.weights) : undefined,
        outputs: c.outputs,
      };
      // both are minimised numerically there
      expect(Math.abs(fitTemperature(problem).scale / c.temperature - 1)).toBeLessThan(2e-3);
      if (!c.sigmoid) return;
      const { scale, shift } = fitSigmoid(problem);
      expect(scale).toBeCloseTo(c.sigmoid[0], 3);
      expect(shift[1]).toBeCloseTo(c.sigmoid[1], 3);
    });
});

/** Rows whose stated log-probabilities are the true ones times `sharp`, with the odds of the second class shifted. */
function stated(outputs: number, sharp: number, shift = 0, n = 2000) {
  const rng = new Rng(7);
  const actual = new Float64Array(n);
  const predicted = new Float64Array(n * outputs);
  for (let i = 0; i < n; i++) {
    const z = Array.from({ length: outputs }, () => 2 * normalQuantile(0.5 / 4294967296 + rng.uint32() / 4294967296));
    const share = (scores: number[]): number[] => {
      const e = scores.map(exp);
      const all = e.reduce((a, b) => a + b, 0);
      return e.map((v) => v / all);
    };
    const truth = share(z);
    let at = rng.float();
    while (at >= (truth[actual[i] as number] as number) && (actual[i] as number) < outputs - 1)
      at -= truth[actual[i]++ as number] as number;
    predicted.set(share(z.map((v, k) => sharp * v + (k === 1 ? shift : 0))), i * outputs);
  }
  return { actual, predicted, outputs, starts: [0, n / 4, n / 2, n] };
}

describe('fitCalibration', () => {
  it('undoes what makes probabilities too sure or too timid', () => {
    for (const sharp of [0.5, 2]) {
      const found = fitCalibration(stated(3, sharp));
      expect(found?.kind).toBe('temperature');
      expect((found?.calibration.scale as number) * sharp).toBeCloseTo(1, 0);
      expect(found && found.after < found.before).toBe(true);
    }
  });
  it('moves two classes that are stated too seldom', () => {
    const found = fitCalibration(stated(2, 1, -1.5));
    expect(found?.kind).toBe('sigmoid');
    expect(found?.calibration.shift[1]).toBeGreaterThan(1);
  });
  it('does not become certain because all rows out of fold were right', () => {
    const n = 2000;
    const actual = Float64Array.from({ length: n }, (_, i) => i % 3);
    const predicted = Float64Array.from({ length: 3 * n }, (_, i) => (i % 3 === (actual[Math.floor(i / 3)] as number) ? 0.98 : 0.01));
    const found = fitCalibration({ actual, predicted, outputs: 3, starts: [0, n / 2, n] });
    const { scale } = found?.calibration ?? { scale: Number.NaN };
    // the chance of a wrong answer: about one in as many rows
    const wrong = (2 * 0.01 ** scale) / (0.98 ** scale + 2 * 0.01 ** scale);
    expect(wrong * n).toBeGreaterThan(0.5);
    expect(wrong * n).toBeLessThan(2);
  });
  it('leaves honest probabilities, and few rows, alone', () => {
    expect(fitCalibration(stated(2, 1))).toBeUndefined();
    expect(fitCalibration(stated(4, 1))).toBeUndefined();
    expect(fitCalibration(stated(2, 3, 0, 40))).toBeUndefined();
  });
  it('works with a single fold, weights, and certain probabilities', () => {
    const rows = stated(2, 2.5);
    const n = rows.actual.length;
    const weights = Float64Array.from({ length: n }, (_, i) => i % 3);
    const found = fitCalibration({ ...rows, starts: [0, n], weights });
    expect(found?.calibration.scale).toBeLessThan(0.7);
    const certain = Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 === (rows.actual[i >> 1] as number) ? 1 : 0));
    const kept = fitCalibration({ ...rows, predicted: certain });
    expect(kept === undefined || Number.isFinite(kept.after)).toBe(true);
  });
});
