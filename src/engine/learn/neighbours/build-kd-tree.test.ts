import { expect, it } from 'vitest';
import { Rng } from '../../../core/rng.js';
import { buildKdTree } from './build-kd-tree.js';

it.each([
  [1, 3, 1],
  [16, 2, 5],
  [17, 1, 17],
  [1000, 9, 40],
  [513, 33, 300],
])('finds what looking at every row finds: %i rows × %i', (count, width, k) => {
  const rng = new Rng(count);
  const columns = Array.from({ length: width }, (_, c) =>
    Float32Array.from({ length: count }, () => (c === 0 ? rng.below(4) : rng.float())),
  );
  const { nearest, order } = buildKdTree(columns, count);
  for (let i = 0; i < 50; i++) {
    const query = Float32Array.from({ length: width }, () => 3 * rng.float() - 1);
    const skip = i % 3 === 0 ? rng.below(count) : -1;
    const all = Array.from({ length: count }, (_, row) => {
      const squares = columns.map((column, j) => ((column[order[row] as number] as number) - (query[j] as number)) ** 2);
      return { row, distance: squares.reduce((a, b) => a + b, 0) };
    }).filter(({ row }) => row !== skip);
    const wanted = all.sort((a, b) => a.distance - b.distance).slice(0, k);
    expect(nearest.find(query, k, skip)).toBe(wanted.length);
    wanted.forEach(({ distance }, n) => {
      expect(nearest.distances[n]).toBeCloseTo(distance, 4);
    });
    // of equal distances any may be last, but none twice
    const found = [...nearest.found.subarray(0, wanted.length)];
    expect(new Set(found).size).toBe(wanted.length);
    expect(found).not.toContain(skip);
  }
});
