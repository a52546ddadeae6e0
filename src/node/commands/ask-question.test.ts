import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSource } from '../data/open-source.js';
import { askQuestion } from './ask-question.js';

const folder = mkdtempSync(join(tmpdir(), 'millwright-question-'));
const path = join(folder, 'days.csv');
beforeAll(() => {
  const day = (i: number) => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10);
  writeFileSync(path, `day,x,y\n${Array.from({ length: 300 }, (_, i) => `${day(i)},${(i * 37) % 101},${(i * 7) % 53}.5`).join('\n')}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  [undefined, 'time', 'day'],
  ['none', 'stratified', undefined],
])('rows in the order of a date are split by it unless told otherwise (--time %s)', async (time, kind, column) => {
  const source = await openSource({ from: [path] });
  try {
    const { plan, schema } = await askQuestion(source, { target: 'y', budget: 10, ...(time !== undefined && { time }) }, { from: [path] });
    expect([plan.holdout.kind, plan.holdout.column]).toEqual([kind, column]);
    expect(schema.columns.find((c) => c.name === 'day')).toMatchObject({ type: 'datetime', use: column ? 'time' : 'feature' });
  } finally {
    await source.close();
  }
});
