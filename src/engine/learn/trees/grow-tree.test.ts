import { describe, expect, it } from 'vitest';
import { growTree } from './grow-tree.js';
import type { Division, HistogramSource, LeafSums, Split } from './histogram-source.js';

const NONE = { leaves: 31, maxDepth: 63 };

/** Leaves named by the path to them (`''`, `l`, `r`, `lr`, …), with the gain of dividing each. */
class Scripted implements HistogramSource {
  readonly paths: string[] = [''];
  readonly divided: string[] = [];
  readonly unsearched = new Set<string>();

  constructor(
    readonly gains: Record<string, number>,
    readonly late = false,
  ) {}

  root(): LeafSums | Promise<LeafSums> {
    return this.late ? Promise.resolve(this.sums(0)) : this.sums(0);
  }
  divide(divisions: readonly Division[]): void | Promise<void> {
    for (const { leaf, right, split, searchLeft, searchRight } of divisions) {
      const path = this.paths[leaf] as string;
      expect(split).toEqual(this.best(leaf));
      expect(right).toBe(this.paths.length);
      this.divided.push(path);
      this.paths[leaf] = `${path}l`;
      this.paths.push(`${path}r`);
      if (!searchLeft) this.unsearched.add(`${path}l`);
      if (!searchRight) this.unsearched.add(`${path}r`);
    }
    return this.late ? Promise.resolve() : undefined;
  }
  sums(leaf: number): LeafSums {
    const path = this.paths[leaf] as string;
    return { rows: 1000 >> path.length, gradient: path.length, hessian: 1 };
  }
  best(leaf: number): Split | undefined {
    const path = this.paths[leaf] as string;
    const gain = this.unsearched.has(path) ? 0 : (this.gains[path] ?? 0);
    return gain > 0
      ? { column: path.length, gain, left: { gradient: 0, hessian: 0 }, set: new Uint32Array(8), bin: 1, missingLeft: false }
      : undefined;
  }
}

describe('growTree', () => {
  it('always divides the leaf that gains most, and links nodes and leaves', async () => {
    const source = new Scripted({ '': 10, l: 3, r: 8, rl: 5, rr: 2 });
    const tree = await growTree(source, NONE);
    expect(source.divided).toEqual(['', 'r', 'rl', 'l', 'rr']);
    expect(source.paths).toEqual(['ll', 'rll', 'rrl', 'rlr', 'lr', 'rrr']);
    expect(tree).toMatchObject({
      left: [3, 2, -2, -1, -3],
      right: [1, 4, -4, -5, -6],
      rows: [1000, 500, 250, 500, 250],
    });
    expect(tree?.leaves.map((l) => l.gradient)).toEqual([2, 3, 3, 3, 2, 3]);
  });

  it('takes the first of equal gains', async () => {
    const source = new Scripted({ '': 1, l: 1, r: 1, rl: 1 });
    await growTree(source, NONE);
    expect(source.divided).toEqual(['', 'l', 'r', 'rl']);
  });

  it('stops at the leaves allowed, and does not search what will not be divided', async () => {
    const source = new Scripted({ '': 9, l: 8, r: 7, ll: 6 });
    const tree = await growTree(source, { ...NONE, leaves: 3 });
    expect(source.divided).toEqual(['', 'l']);
    expect(tree?.leaves.length).toBe(3);
    expect([...source.unsearched]).toEqual(['ll', 'lr']);
  });

  it('stops at the depth allowed', async () => {
    const source = new Scripted({ '': 9, l: 8, r: 7, ll: 6, rr: 5, lll: 99 });
    const tree = await growTree(source, { ...NONE, maxDepth: 2 });
    expect(source.divided).toEqual(['', 'l', 'r']);
    expect(tree?.leaves.length).toBe(4);
    expect([...source.unsearched].sort()).toEqual(['ll', 'lr', 'rl', 'rr']);
  });

  it('is one leaf when no split is worth it', async () => {
    const tree = await growTree(new Scripted({}), NONE);
    expect(tree).toMatchObject({ splits: [], left: [], right: [], leaves: [{ rows: 1000 }] });
  });

  it('waits for a source that answers later, and gives the same tree', async () => {
    const gains = { '': 10, l: 3, r: 8, rl: 5, rr: 2 };
    expect(await growTree(new Scripted(gains, true), NONE)).toEqual(await growTree(new Scripted(gains), NONE));
  });

  it('gives the tree up when told to stop', async () => {
    let looks = 0;
    const source = new Scripted({ '': 9, l: 8, r: 7 });
    expect(await growTree(source, { ...NONE, stop: () => ++looks > 1 })).toBeUndefined();
    expect(source.divided).toEqual(['']);
  });
});
