import { describe, expect, it } from 'vitest';
import { Table } from '../core/table.js';
import type { Blobs } from './model.js';
import { CATEGORICAL, MISSING_LEFT, type TreeArrays, type TreesHead, TreesModel } from './trees.js';

const HEAD: TreesHead = { inputs: ['x', '__proto__'], levels: [0, 40], outputs: 1, link: 'identity', start: [0.5] };

/**
 * Tree 0: x ≤ 3 (missing left) → [category in {1, 33} → 10 | 20] | 30. Tree 1: a leaf, 100. Tree 2: x ≤ −1 (missing right) → 1000 | 2000.
 */
const arrays = (): TreeArrays => ({
  roots: Int32Array.of(0, -4, 2),
  feature: Int32Array.of(0, 1, 0),
  flags: Uint8Array.of(MISSING_LEFT, CATEGORICAL, 0),
  threshold: Float64Array.of(3, 0, -1),
  left: Int32Array.of(1, -1, -5),
  right: Int32Array.of(-3, -2, -6),
  gain: Float32Array.of(3, 2, 1),
  cover: Float32Array.of(10, 6, 10),
  sets: Uint32Array.of(0b10, 0b10),
  leaf: Float64Array.of(10, 20, 30, 100, 1000, 2000),
  leafCover: Float32Array.of(3, 3, 4, 10, 5, 5),
});

const table = (x: number[], codes: number[], levels = 40): Table =>
  new Table([
    { kind: 'category', name: '__proto__', codes: Int32Array.from(codes), levels: Array.from({ length: levels }, (_, i) => `l${i}`) },
    { kind: 'numeric', name: 'x', values: Float64Array.from(x) },
  ]);

describe('TreesModel', () => {
  it('follows thresholds, missing cells and sets of categories', () => {
    const model = new TreesModel(HEAD, arrays());
    const rows = table([3, 3.000001, -1, Number.NaN, Number.NaN, 0, 0, Number.NEGATIVE_INFINITY], [1, 1, 33, 0, 33, -1, 2, 32]);
    expect([...model.predict(rows)]).toEqual([2110.5, 2130.5, 1110.5, 2120.5, 2110.5, 2120.5, 2120.5, 1120.5]);
  });

  it('takes a code beyond its levels for an unseen category, which goes right', () => {
    const two = arrays();
    // a second set follows the first: reading past the end would find its bits
    two.sets = Uint32Array.of(0b10, 0b10, 0xffffffff, 0xffffffff);
    expect([...new TreesModel(HEAD, two).predict(table([0, 0, 0], [40, 64, 5000], 6000))]).toEqual([2120.5, 2120.5, 2120.5]);
  });

  it('gives the same for many rows as for each', () => {
    const model = new TreesModel(HEAD, arrays());
    const x = Array.from({ length: 300 }, (_, i) => (i % 7 === 0 ? Number.NaN : (i % 13) - 5));
    const codes = Array.from({ length: 300 }, (_, i) => (i % 41) - 1);
    const all = model.predict(table(x, codes));
    // the first rows that come by themselves are walked without WebAssembly
    const alone = new TreesModel(HEAD, arrays());
    for (let i = 0; i < 300; i++) expect(alone.predict(table([x[i] as number], [codes[i] as number]))[0]).toBe(all[i]);
    const lines = {
      lineStart: Int32Array.of(0, 1, 1, 1, 2, 2, 2),
      lineFeature: Int32Array.of(0, 0),
      lineSlope: Float64Array.of(0.3, -0.7),
      lineBounds: Float64Array.from({ length: 18 }, (_, i) => [1, -5, 5][i % 3] as number),
    };
    const lined = new TreesModel(HEAD, { ...arrays(), ...lines });
    const together = lined.predict(table(x, codes));
    const single = new TreesModel(HEAD, { ...arrays(), ...lines });
    for (let i = 0; i < 300; i++) expect(single.predict(table([x[i] as number], [codes[i] as number]))[0]).toBe(together[i]);
    expect(new Set(together).size).toBeGreaterThan(new Set(all).size);
  });

  it('tells missing cells from the greatest numbers by an infinite threshold, one row or many', () => {
    for (const flags of [0, MISSING_LEFT]) {
      const trees = {
        ...arrays(),
        threshold: Float64Array.of(3, 0, Number.POSITIVE_INFINITY),
        flags: Uint8Array.of(0, CATEGORICAL, flags),
      };
      const x = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? Number.NaN : i % 3 === 1 ? Number.MAX_VALUE : -i));
      const codes = new Array<number>(60).fill(-1);
      const all = new TreesModel(HEAD, trees).predict(table(x, codes));
      const alone = new TreesModel(HEAD, trees);
      for (let i = 0; i < 60; i++) expect(alone.predict(table([x[i] as number], [codes[i] as number]))[0]).toBe(all[i]);
      expect([...all.subarray(0, 3)]).toEqual([flags === 0 ? 2130.5 : 1130.5, 1130.5, 1120.5]);
    }
  });

  it('adds every value of a vector leaf, and makes shares of sums', () => {
    const two = { ...arrays(), leaf: Float64Array.of(1, 9, 2, 8, 3, 7, 0.5, -0.5, 0, 1, 4, -40) };
    const head: TreesHead = { ...HEAD, outputs: 2, start: [1, 2], vector: true };
    const model = new TreesModel(head, two);
    expect([...model.predict(table([3, 5], [1, 1]))]).toEqual([6.5, -29.5, 8.5, -31.5]);
    const x = Array.from({ length: 300 }, (_, i) => (i % 7 === 0 ? Number.NaN : (i % 13) - 5));
    const rows = table(
      x,
      x.fill(3, 5, 9).map((_, i) => (i % 41) - 1),
    );
    for (const link of ['identity', 'mean', 'softmax'] as const) {
      const linked = new TreesModel({ ...head, link }, two);
      const all = linked.predict(rows);
      for (let i = 0; i < 300; i++) expect([...linked.predict(rows.take(Uint32Array.of(i)))]).toEqual([...all.subarray(2 * i, 2 * i + 2)]);
    }
    const shares = new TreesModel({ ...head, link: 'mean' }, two);
    expect([...shares.predict(table([-1, 5], [1, 1]))]).toEqual([2.5 / 14, 11.5 / 14, 1, 0]);
    const { head: written, blobs } = shares.encode();
    expect(TreesModel.decode(written, blobs).predict(rows)).toEqual(shares.predict(rows));
    for (const damaged of [{ ...head, vector: 'yes' }, HEAD, { ...head, outputs: 3, start: [0, 0, 0] }])
      expect(() => TreesModel.decode({ ...damaged }, blobs)).toThrowError(/damaged/);
    // one output: the share of the second class
    const one = new TreesModel(
      { ...HEAD, start: [-2110], link: 'mean' },
      { ...arrays(), leaf: Float64Array.of(10, 10.25, 12, 100, 1000, 2000) },
    );
    expect([...one.predict(table([3, 3, 5], [1, 0, 0]))]).toEqual([1, 0, 0.75, 0.25, 0, 1]);
  });

  it('adds tree t to output t modulo outputs, and applies each link', () => {
    const [three, rows] = [arrays(), table([5], [0])];
    expect([...new TreesModel({ ...HEAD, outputs: 3, start: [1, 2, 3] }, three).predict(rows)]).toEqual([31, 102, 2003]);
    three.leaf = Float64Array.of(0, 0, 1, 2, 0, 3);
    const e = [1, 2, 3].map(Math.exp);
    const total = e.reduce((a, b) => a + b, 0);
    const soft = new TreesModel({ ...HEAD, outputs: 3, start: [0, 0, 0], link: 'softmax' }, three).predict(rows);
    expect([...soft]).toEqual(e.map((v) => expect.closeTo(v / total, 12)));
    expect([...new TreesModel({ ...HEAD, start: [0], link: 'exp' }, three).predict(rows)]).toEqual([expect.closeTo(Math.exp(6), 9)]);
    const [no, yes] = new TreesModel({ ...HEAD, start: [-4], link: 'logistic' }, three).predict(rows);
    expect(yes).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
    expect((no as number) + (yes as number)).toBe(1);
  });

  it('comes back from its own encoding', () => {
    const { head, blobs } = new TreesModel(HEAD, arrays()).encode();
    const again = TreesModel.decode(JSON.parse(JSON.stringify(head)) as Record<string, unknown>, blobs);
    expect(again.encode()).toEqual({ head, blobs });
    const rows = table([0, 9], [1, 1]);
    expect(again.predict(rows)).toEqual(new TreesModel(HEAD, arrays()).predict(rows));
  });
});

describe('TreesModel.decode refuses', () => {
  const decode = (change: (a: TreeArrays & Record<string, unknown>, head: Record<string, unknown>) => void): void => {
    const { head, blobs } = new TreesModel(structuredClone(HEAD), arrays()).encode();
    change(blobs as unknown as TreeArrays & Record<string, unknown>, head);
    TreesModel.decode(head, blobs as Blobs);
  };
  const damage: [string, Parameters<typeof decode>[0]][] = [
    ['a node that is its own child', (a) => a.left.set([0], 0)],
    ['a child before its parent', (a) => a.right.set([0], 1)],
    ['a loop over two trees', (a) => a.left.set([0], 2)],
    ['a child beyond the nodes', (a) => a.left.set([3], 0)],
    ['a leaf beyond the leaves', (a) => a.right.set([-7], 0)],
    ['the smallest child', (a) => a.right.set([-(2 ** 31)], 0)],
    ['a root beyond the nodes', (a) => a.roots.set([3], 0)],
    ['a root beyond the leaves', (a) => a.roots.set([-7], 1)],
    ['a feature that is not there', (a) => a.feature.set([2], 0)],
    ['a negative feature', (a) => a.feature.set([-1], 0)],
    ['a leaf that is NaN', (a) => a.leaf.set([Number.NaN], 3)],
    ['an infinite leaf', (a) => a.leaf.set([Number.POSITIVE_INFINITY], 3)],
    ['a numeric split on a category', (a) => a.flags.set([0], 1)],
    ['a categorical split on a number', (a) => a.flags.set([CATEGORICAL], 0)],
    ['a set beyond the sets', (a) => a.threshold.set([1], 1)],
    ['a set at a broken place', (a) => a.threshold.set([0.5], 1)],
    ['a set at NaN', (a) => a.threshold.set([Number.NaN], 1)],
    ['a set before the sets', (a) => a.threshold.set([-1], 1)],
    ['too few sets', (a) => Object.assign(a, { sets: new Uint32Array(1) })],
    ['arrays of different lengths', (a) => Object.assign(a, { left: a.left.slice(1) })],
    ['missing covers', (a) => Object.assign(a, { leafCover: new Float32Array(2) })],
    ['an array of another type', (a) => Object.assign(a, { leaf: Float32Array.from(a.leaf) })],
    ['an absent array', (a) => Reflect.deleteProperty(a, 'gain')],
    ['a number of trees that is not whole rounds', (_, h) => Object.assign(h, { outputs: 2, start: [0, 0] })],
    ['no outputs', (_, h) => Object.assign(h, { outputs: 0, start: [] })],
    ['outputs that are text', (_, h) => Object.assign(h, { outputs: '1' })],
    ['a start that is NaN', (_, h) => Object.assign(h, { start: [Number.NaN] })],
    ['a start too many', (_, h) => Object.assign(h, { start: [0, 0] })],
    ['a start that is text', (_, h) => Object.assign(h, { start: ['0'] })],
    ['an unknown link', (_, h) => Object.assign(h, { link: 'probit' })],
    ['inputs that are no texts', (_, h) => Object.assign(h, { inputs: [1, 2] })],
    ['inputs that are no list', (_, h) => Object.assign(h, { inputs: 'xy' })],
    ['levels of other columns', (_, h) => Object.assign(h, { levels: [0] })],
    ['negative levels', (_, h) => Object.assign(h, { levels: [0, -1] })],
    ['nothing but a kind', (_, h) => ['inputs', 'levels', 'outputs', 'link', 'start'].forEach((k) => void Reflect.deleteProperty(h, k))],
  ];
  it.each(damage)('%s', (_, change) => {
    expect(() => decode(change)).toThrow(expect.objectContaining({ code: 'BUNDLE_UNREADABLE' }));
  });

  it('nothing when nothing is damaged', () => {
    expect(() => decode(() => {})).not.toThrow();
  });
});
