import { expect, it } from 'vitest';
import { Rng } from '../../../core/rng.js';
import { RecalibratedLoss, type ScoredRows } from './recalibrated-loss.js';

const rng = new Rng(3);
/** Nearly normal. */
const normal = (): number => Array.from({ length: 12 }, () => rng.float()).reduce((a, b) => a + b, -6);
const logLoss = ({ scores, target, weights }: ScoredRows, slope: number, shift: number): number => {
  let [sum, all] = [0, 0];
  target.forEach((y, i) => {
    const z = slope * (scores[i] as number) + shift;
    const w = weights?.[i] ?? 1;
    sum += w * Math.log(1 + Math.exp(y === 1 ? -z : z));
    all += w;
  });
  return sum / all;
};
/** Answers that follow slope · score + shift. */
function binary(rows: number, slope: number, shift: number): ScoredRows {
  const scores = Float64Array.from({ length: rows }, () => 2 * normal());
  return { scores, target: scores.map((s) => (rng.float() < 1 / (1 + Math.exp(-slope * s - shift)) ? 1 : 0)) };
}

it('is the least log loss of all lines no steeper than the scores themselves', () => {
  for (const [slope, shift] of [
    [0.3, 1],
    [0.8, -3],
    [2.5, 0.5],
    [-1, 0],
  ] as const) {
    const rows = binary(200, slope, shift);
    let least = Number.POSITIVE_INFINITY;
    for (let a = 0; a <= 1.0001; a += 0.05) for (let b = -5; b <= 5; b += 0.05) least = Math.min(least, logLoss(rows, a, b));
    const found = new RecalibratedLoss().of(rows);
    expect(found).toBeLessThanOrEqual(least + 1e-6);
    expect(found).toBeGreaterThan(least - 2e-3);
  }
});

it('goes on from the last look, and says the same as a fresh one', () => {
  const one = new RecalibratedLoss();
  const { scores, target } = binary(500, 1, 0.5);
  for (const grown of [scores.map((s) => 0.1 * s), scores, scores.map((s) => 4 * s - 3), scores.map((s) => -s)]) {
    const rows = { scores: grown, target };
    expect(one.of(rows)).toBeCloseTo(new RecalibratedLoss().of(rows), 5);
  }
});

it('is the entropy of the answers where all scores are alike', () => {
  const target = Float64Array.from({ length: 200 }, (_, i) => (i < 50 ? 1 : 0));
  const entropy = -(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75));
  for (const score of [0, -1.7]) expect(new RecalibratedLoss().of({ scores: target.map(() => score), target })).toBeCloseTo(entropy, 6);
});

it('counts a row of weight 2 as two rows', () => {
  const { scores, target } = binary(300, 0.7, 0.3);
  const weights = Float64Array.from(target, (_, i) => (i % 3 === 0 ? 2 : 1));
  const twice = [...target.keys()].flatMap((i) => (i % 3 === 0 ? [i, i] : [i]));
  const doubled = {
    scores: Float64Array.from(twice, (i) => scores[i] as number),
    target: Float64Array.from(twice, (i) => target[i] as number),
  };
  expect(new RecalibratedLoss().of({ scores, target, weights })).toBeCloseTo(new RecalibratedLoss().of(doubled), 9);
});

it('stays finite where scores separate the classes, are huge, or all weights are 0', () => {
  const target = Float64Array.from({ length: 100 }, (_, i) => i % 2);
  const sure = target.map((y) => (y === 1 ? 500 : -500));
  expect(new RecalibratedLoss().of({ scores: sure, target })).toBeLessThan(1e-6);
  // all wrong: nothing better than a slope of 0
  expect(new RecalibratedLoss().of({ scores: sure.map((s) => -s), target })).toBeCloseTo(Math.log(2), 6);
  expect(new RecalibratedLoss().of({ scores: sure, target, weights: target.map(() => 0) })).toBe(0);
});
