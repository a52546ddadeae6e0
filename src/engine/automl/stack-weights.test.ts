import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stackWeights } from './stack-weights.js';

interface Golden {
  actual: number[];
  parts: number[][];
  sample: number[];
  plain: { weights: number[] };
  weighted: { weights: number[] };
}

const golden: { numbers: Golden; classes: Golden } = JSON.parse(
  readFileSync(new URL('../../../test/golden/stacker.json', import.meta.url), 'utf8'),
);
const typed = (lists: readonly number[][]): Float64Array[] => lists.map((list) => Float64Array.from(list));

function close(found: readonly number[], wanted: readonly number[]): void {
  expect(found.length).toBe(wanted.length);
  found.forEach((w, i) => {
    expect(Math.abs(w - (wanted[i] as number))).toBeLessThan(1e-4);
  });
}

describe('stackWeights', () => {
  it('finds the weights that a general solver finds, for numbers with and without row weights, and for classes', () => {
    const { numbers, classes } = golden;
    const actual = Float64Array.from(numbers.actual);
    const parts = typed(numbers.parts);
    close(stackWeights({ parts, actual, outputs: 1 }), numbers.plain.weights);
    close(stackWeights({ parts, actual, outputs: 1, weights: Float64Array.from(numbers.sample) }), numbers.weighted.weights);
    const answers = Float64Array.from(classes.actual);
    close(stackWeights({ parts: typed(classes.parts), actual: answers, outputs: 3 }), classes.plain.weights);
  });

  it('weights are never negative, sum to 1, and members that are alike share', () => {
    const actual = Float64Array.from([1, 2, 3, 4, 5, 6]);
    const good = actual.map((v, i) => v + (i % 2 ? 0.1 : -0.1));
    const bad = actual.map((v) => -v);
    const weights = stackWeights({ parts: [good, bad, good], actual, outputs: 1 });
    expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
    expect(weights[0]).toBeCloseTo(weights[2] as number, 6);
    expect(weights[1]).toBeLessThan(0.02);
  });

  it('answers that never differ leave equal weights', () => {
    const same = new Float64Array(5).fill(3);
    expect(stackWeights({ parts: [same, same], actual: same, outputs: 1 })).toEqual([0.5, 0.5]);
  });
});
