import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AdwinDetector } from '../../src/engine/monitor/detectors/adwin-detector.js';
import { Ddm } from '../../src/engine/monitor/detectors/ddm.js';
import type { Detector } from '../../src/engine/monitor/detectors/detector.js';
import { Eddm } from '../../src/engine/monitor/detectors/eddm.js';
import { equalSizesTail, Kswin } from '../../src/engine/monitor/detectors/kswin.js';
import { PageHinkley } from '../../src/engine/monitor/detectors/page-hinkley.js';

// where river's detectors speak on the same streams (detectors.py)
interface Spoken {
  seed: number;
  levels: number[];
  rates: number[];
  drifts: number[];
  warnings: number;
  per: number[];
}
const golden = JSON.parse(readFileSync(new URL('detectors.json', import.meta.url), 'utf8')) as Record<
  'adwin' | 'pageHinkley' | 'ddm' | 'eddm' | 'kswin',
  Spoken[]
> & { kolmogorov: [number, number, number][] };

function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}
function numbers(seed: number, levels: readonly number[]): number[] {
  const draw = draws(seed);
  return levels.flatMap((level) => Array.from({ length: 700 }, () => level + (draw() + draw() + draw() - 1.5)));
}
function errors(seed: number, rates: readonly number[]): number[] {
  const draw = draws(seed);
  return rates.flatMap((rate) => Array.from({ length: 900 }, () => (draw() < rate ? 1 : 0)));
}
function spoken(detector: Detector, values: readonly number[]): { drifts: number[]; warnings: number } {
  const said = values.map((v) => detector.update(v));
  return { drifts: [...said.keys()].filter((i) => said[i] === 'drift'), warnings: said.filter((s) => s === 'warning').length };
}

test.each(golden.adwin)('ADWIN on levels $levels', ({ seed, levels, drifts }) => {
  expect(spoken(new AdwinDetector(), numbers(seed, levels)).drifts).toEqual(drifts);
});

test.each(golden.pageHinkley)('Page and Hinkley on levels $levels', ({ seed, levels, drifts }) => {
  expect(spoken(new PageHinkley(), numbers(seed, levels)).drifts).toEqual(drifts);
});

test.each(golden.ddm)('DDM on error rates $rates', ({ seed, rates, drifts, warnings }) => {
  expect(spoken(new Ddm(), errors(seed, rates))).toEqual({ drifts, warnings });
});

test.each(golden.eddm)('EDDM on error rates $rates', ({ seed, rates, drifts, warnings }) => {
  expect(spoken(new Eddm(), errors(seed, rates))).toEqual({ drifts, warnings });
});

test('KSWIN speaks about as often as river over ten seeds of draws', () => {
  for (const { seed, levels, per } of golden.kswin) {
    const own = per.map((_, s) => spoken(new Kswin({ alpha: 0.0005, seed: s }), numbers(seed, levels)).drifts.length);
    const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    expect(Math.abs(mean(own) - mean(per))).toBeLessThan(1.5);
  }
  for (const [d, n, p] of golden.kolmogorov) expect(Math.abs(equalSizesTail(d, n) - p)).toBeLessThan(1e-9);
});
