import { expect, test } from 'vitest';
import { Rng } from '../../core/rng.js';
import { branin, choiceDimension, conditional, mixed, numberDimension } from '../checks/search-functions.js';
import { ParzenEstimator } from './parzen.js';
import { gridSearch, randomSearch } from './plain-searchers.js';
import type { Space } from './search-space.js';
import type { Searcher } from './searcher.js';
import { pointKey, samplePoint } from './space-points.js';
import { bayesianSearch } from './tpe.js';

const makers = { random: randomSearch, bayesian: bayesianSearch, grid: gridSearch };
const small: Space = {
  dimensions: [choiceDimension('a', ['x', 'y', 'z']), numberDimension('n', 1, 4, { integer: true })],
  fixed: { k: 1 },
};

function all(searcher: Searcher, loss = (_: object) => 0, most = 100): object[] {
  const points: object[] = [];
  for (let p = searcher.ask(); p && points.length < most; p = searcher.ask()) {
    points.push(p);
    searcher.tell(p, loss(p));
  }
  return points;
}

test.each(Object.entries(makers))('%s: a finite space is tried out without repetition, then there is nothing left', (_, make) => {
  const points = all(make(small, new Rng(1), { points: 9 }));
  expect(new Set(points.map((p) => JSON.stringify(p))).size).toBe(12);
  expect(points).toHaveLength(12);
  expect(points.every((p) => (p as { k: number }).k === 1)).toBe(true);
});

test.each(Object.entries(makers))('%s: the same seed and tells give the same proposals; warm points come first', (_, make) => {
  const warm = [{ a: 'z', n: 2, k: 1 }];
  const run = (seed: number) => all(make(small, new Rng(seed), { warm, points: 9 }), (p) => (p as { n: number }).n, 9);
  expect(run(5)).toEqual(run(5));
  expect(run(5)).not.toEqual(run(6));
  expect(run(5)[0]).toEqual(warm[0]);
});

test.each(Object.entries(makers))('%s: what was told is not proposed, and parallel asks differ', (_, make) => {
  const searcher = make(small, new Rng(2), { points: 9 });
  searcher.tell({ a: 'x', n: 1 }, 1);
  const asked = Array.from({ length: 11 }, () => searcher.ask());
  expect(asked.some((p) => p?.a === 'x' && p.n === 1)).toBe(false);
  expect(new Set(asked.map((p) => JSON.stringify(p))).size).toBe(11);
  expect(searcher.ask()).toBeUndefined();
});

test('a grid that is too large is refused with its size', () => {
  expect(() => gridSearch(branin.space, new Rng(1), { points: 200 })).toThrow(/more than 10000 points/);
  expect(() => gridSearch(branin.space, new Rng(1), { points: 101 })).toThrow(/more than 10000 points/);
  expect(all(gridSearch(branin.space, new Rng(1), { points: 4 }))).toHaveLength(16);
});

test('failed points do not break the search, and are avoided', () => {
  const searcher = bayesianSearch(mixed.space, new Rng(4));
  let late = 0;
  for (let i = 0; i < 60; i++) {
    const p = searcher.ask();
    if (!p) throw new Error('no point');
    const fails = (p.x as number) > 0.5;
    if (fails && i >= 30) late++;
    searcher.tell(p, fails ? Number.NaN : mixed.value(p));
  }
  expect(late).toBeLessThan(10);
});

test('points that got more rank first: a low loss on a small budget is not taken for good', () => {
  const space: Space = { dimensions: [numberDimension('x', 0, 1)], fixed: {} };
  const searcher = bayesianSearch(space, new Rng(1));
  for (let i = 0; i < 10; i++) searcher.tell({ x: 0.8 + 0.02 * i }, 1 + i, 1);
  for (let i = 0; i < 10; i++) searcher.tell({ x: 0.02 * i }, 0.1, 0.1);
  const asked = Array.from({ length: 12 }, () => searcher.ask()?.x as number);
  expect(asked.filter((x) => x > 0.5).length).toBeGreaterThan(8);
});

test('of one point told twice the larger budget counts', () => {
  const space: Space = { dimensions: [numberDimension('x', 0, 1)], fixed: {} };
  const tellAll = (order: readonly number[]) => {
    const searcher = bayesianSearch(space, new Rng(1));
    for (let i = 0; i < 12; i++) for (const budget of order) searcher.tell({ x: i / 12 }, budget === 1 ? i : -i, budget);
    return searcher.ask();
  };
  expect(tellAll([1])).toEqual(tellAll([0.1, 1]));
});

test('a density adds up to one, over numbers, whole numbers and choices', () => {
  const dimensions = [
    choiceDimension('c', ['a', 'b', 'c']),
    numberDimension('n', 1, 9, { integer: true, log: true }),
    numberDimension('x', 0, 1),
  ];
  const estimator = new ParzenEstimator(
    dimensions,
    [
      ['a', 2, 0.1],
      ['a', 8, 0.4],
      ['c', 3, 0.95],
    ],
    [1, 0.5, 1],
  );
  let total = 0;
  const steps = 400;
  for (const c of ['a', 'b', 'c'])
    for (let n = 1; n <= 9; n++) for (let i = 0; i < steps; i++) total += Math.exp(estimator.logDensity([c, n, (i + 0.5) / steps])) / steps;
  expect(total).toBeCloseTo(1, 3);
});

test('draws have the density that is told', () => {
  const estimator = new ParzenEstimator(
    [choiceDimension('c', ['a', 'b', 'c']), numberDimension('n', 1, 5, { integer: true })],
    [
      ['a', 2],
      ['b', 5],
    ],
    [1, 1],
  );
  const rng = new Rng(8);
  const counts = new Map<string, number>();
  const draws = 20_000;
  for (let i = 0; i < draws; i++) {
    const key = estimator.draw(rng).join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  for (const c of ['a', 'b', 'c'])
    for (let n = 1; n <= 5; n++) {
      const expected = Math.exp(estimator.logDensity([c, n]));
      const share = (counts.get(`${c},${n}`) ?? 0) / draws;
      expect(Math.abs(share - expected)).toBeLessThan(5 * Math.sqrt(expected / draws) + 1e-4);
    }
});

test('expected improvement: with the good at one end and the bad at the other, proposals lie among the good', () => {
  const space: Space = { dimensions: [numberDimension('x', 0, 1), choiceDimension('c', ['good', 'bad', 'ugly'])], fixed: {} };
  const searcher = bayesianSearch(space, new Rng(11));
  for (let i = 0; i < 40; i++) {
    const good = i % 10 === 0;
    searcher.tell({ x: good ? 0.1 + i / 400 : 0.4 + i / 70, c: good ? 'good' : 'bad' }, good ? i / 100 : 1 + i);
  }
  const asked = Array.from({ length: 20 }, () => searcher.ask());
  expect(asked.filter((p) => (p?.x as number) < 0.3).length).toBeGreaterThan(11);
  expect(asked.filter((p) => p?.c === 'good').length).toBeGreaterThan(11);
});

test('conditional dimensions are there exactly where they exist', () => {
  const searcher = bayesianSearch(conditional.space, new Rng(2));
  for (let i = 0; i < 60; i++) {
    const p = searcher.ask();
    if (!p) throw new Error('no point');
    const expected = p.kind === 'a' ? ['kind', 'x', 'y'] : p.kind === 'b' ? ['kind', 'z'] : ['kind', 'n'];
    expect(Object.keys(p).sort()).toEqual(expected.sort());
    searcher.tell(p, conditional.value(p));
  }
});

test('points that one asks for at once spread out', () => {
  const pairs = (together: number): number => {
    const searcher = bayesianSearch(branin.space, new Rng(9));
    const rng = new Rng(10);
    for (let i = 0; i < 20; i++) {
      const p = samplePoint(branin.space, rng);
      searcher.tell(p, branin.value(p));
    }
    const asked = Array.from({ length: together }, () => searcher.ask());
    return new Set(asked.map((p) => pointKey(branin.space, p ?? {}))).size;
  };
  expect(pairs(16)).toBe(16);
});
