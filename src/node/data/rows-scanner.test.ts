import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Table } from '../../core/table.js';
import { inferSchema } from '../../engine/prep/infer-schema.js';
import { tableFromRows } from '../../model/table-from-rows.js';
import { openSource } from './open-source.js';
import { sourceFromRows } from './rows-scanner.js';

const rows = Array.from({ length: 400 }, (_, i) => ({
  price: i % 7 === 0 ? '?' : `$${(i * 37) % 900},${100 + (i % 800)}`,
  size: i % 5 === 0 ? null : (i * 13) % 101,
  when: `2024-${String((i % 12) + 1).padStart(2, '0')}-11 08:30`,
  sold: ['yes', 'no', 'Yes '][i % 3],
  city: ['Oslo', ' Rome', 'a rather long name of a city', '"quoted", city'][i % 4],
}));

const plain = (table: Table): unknown =>
  table.columns.map((c) => (c.kind === 'numeric' ? [c.name, [...c.values]] : [c.name, [...c.codes].map((code) => c.levels[code])]));

it('reads rows in memory, requests, CSV and JSON alike', async () => {
  const source = sourceFromRows(rows);
  const schema = inferSchema(await source.samples());
  expect(schema.columns.map((c) => c.type)).toEqual(['number', 'number', 'datetime', 'boolean', 'category']);
  const expected = plain(await source.read(schema));
  expect(plain(tableFromRows(schema, rows))).toEqual(expected);

  const folder = await mkdtemp(join(tmpdir(), 'millwright-test-'));
  try {
    const names = Object.keys(rows[0] as object) as (keyof (typeof rows)[0])[];
    const csv = [names.join(','), ...rows.map((r) => names.map((n) => `"${String(r[n] ?? '').replaceAll('"', '""')}"`).join(','))].join(
      '\n',
    );
    await writeFile(join(folder, 'rows.csv'), csv);
    await writeFile(join(folder, 'rows.json'), JSON.stringify(rows));
    for (const name of ['rows.csv', 'rows.json']) {
      const file = await openSource({ from: [join(folder, name)] });
      const read = plain(await file.read(schema));
      await file.close();
      expect(read).toEqual(expected);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('takes its columns from all rows, and refuses none', async () => {
  const source = sourceFromRows([{ a: 1 }, JSON.parse('{"b": "x", "__proto__": 3}'), { a: 2 }]);
  expect(source.columns).toEqual(['a', 'b', '__proto__']);
  expect(source.rowCount).toBe(3);
  expect(source.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(() => sourceFromRows([])).toThrow(expect.objectContaining({ code: 'DATA_EMPTY' }));
});
