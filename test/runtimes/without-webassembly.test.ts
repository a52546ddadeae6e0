import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { Table } from '../../src/core/table.js';
import { buildKdTree } from '../../src/engine/learn/neighbours/build-kd-tree.js';
import { MlpModel } from '../../src/model/mlp.js';
import type { Model } from '../../src/model/model.js';
import { NeighboursModel } from '../../src/model/neighbours.js';
import { TreesModel } from '../../src/model/trees.js';
import { exampleBundle } from '../example-bundle.js';

// Where a page's policy forbids WebAssembly the same is done in JavaScript: to the same bits, alone and among others.

const rng = new Rng(11);
const draw = (length: number, scale = 1): number[] => Array.from({ length }, () => scale * (rng.float() * 2 - 1));
const tableOf = (columns: readonly ArrayLike<number>[]): Table =>
  new Table(columns.map((values, c) => ({ kind: 'numeric', name: `c${c}`, values: Float64Array.from(values) })));

/** Columns with holes, cells far off, and columns that are mostly 0. */
function rowsOf(width: number, count: number): Table {
  const columns = Array.from({ length: width }, (_, c) =>
    draw(count, c % 3 === 0 ? 1 : 3).map((v, i) => (c % 3 === 1 && i % 4 ? 0 : i % 29 === c ? Number.NaN : i % 31 === c ? v * 1e30 : v)),
  );
  return tableOf(columns);
}

function network(activation: 'selu' | 'mish', inputs: number, widths: number[], classes: boolean): MlpModel {
  let from = inputs;
  let weights = 0;
  for (const to of widths) {
    weights += from * to;
    from = to;
  }
  return new MlpModel(
    {
      inputs: Array.from({ length: inputs }, (_, c) => `c${c}`),
      widths,
      activation,
      ...(!classes && { scale: [3, 2, -1e6, 1e6] as const }),
    },
    {
      centre: Float64Array.from(draw(inputs, 0.1), (v, c) => (c % 3 === 1 ? 0 : v)),
      factor: Float64Array.from(draw(inputs, 1), Math.abs),
      weights: Float32Array.from(draw(weights, 0.7)),
      biases: Float32Array.from(
        draw(
          widths.reduce((a, b) => a + b, 0),
          20,
        ),
      ),
    },
  );
}

function neighbours(width: number, rows: number, classes: number): NeighboursModel {
  const columns = Array.from({ length: width }, (_, c) => Float32Array.from(draw(rows), (v) => (c % 2 ? Math.round(2 * v) : v)));
  const { nearest, order } = buildKdTree(columns, rows);
  const target = Float64Array.from(order, (r) => (classes > 0 ? r % classes : r * 0.37));
  const prior = new Float64Array(classes).fill(1 / Math.max(1, classes));
  return new NeighboursModel(
    { inputs: columns.map((_, c) => `c${c}`), k: Math.min(9, rows), voting: 'distance', smoothing: 0.5 },
    new Float64Array(width).fill(1.25),
    nearest,
    { target, weights: new Float64Array(rows).fill(1), prior },
  );
}

const cases: [name: string, make: () => Model, width: number][] = [
  ['a network for numbers', () => network('mish', 21, [33, 16, 1], false), 21],
  ['a network for classes', () => network('selu', 7, [20, 18, 17], true), 7],
  ['a network of one layer', () => network('selu', 5, [3], true), 5],
  ['neighbours of classes', () => neighbours(19, 700, 3), 19],
  ['neighbours of numbers, few columns', () => neighbours(2, 95, 0), 2],
  ['neighbours among fewer rows than a leaf has', () => neighbours(5, 9, 0), 5],
];

afterEach(() => vi.unstubAllGlobals());

describe('scores are the same without WebAssembly, and of a row alone', () => {
  it.each(cases)('%s', (_, make, width) => {
    const model = make();
    const table = rowsOf(width, 77);
    const all = model.predict(table);
    expect(all.every(Number.isFinite)).toBe(true);
    expect(new Set(all).size).toBeGreaterThan(20);
    const { head, blobs } = model.encode();
    vi.stubGlobal('WebAssembly', undefined);
    const decoded = (model instanceof MlpModel ? MlpModel : NeighboursModel).decode(head, blobs);
    expect(decoded.predict(table)).toEqual(all);
    vi.unstubAllGlobals();
    const outputs = all.length / 77;
    for (let row = 0; row < 77; row++)
      expect(model.predict(table.take(Uint32Array.of(row)))).toEqual(all.slice(row * outputs, (row + 1) * outputs));
  });
});

test('trees are walked in JavaScript where a policy forbids compiling', () => {
  const { head, trees } = exampleBundle().model as TreesModel;
  const table = new Table(
    head.inputs.map((name, c) =>
      c === 1
        ? { kind: 'category', name, codes: Int32Array.from({ length: 77 }, (_, i) => (i % 3) - 1), levels: ['Oslo', 'Bergen'] }
        : { kind: 'numeric', name, values: Float64Array.from(draw(77, 40)) },
    ),
  );
  class Forbidden {
    constructor() {
      throw new EvalError('the policy of the page');
    }
  }
  vi.stubGlobal('WebAssembly', { Memory: WebAssembly.Memory, Module: Forbidden });
  const walked = new TreesModel(head, trees).predict(table);
  vi.unstubAllGlobals();
  expect(walked).toEqual(new TreesModel(head, trees).predict(table));
  expect(new Set(walked).size).toBeGreaterThan(5);
});
