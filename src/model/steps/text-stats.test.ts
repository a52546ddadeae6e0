import { describe, expect, it } from 'vitest';
import { Table } from '../../core/table.js';
import { forEachWord, type TextStatsStep, textStats } from './text-stats.js';

describe('textStats', () => {
  it('measures texts and counts words', () => {
    const step: TextStatsStep = {
      kind: 'text-stats',
      columns: [
        {
          name: 't',
          stats: (['length', 'words', 'digits', 'upper'] as const).map((stat) => ({ stat, name: stat })),
          words: [{ word: 'été', name: 'été' }],
        },
      ],
    };
    const texts = ['Été 24, été!', '', 'ABC d'];
    const bound = textStats.bind(
      step,
      new Table([{ kind: 'category', name: 't', codes: new Int32Array([0, 1, 2, -1, 0]), levels: texts }]),
    );
    bound.run();
    const rows = [0, 1, 2, 3, 4].map((i) => bound.table.columns.map((c) => (c.kind === 'numeric' ? c.values[i] : undefined)));
    expect(rows).toEqual([
      [12, 3, 2 / 12, 1 / 12, 2],
      [0, 0, 0, 0, 0],
      [5, 2, 0, 3 / 5, 0],
      [Number.NaN, Number.NaN, Number.NaN, Number.NaN, 0],
      [12, 3, 2 / 12, 1 / 12, 2],
    ]);
  });

  it('looks at a bounded part of a huge text', () => {
    const words: string[] = [];
    forEachWord('ab '.repeat(5_000_000), (word) => words.push(word), 300);
    expect(words.length).toBe(100);
  });
});
