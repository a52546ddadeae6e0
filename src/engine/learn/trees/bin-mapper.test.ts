import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Rng } from '../../../core/rng.js';
import { Table } from '../../../core/table.js';
import { type BinMapper, fitBins, numericBounds } from './bin-mapper.js';

const INF = Number.POSITIVE_INFINITY;
const values = (...x: number[]): Float64Array => Float64Array.from(x);

/** Bin of x by the definition: 1 + how many bounds lie below it. */
const binOf = (bounds: Float64Array, x: number): number => 1 + bounds.filter((b) => b < x).length;

function rowsOfBins(bounds: Float64Array, x: Float64Array): number[] {
  const rows = new Array<number>(bounds.length).fill(0);
  for (const v of x) if (!Number.isNaN(v)) rows[binOf(bounds, v) - 1] = (rows[binOf(bounds, v) - 1] as number) + 1;
  return rows;
}

describe('numericBounds', () => {
  it('gives few distinct values a bin each, halfway between neighbours', () => {
    expect([...numericBounds(values(3, 1, 2, 1, 10, 3), 254)]).toEqual([1.5, 2.5, 6.5, INF]);
  });

  it('makes one bin of a constant, of nothing, and of missing cells alone', () => {
    for (const x of [values(7, 7, 7), values(), values(Number.NaN, Number.NaN)]) expect([...numericBounds(x, 254)]).toEqual([INF]);
  });

  it('does not count missing cells', () => {
    expect([...numericBounds(values(Number.NaN, 1, Number.NaN, 2), 254)]).toEqual([1.5, INF]);
  });

  it('separates neighbours that leave no room between them, infinities and the largest numbers', () => {
    const next = 1 + Number.EPSILON;
    const x = values(Number.NEGATIVE_INFINITY, -Number.MAX_VALUE, -5e-324, 0, 5e-324, 1e-323, 1, next, Number.MAX_VALUE, INF);
    const bounds = numericBounds(x, 254);
    expect(new Set([...x].map((v) => binOf(bounds, v))).size).toBe(x.length);
    expect([...bounds].some(Number.isNaN)).toBe(false);
  });

  it('takes −0 and 0 for one value', () => {
    expect([...numericBounds(values(-0, 0, -0), 254)]).toEqual([INF]);
  });

  it('fills its bins evenly when there are many values', () => {
    const rng = new Rng(3);
    const x = Float64Array.from({ length: 20_000 }, () => rng.float() ** 3);
    const bounds = numericBounds(x, 254);
    const rows = rowsOfBins(bounds, x);
    expect(bounds.length).toBeGreaterThan(250);
    expect(Math.max(...rows)).toBeLessThan((1.5 * x.length) / 254);
  });

  it('gives a heavy value a bin of its own', () => {
    const rng = new Rng(4);
    const x = Float64Array.from({ length: 9000 }, (_, i) => (i % 3 === 0 ? 0.5 : i % 3 === 1 ? 0.75 : rng.float()));
    const bounds = numericBounds(x, 31);
    for (const heavy of [0.5, 0.75]) {
      const others = x.filter((v) => v !== heavy && binOf(bounds, v) === binOf(bounds, heavy));
      expect(others.length).toBe(0);
    }
    const light = x.filter((v) => v !== 0.5 && v !== 0.75);
    expect(Math.max(...rowsOfBins(bounds, light))).toBeLessThan((2.5 * light.length) / 29);
  });

  it('always gives ascending bounds, at most as many as asked, the last infinite, and keeps every value in one bin', () => {
    const number = fc.oneof(
      fc.double(),
      fc.integer({ min: 0, max: 6 }),
      fc.constantFrom(0, 1, INF, -INF, Number.NaN, 1e308, -1e308, 5e-324),
    );
    fc.assert(
      fc.property(fc.array(number, { maxLength: 120 }), fc.integer({ min: 2, max: 20 }), (list, most) => {
        const bounds = numericBounds(Float64Array.from(list), most);
        expect(bounds.length).toBeGreaterThan(0);
        expect(bounds.length).toBeLessThanOrEqual(most);
        expect(bounds.at(-1)).toBe(INF);
        for (let i = 1; i < bounds.length; i++) expect(bounds[i] as number).toBeGreaterThan(bounds[i - 1] as number);
        const distinct = new Set(list.filter((v) => !Number.isNaN(v)).map((v) => v + 0));
        if (distinct.size <= most) expect(bounds.length).toBe(Math.max(1, distinct.size));
      }),
      { numRuns: 500 },
    );
  });
});

describe('fitBins', () => {
  const category = (codes: number[], levels: number): BinMapper & { kind: 'category' } => {
    const table = new Table([
      { kind: 'category', name: 'c', codes: Int32Array.from(codes), levels: Array.from({ length: levels }, (_, i) => `l${i}`) },
    ]);
    return fitBins(table, 255, new Rng(1))[0] as BinMapper & { kind: 'category' };
  };

  it('numbers categories from the most frequent; ties in the order of their codes; absent ones share bin 0', () => {
    const mapper = category([3, 3, 3, 1, 2, 1, 2, -1, 9], 6);
    expect([...mapper.binOf]).toEqual([0, 2, 3, 1, 0, 0]);
    expect(mapper.bins).toBe(4);
  });

  it('keeps the most frequent categories when there are too many', () => {
    const codes: number[] = [];
    for (let c = 0; c < 400; c++) for (let i = 0; i <= c; i++) codes.push(c);
    const mapper = category(codes, 400);
    expect(mapper.bins).toBe(255);
    expect(mapper.binOf[399]).toBe(1);
    expect(mapper.binOf[146]).toBe(254);
    expect(mapper.binOf[145]).toBe(0);
  });

  it('keeps within the bins asked for, from 3 to 256, missing included', () => {
    const x = Float64Array.from({ length: 2000 }, (_, i) => i);
    const codes = Int32Array.from({ length: 2000 }, (_, i) => i % 300);
    const table = new Table([
      { kind: 'numeric', name: 'x', values: x },
      { kind: 'category', name: 'c', codes, levels: Array.from({ length: 300 }, (_, i) => `${i}`) },
    ]);
    for (const most of [3, 16, 255, 256]) for (const mapper of fitBins(table, most, new Rng(1))) expect(mapper.bins).toBe(most);
  });

  it('knows whether a column had missing cells', () => {
    const table = new Table([
      { kind: 'numeric', name: 'whole', values: values(1, 2) },
      { kind: 'numeric', name: '__proto__', values: values(1, Number.NaN) },
    ]);
    const mappers = fitBins(table, 255, new Rng(1));
    expect(mappers.map((m) => [m.name, m.kind === 'numeric' && m.sawMissing])).toEqual([
      ['whole', false],
      ['__proto__', true],
    ]);
  });

  it('places bounds from a sample of a long table nearly as evenly', () => {
    const rng = new Rng(8);
    const x = Float64Array.from({ length: 100_000 }, () => rng.float());
    const table = new Table([{ kind: 'numeric', name: 'x', values: x }]);
    const [mapper] = fitBins(table, 64, new Rng(1));
    expect(mapper).toEqual(fitBins(table, 64, new Rng(1))[0]);
    const bounds = (mapper as BinMapper & { kind: 'numeric' }).bounds;
    expect(bounds.length).toBe(63);
    expect(Math.max(...rowsOfBins(bounds, x.subarray(0, 20_000)))).toBeLessThan((1.5 * 20_000) / 63);
  });
});
