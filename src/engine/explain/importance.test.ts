import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/rng.js';
import { Table } from '../../core/table.js';
import { permutationImportance } from './importance.js';

const rows = 400;
const rng = new Rng(1);
const strong = Float64Array.from({ length: rows }, () => rng.float());
const weak = Float64Array.from({ length: rows }, () => rng.float());
const unused = Float64Array.from({ length: rows }, () => rng.float());
const actual = strong.map((s, i) => 4 * s + (weak[i] as number));
const table = new Table([
  { kind: 'numeric', name: 'unused', values: unused },
  { kind: 'numeric', name: 'weak', values: weak },
  { kind: 'numeric', name: 'strong', values: strong },
]);
const cells = (t: Table, name: string): Float64Array => {
  const column = t.column(name);
  return column.kind === 'numeric' ? column.values : new Float64Array(0);
};
const input = {
  table,
  columns: ['unused', 'weak', 'strong'],
  predict: (t: Table) => cells(t, 'strong').map((s, i) => 4 * s + (cells(t, 'weak')[i] as number)),
  // minus the mean squared error
  score: (predicted: Float64Array) => (weights?: Float64Array) => {
    let sum = 0;
    let total = 0;
    for (let i = 0; i < rows; i++) {
      const w = weights ? (weights[i] as number) : 1;
      sum += w * ((predicted[i] as number) - (actual[i] as number)) ** 2;
      total += w;
    }
    return -sum / total;
  },
  rng: new Rng(7),
  repeats: 5,
};

describe('permutationImportance', () => {
  it('finds what theory says: shuffling costs twice the variance that the column brings', async () => {
    const { importance, repeats } = await permutationImportance(input);
    expect(repeats).toBe(5);
    expect(importance.map((i) => i.column)).toEqual(['strong', 'weak', 'unused']);
    // E (a·x − a·x′)² = 2 a² var(x), var = 1/12 for a uniform x
    expect(importance[0]?.drop.value).toBeCloseTo((2 * 16) / 12, 0);
    expect(importance[1]?.drop.value).toBeCloseTo(2 / 12, 1);
    expect(importance[2]?.drop).toEqual({ value: 0, low: 0, high: 0 });
    for (const { drop } of importance.slice(0, 2)) {
      expect(drop.low).toBeGreaterThan(0);
      expect(drop.low).toBeLessThan(drop.value);
      expect(drop.high).toBeGreaterThan(drop.value);
    }
  });

  it('repeats for a seed, and does not depend on other columns', async () => {
    const all = await permutationImportance(input);
    const again = await permutationImportance({ ...input, rng: new Rng(7), columns: ['strong'] });
    expect(again.importance[0]).toEqual(all.importance[0]);
  });

  it('keeps only whole repeats when stopped', async () => {
    let asked = 0;
    const { importance, repeats } = await permutationImportance({ ...input, proceed: async () => ++asked <= 7 });
    expect(repeats).toBe(2);
    const two = await permutationImportance({ ...input, repeats: 2 });
    expect(importance).toEqual(two.importance);
    expect(await permutationImportance({ ...input, proceed: async () => false })).toEqual({ importance: [], repeats: 0 });
  });
});
