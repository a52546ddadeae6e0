import type { ColumnSchema, ColumnType, ColumnUse } from '../src/core/schema.js';
import type { Bundle } from '../src/model/bundle.js';
import { TreesModel } from '../src/model/trees.js';

/** A column of a schema with nothing special about it. */
export function columnSchema(name: string, type: ColumnType, use: ColumnUse = 'feature'): ColumnSchema {
  return {
    name,
    type,
    use,
    reason: 'An example.',
    missing: ['?'],
    stats: { rows: 4, missing: 1, distinct: 3, top: [{ value: 'a', count: 1 }] },
  };
}

/** A small bundle with every kind of column, whose trees were made by hand: leaf values say which way each split went. */
export function exampleBundle(): Bundle {
  const inputs = ['age', 'city', 'seen.month', 'note.words', 'member'];
  const splits = [
    { feature: 0, threshold: 30, flags: 0 },
    { feature: 1, threshold: 0, flags: 2 },
    { feature: 2, threshold: 6, flags: 1 },
    { feature: 3, threshold: 2, flags: 0 },
    { feature: 4, threshold: 0.5, flags: 1 },
  ];
  const each = <T>(pick: (split: (typeof splits)[number], i: number) => T): T[] => splits.map(pick);
  const model = new TreesModel(
    { inputs, levels: [0, 2, 0, 0, 0], outputs: 1, link: 'logistic', start: [-0.25] },
    {
      roots: Int32Array.from(each((_, i) => i)),
      feature: Int32Array.from(each((s) => s.feature)),
      flags: Uint8Array.from(each((s) => s.flags)),
      threshold: Float64Array.from(each((s) => s.threshold)),
      left: Int32Array.from(each((_, i) => -1 - 2 * i)),
      right: Int32Array.from(each((_, i) => -2 - 2 * i)),
      gain: Float32Array.from(each(() => 1)),
      cover: Float32Array.from(each(() => 4)),
      sets: Uint32Array.from([0b01]),
      leaf: Float64Array.from(splits.flatMap((_, i) => [2 ** -i / 2, -(2 ** -i) / 4])),
      leafCover: new Float32Array(10).fill(2),
    },
  );
  return {
    schema: {
      columns: [
        columnSchema('age', 'number'),
        columnSchema('city', 'category'),
        columnSchema('seen', 'datetime'),
        columnSchema('note', 'text'),
        columnSchema('member', 'boolean'),
        columnSchema('__proto__', 'category', 'ignore'),
        columnSchema('left', 'category', 'target'),
      ],
    },
    task: { kind: 'binary', target: 'left', classes: ['no', '__proto__'], reason: 'An example.' },
    recipe: [
      {
        kind: 'select',
        columns: [
          { name: 'age', type: 'numeric' },
          { name: 'city', type: 'category' },
          { name: 'seen', type: 'numeric' },
          { name: 'note', type: 'category' },
          { name: 'member', type: 'numeric' },
        ],
      },
      { kind: 'date-parts', columns: [{ name: 'seen', origin: 0, outputs: [{ part: 'month', name: 'seen.month' }] }] },
      { kind: 'text-stats', columns: [{ name: 'note', stats: [{ stat: 'words', name: 'note.words' }], words: [] }] },
      { kind: 'category-codes', columns: [{ name: 'city', levels: ['Oslo', 'Bergen'] }] },
    ] as unknown[] as Bundle['recipe'],
    model,
    metrics: { auc: 0.75, log_loss: Number.NaN, by: JSON.parse('{"__proto__":2,"<b>":1}') },
    threshold: 0.4,
    lineage: { millwright: '0.1.0', dataHash: 'a'.repeat(64), rows: 4, seed: 7, plan: { budget: { ms: Number.POSITIVE_INFINITY } } },
  };
}

/** Rows that go through the example in different ways, some of them badly made. */
export function exampleRows(): Record<string, unknown>[] {
  return [
    { age: 25, city: 'Oslo', seen: '2024-02-29T10:00:00Z', note: 'one two three', member: true },
    { age: '47.5', city: 'Bergen', seen: '2024-12-31', note: 'x', member: 'no' },
    { city: 'Paris', age: '?', note: null },
    {},
    { age: 'many', city: 12, seen: 'tomorrow', note: '', member: 'perhaps', extra: 1 },
  ];
}
