import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Deadline } from '../../core/clock.js';
import { encodeBundle } from '../../model/bundle-file.js';
import { openSource } from '../data/open-source.js';
import { prettyJson } from './artefacts.js';
import { askQuestion } from './ask-question.js';
import { nodeClock } from './node-clock.js';
import { type AskedOptions, prepareRun } from './prepare-run.js';
import { readTable } from './read-table.js';
import { trainPlan } from './train.js';

const ROWS = 30_000;
let base: string;
let csv: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'millwright-read-'));
  csv = join(base, 'long.csv');
  const row = (i: number) => `${i % 17},${(i * 7919) % 101},${'x'.repeat(100)},${(i * 31) % 17 > 8 ? 'p' : 'q'}`;
  writeFileSync(csv, `a,b,long,y\n${Array.from({ length: ROWS }, (_, i) => row(i)).join('\n')}\n`);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const options = (more: Partial<AskedOptions>): AskedOptions => ({ data: [csv], type: [], drop: [], ...more });
const train = (prepared: Awaited<ReturnType<typeof prepareRun>>) =>
  trainPlan(prepared, { deadline: new Deadline(nodeClock, Number.POSITIVE_INFINITY), threads: 1 });

test('when the time is up, the rows seen so far are the table; the record repeats the run byte for byte', async () => {
  const late = { startedAt: nodeClock.now() - 10_000 };
  const first = await prepareRun(options({ target: 'y', maxRows: 300, budget: 1000 }), late);
  const seen = first.read?.seen as number;
  expect(seen).toBeGreaterThan(0);
  expect(seen).toBeLessThan(ROWS);
  expect(first.table.rows).toBe(300);
  expect(first.notes).toEqual([expect.objectContaining({ code: 'rows-unread', message: expect.stringContaining(`first ${seen} rows`) })]);
  expect(Math.max(...(first.sourceRows as Uint32Array))).toBeLessThan(seen);
  const trained = await train(first);
  expect(trained.plan.work?.read).toEqual(first.read);
  expect(trained.cut).toBe(true);
  expect(trained.findings.find((f) => f.code === 'time-short')?.message).toContain(`reading, to the first ${seen} rows`);

  writeFileSync(join(base, 'plan.json'), prettyJson(trained.plan));
  const again = await prepareRun(options({ plan: join(base, 'plan.json') }), late);
  expect(again.read).toEqual(first.read);
  expect(again.notes).toEqual(first.notes);
  expect(again.sourceRows).toEqual(first.sourceRows);
  const repeated = await train(again);
  expect(Buffer.compare(await encodeBundle(repeated.bundle), await encodeBundle(trained.bundle))).toBe(0);
  expect(repeated.plan).toEqual(trained.plan);

  const other = await prepareRun(options({ plan: join(base, 'plan.json'), seed: 5, budget: null }), late);
  expect(other.notes).toEqual([]);
  expect(other.read).toBeUndefined(); // another seed is another run
});

test.each([undefined, 20_000])('a source that was seen whole but read in part (at most %s rows)', async (maxRows) => {
  const source = await openSource({ from: [csv] });
  try {
    const asked = await askQuestion(source, { target: 'y', maxRows }, { from: [csv] });
    const cut = await readTable(source, asked, { read: new Deadline(nodeClock, 0) });
    expect(cut.read).toEqual({ read: expect.any(Number) });
    expect(cut.table.rows).toBeLessThan(maxRows ?? ROWS);
    expect(cut.sourceRows?.length).toBe(maxRows && cut.table.rows);
    const again = await readTable(source, asked, { recorded: cut.read });
    expect(again).toEqual(cut);
    const whole = await readTable(source, asked, {});
    expect(whole.read).toBeUndefined();
    expect(whole.table.rows).toBe(maxRows ?? ROWS);
  } finally {
    await source.close();
  }
});
