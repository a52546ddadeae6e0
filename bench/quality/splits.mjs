import { join } from 'node:path';
import { runChild } from '../support/child.mjs';
import { python, REPOSITORY } from '../support/places.mjs';

/** The folder with the splits: the given one, or those made of the data folder in `MILLWRIGHT_BENCH_DATA` (kept under build/ for the next time). */
export async function splitsFolder(given = process.env.MILLWRIGHT_BENCH_SPLITS) {
  if (given) return given;
  const data = process.env.MILLWRIGHT_BENCH_DATA;
  if (!data) throw new Error('give --splits DIR, or name a data folder in MILLWRIGHT_BENCH_DATA (see bench/README.md)');
  const folder = join(REPOSITORY, 'build/bench-splits');
  const { status, stderr } = await runChild(python(), [new URL('make-splits.py', import.meta.url).pathname, data, folder], {
    timeout: 3600,
  });
  if (status !== 0) throw new Error(`the splits could not be made: ${stderr.trim().split('\n').at(-1)}`);
  return folder;
}
