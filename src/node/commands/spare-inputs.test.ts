import { linkSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { planCommand } from './plan.js';
import { predictCommand } from './predict.js';
import { spareInputs } from './spare-inputs.js';

let base: string;
let csv: string;
const table = `a,y\n${Array.from({ length: 60 }, (_, i) => `${i % 7},${i % 2}`).join('\n')}\n`;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'millwright-spare-'));
  csv = join(base, 'x.csv');
  writeFileSync(csv, table);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

test('an input is known under each of its names', async () => {
  symlinkSync(csv, join(base, 'soft.csv'));
  linkSync(csv, join(base, 'hard.csv'));
  for (const out of [csv, relative('.', csv), join(base, 'soft.csv'), join(base, 'hard.csv')])
    for (const data of [[csv], [join(base, '?.csv')], [`sqlite:${csv}`]])
      await expect(spareInputs(out, data)).rejects.toMatchObject({ code: 'USAGE' });
});

test('other files, new ones, standard input and servers are free', async () => {
  writeFileSync(join(base, 'y.csv'), table);
  for (const out of [join(base, 'y.csv'), join(base, 'new.csv'), '/dev/null']) await spareInputs(out, [csv, '-', 'postgres://localhost/x']);
});

test('neither rows to score, nor the bundle, nor rows to plan for are replaced', async () => {
  const context = { startedAt: 0 };
  const bundle = join(base, 'model.mill');
  writeFileSync(bundle, 'PK');
  const refused = { code: 'USAGE', message: expect.stringContaining('would be replaced') };
  await expect(predictCommand({ bundle, data: [csv], out: csv }, context)).rejects.toMatchObject(refused);
  await expect(predictCommand({ bundle, data: [csv], out: bundle }, context)).rejects.toMatchObject(refused);
  await expect(predictCommand({ bundle: base, data: [csv], out: bundle }, context)).rejects.toMatchObject(refused);
  await expect(planCommand({ data: [csv], target: 'y', out: csv }, context)).rejects.toMatchObject(refused);
  expect(readFileSync(csv, 'utf8')).toBe(table);
});
