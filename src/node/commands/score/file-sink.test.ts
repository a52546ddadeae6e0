import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileSink } from './file-sink.js';
import type { ScoreJob } from './job.js';
import { JournalLedger } from './ledger.js';
import type { ScoredColumn, ScoredRow } from './scored-rows.js';

// Ends in the moments that a random kill seldom meets.

const columns: ScoredColumn[] = [
  { name: 'id', kind: 'text' },
  { name: 'prediction', kind: 'number' },
];
const job: ScoreJob = {
  id: 'j',
  target: 't',
  model: 'm',
  version: '1',
  bundle: 'b',
  source: 's',
  options: 'o',
  scoredAt: '2026-11-23T07:00:00.000Z',
};
const chunk = (k: number): ScoredRow[] => [
  [`a${k}`, k + 0.5],
  [`b${k}`, null],
];
const WHOLE = 'id,prediction\na0,0.5\nb0,\na1,1.5\nb1,\n';

let folder: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millwright-sink-'));
  out = join(folder, 'out.csv');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A process's life up to a moment, at which it is gone but for its files (its lock is that of the dead). */
async function life(until: (step: string) => void): Promise<string> {
  const sink = await FileSink.open(out, columns);
  try {
    const ledger = new JournalLedger(sink.journal);
    const known = await ledger.begin(job, false);
    until('begun');
    const begun = await sink.begin(known, job, false);
    if (!begun.done) {
      for (let k = begun.progress.chunks; k < 2; k++) {
        const progress = await sink.put(k, chunk(k));
        until(`put ${k}`);
        await ledger.advance(progress);
        until(`advanced ${k}`);
      }
      await sink.finish(async (progress) => {
        until('joined');
        await ledger.advance(progress);
        until('told');
      });
      until('renamed');
    }
    await ledger.finish();
    until('finished');
    await sink.close('done');
    return 'done';
  } catch (error) {
    if ((error as Error).message !== 'killed') throw error;
    await rm(join(sink.folder, '.millwright.lock'), { force: true });
    return 'killed';
  }
}

const STEPS = ['begun', 'put 0', 'advanced 0', 'put 1', 'advanced 1', 'joined', 'told', 'renamed', 'finished'];

it.each(STEPS)('goes on after an end at "%s"', async (moment) => {
  const died = (step: string): void => {
    if (step === moment) throw new Error('killed');
  };
  expect(await life(died)).toBe('killed');
  expect(await life(() => undefined)).toBe('done');
  expect(await readFile(out, 'utf8')).toBe(WHOLE);
  expect(await readdir(folder)).toEqual(['out.csv']);
});

it('does nothing again that was done', async () => {
  const steps: string[] = [];
  await life((step) => {
    if (step === 'advanced 0') throw new Error('killed');
  });
  await life((step) => steps.push(step));
  expect(steps).toEqual(['begun', 'put 1', 'advanced 1', 'joined', 'told', 'renamed', 'finished']);
});

it('refuses parts that are not those that were written', async () => {
  await life((step) => {
    if (step === 'advanced 0') throw new Error('killed');
  });
  await truncate(join(folder, '.out.csv.scoring', '000000000'), 3);
  await expect(life(() => undefined)).rejects.toMatchObject({ code: 'OUTPUT_FAILED' });
  expect(await readdir(folder)).toEqual(['.out.csv.scoring']);
});

it('lets one process write at a time', async () => {
  const first = await FileSink.open(out, columns);
  await expect(FileSink.open(out, columns)).rejects.toMatchObject({ code: 'OUTPUT_BUSY' });
  await first.close('nothing');
  expect(await readdir(folder)).toEqual([]);
});
