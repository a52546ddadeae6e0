import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { atLeastTail, chiSquareTail, kolmogorovTail, logGamma, normalTails } from '../../src/core/tails.js';
import { chiSquare, jensenShannon, kolmogorovSmirnov, stabilityIndex, wasserstein } from '../../src/engine/monitor/distances.js';

// figures of scipy, made by monitor.py
const golden = JSON.parse(readFileSync(new URL('monitor.json', import.meta.url), 'utf8')) as {
  samples: { a: number[]; b: number[]; ks: number; p: number; wasserstein: number }[];
  weighted: { u: number[]; v: number[]; uw: number[]; vw: number[]; wasserstein: number }[];
  counts: { a: number[]; b: number[]; chi2: number; freedom: number; p: number; js: number; psi: number }[];
  tails: Record<'loggamma' | 'chi2' | 'kolmogorov' | 'fisher' | 'normal', number[][]>;
};

/** Within 1e-9, of the value where that is smaller than 1. */
function near(found: number, wanted: number): void {
  expect(Math.abs(found - wanted)).toBeLessThanOrEqual(1e-9 * Math.abs(wanted) + 1e-300);
}

test('two samples of numbers', () => {
  for (const { a, b, ks, p, wasserstein: distance } of golden.samples) {
    const found = kolmogorovSmirnov({ values: a }, { values: b });
    near(found.statistic, ks);
    near(found.p, p);
    near(wasserstein({ values: a }, { values: b }), distance);
  }
  for (const { u, v, uw, vw, wasserstein: distance } of golden.weighted)
    near(wasserstein({ values: u, weights: uw }, { values: v, weights: vw }), distance);
});

test('two lists of counts', () => {
  for (const { a, b, chi2, freedom, p, js, psi } of golden.counts) {
    const found = chiSquare(a, b);
    near(found.statistic, chi2);
    expect(found.freedom).toBe(freedom);
    near(found.p, p);
    near(jensenShannon(a, b), js);
    near(stabilityIndex(a, b), psi);
  }
});

test('tails of distributions', () => {
  for (const [x, wanted] of golden.tails.loggamma as [number, number][])
    expect(Math.abs(logGamma(x) - wanted)).toBeLessThan(1e-12 * (1 + Math.abs(wanted)));
  for (const [x, freedom, wanted] of golden.tails.chi2 as [number, number, number][]) near(chiSquareTail(x, freedom), wanted);
  for (const [x, wanted] of golden.tails.kolmogorov as [number, number][]) near(kolmogorovTail(x), wanted);
  for (const [k, n, others, rest, wanted] of golden.tails.fisher as [number, number, number, number, number][])
    near(atLeastTail(k, n, others, rest), wanted);
  for (const [z, wanted] of golden.tails.normal as [number, number][]) near(normalTails(z), wanted);
});
