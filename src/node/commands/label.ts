import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { openSource } from '../data/open-source.js';
import { writeWhole } from './atomic-file.js';
import { readBundle } from './bundle-io.js';
import type { CommandContext } from './context.js';
import { duckShare } from './duck-share.js';
import { askFor } from './label-ask.js';
import { contentKey, spelledRows } from './label-cells.js';
import { type Merged, mergeAnswers } from './label-merge.js';
import { nodeClock } from './node-clock.js';
import { parseInput, wholeNumber } from './options.js';
import { spareInputs } from './spare-inputs.js';

const input = z.object({
  bundle: z.string(),
  pool: z.array(z.string()),
  out: z.string().min(1).optional(),
  count: wholeNumber('--count', 1, 100_000).default(50),
  labelled: z.array(z.string()).default([]),
  answers: z.string().optional(),
  into: z.string().optional(),
  seed: wholeNumber('--seed', 0, 0xffffffff).default(0),
});

/** What labelling came to: questions, or answers that were merged. */
export type LabelSummary = { target: string; classes: string[]; pool: string; bundle: string; seconds: number } & (
  | { did: 'asked'; out: string; count: number; open: number; answered: number }
  | ({ did: 'merged'; into: string } & Merged)
);

/**
 * Active learning: writes down which rows of a pool to label next, or merges the answers into a table.
 * @throws MillwrightError `BUNDLE_…`, `DATA_…`, `SCHEMA_MISMATCH`, `COLUMN_NOT_FOUND`, `OUTPUT_FAILED`; then nothing is written
 */
export async function labelCommand(options: unknown, context: CommandContext): Promise<LabelSummary> {
  const { bundle: path, pool, ...asked } = parseInput(input, options);
  const [file] = pool;
  if (file === undefined || pool.length > 1)
    throw new MillwrightError('USAGE', 'Name one table of rows to label.', 'millwright label model.mill pool.csv --out ask.csv');
  const bundle = await readBundle(path);
  const { target, classes } = bundle.task;
  const about = { target, classes, pool: file, bundle: path };
  const seconds = () => (nodeClock.now() - context.startedAt) / 1000;
  if (asked.answers !== undefined || asked.into !== undefined) {
    const { answers, into } = asked;
    if (answers === undefined || into === undefined)
      throw new MillwrightError(
        'USAGE',
        '--answers and --into go together.',
        'millwright label model.mill pool.csv --answers ask.csv --into train.csv',
      );
    const out = asked.out ?? into;
    if (asked.out !== undefined) await spareInputs(out, [file, answers], path);
    const merged = await mergeAnswers(bundle.task, { pool: file, answers, into, out });
    return { ...about, did: 'merged', into: out, ...merged, seconds: seconds() };
  }
  const out = asked.out;
  if (out === undefined)
    throw new MillwrightError('USAGE', 'The questions need a file.', 'Name one with --out, for example --out ask.csv.');
  await spareInputs(out, [file, ...asked.labelled], path);
  const source = await openSource({ from: [file] }, { streaming: true, ...duckShare(), signal: context.signal });
  try {
    const names = source.columns.filter((name) => name !== target);
    const known = await answeredElsewhere(asked.labelled, names);
    const { csv, ...found } = await askFor(bundle, source, known, asked);
    await writeWhole(out, csv);
    return { ...about, did: 'asked', out, ...found, seconds: seconds() };
  } finally {
    await source.close();
  }
}

/** The content of rows in other tables, as far as they have the pool's columns. */
async function answeredElsewhere(files: readonly string[], names: readonly string[]): Promise<Set<string>> {
  const known = new Set<string>();
  for (const file of files) {
    const source = await openSource({ from: [file] }, { streaming: true });
    try {
      const missing = names.find((name) => !source.columns.includes(name));
      if (missing !== undefined)
        throw new MillwrightError(
          'COLUMN_NOT_FOUND',
          `${source.label} has no column "${missing}" as the pool has.`,
          'Rows are told apart by all columns of the pool.',
        );
      for await (const { cells } of spelledRows(source, names)) known.add(contentKey(names, cells));
    } finally {
      await source.close();
    }
  }
  return known;
}
