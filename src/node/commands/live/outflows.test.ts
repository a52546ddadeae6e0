import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MillwrightError } from '../../../core/errors.js';
import type { ScoredColumn } from '../score/scored-rows.js';
import { FileOutflow } from './file-outflow.js';
import type { Answer } from './outflow.js';
import { TableOutflow } from './table-outflow.js';

let folder: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millwright-outflow-'));
  out = join(folder, 'out.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const columns: ScoredColumn[] = [
  { name: 'message', kind: 'text' },
  { name: 'prediction', kind: 'number' },
];
const answer = (offset: number, value: number | MillwrightError = offset / 2): Answer => ({
  message: { id: `s.${offset}`, shard: 's', offset, body: new Uint8Array() },
  id: `s.${offset}`,
  row: value instanceof MillwrightError ? value : [value],
});
const line = (offset: number) => `{"message":"s.${offset}","prediction":${offset / 2}}\n`;
const written = () => readFileSync(out, 'utf8');

async function withFile<T>(work: (file: FileOutflow) => Promise<T>): Promise<T> {
  const file = await FileOutflow.open(out, columns);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

test('a file has each message once, whatever comes again', async () => {
  expect(await withFile((file) => file.put([answer(0), answer(2), answer(2)]))).toBe(2);
  expect(await withFile((file) => file.put([answer(2), answer(1), answer(0)]))).toBe(1);
  expect(written()).toBe(line(0) + line(2) + line(1));
});

test('what a killed process wrote beyond its journal is cut off, and may come again', async () => {
  await withFile((file) => file.put([answer(0)]));
  appendFileSync(out, line(1) + line(2).slice(0, 9));
  expect(await withFile((file) => file.put([answer(1)]))).toBe(1);
  expect(written()).toBe(line(0) + line(1));
});

test('a file that was moved away is begun anew without what went there', async () => {
  await withFile((file) => file.put([answer(0)]));
  renameSync(out, join(folder, 'yesterday.ndjson'));
  await withFile((file) => file.put([answer(0), answer(1)]));
  expect(written()).toBe(line(1));
});

test('a file of somebody else, one cut short and one in use are refused', async () => {
  writeFileSync(out, 'mine\n');
  await expect(FileOutflow.open(out, columns)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
  expect(written()).toBe('mine\n');
  rmSync(out);
  await withFile(async (file) => {
    await file.put([answer(0)]);
    await expect(FileOutflow.open(out, columns)).rejects.toMatchObject({ code: 'OUTPUT_BUSY' });
  });
  truncateSync(out, 3);
  await expect(FileOutflow.open(out, columns)).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
  await expect(FileOutflow.open(join(folder, 'out.csv'), columns)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  expect(readdirSync(folder).sort()).toEqual(['.out.ndjson.stream', 'out.ndjson']);
});

test('a table has each message once, errors in their column, and texts that a database cannot keep do not end it', async () => {
  const url = `sqlite:${join(folder, 'out.db')}`;
  const fault = new MillwrightError('DATA_UNREADABLE', 'This is no JSON object.');
  const odd = { ...answer(7), id: 'a\0b' };
  for (const [answers, fresh] of [
    [[answer(0), answer(1, fault), answer(1, fault)], 2],
    [[answer(1, 9), answer(0, 9), odd], 1],
  ] as const) {
    const table = await TableOutflow.open(url, 'scores', columns);
    expect(await table.put(answers)).toBe(fresh);
    await table.close();
  }
  const db = new Database(join(folder, 'out.db'));
  expect(db.prepare('SELECT * FROM scores ORDER BY message').all()).toEqual([
    { message: 'a\ufffdb', prediction: 3.5, error: null },
    { message: 's.0', prediction: 0, error: null },
    { message: 's.1', prediction: null, error: 'DATA_UNREADABLE: This is no JSON object.' },
  ]);
  db.close();
});
