import { expect, it } from 'vitest';
import { Rng } from '../../core/rng.js';
import type { ColumnSchema } from '../../core/schema.js';
import { Table } from '../../core/table.js';
import { leakFindings } from './findings-leaks.js';

it('names a suspect as a word that a shell takes as it is', async () => {
  const name = `$(rm -rf "x") it's`;
  const target = Float64Array.from({ length: 1200 }, (_, i) => (i * 7919) % 2);
  const column: ColumnSchema = {
    name,
    type: 'number',
    use: 'feature',
    reason: '',
    missing: [],
    stats: { rows: 1200, missing: 0, distinct: 0, top: [] },
  };
  const { findings } = await leakFindings({
    table: new Table([{ kind: 'numeric', name, values: target.map((t) => t * 3) }]),
    schema: { columns: [column] },
    task: { kind: 'binary', target: 'y', classes: ['no', 'yes'], reason: '' },
    target,
    rng: new Rng(1),
  });
  expect(findings.find((f) => f.code === 'leak-suspect')?.message).toContain(String.raw`(--drop '$(rm -rf "x") it'\''s')`);
});
