import { describe, expect, it } from 'vitest';
import { Rng } from '../../core/rng.js';
import type { Column } from '../../core/table.js';
import { nearCopies } from './near-copies.js';

const rng = new Rng(3);
const rows = 300;
const draw = Float64Array.from({ length: rows }, () => rng.float());
const codes = Int32Array.from({ length: rows }, () => rng.below(4) - 1);
const number = (name: string, values: Float64Array): Column => ({ kind: 'numeric', name, values });
const category = (name: string, own: Int32Array): Column => ({ kind: 'category', name, codes: own, levels: ['a', 'b', 'c'] });

describe('nearCopies', () => {
  it('finds numbers of the same order either way, and keeps the strongest', () => {
    const columns = [
      number('metres', draw),
      number(
        'feet, squared',
        draw.map((x) => 10 * x * x),
      ),
      number(
        'less',
        draw.map((x) => -x),
      ),
      number(
        'other',
        draw.map((x) => x + rng.float()),
      ),
    ];
    expect([...nearCopies(columns, [0.1, 0.3, 0.2, 0.9])]).toEqual([
      ['less', 'feet, squared'],
      ['metres', 'feet, squared'],
    ]);
  });

  it('finds categories that are each other under other names', () => {
    const renamed = codes.map((c) => (c < 0 ? -1 : 2 - c));
    const nearly = renamed.slice();
    nearly[5] = nearly[5] === 1 ? 2 : 1;
    const columns = [category('city', codes), category('post code', renamed), category('nearly', nearly), number('x', draw)];
    expect([...nearCopies(columns, [1, 1, 1, 1])]).toEqual([['post code', 'city']]);
  });

  it('says nothing of a few rows, where chance makes columns alike', () => {
    const few = draw.subarray(0, 40);
    expect(nearCopies([number('a', few), number('b', few)], [1, 2]).size).toBe(0);
  });
});
