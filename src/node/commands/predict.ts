import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import { isInput } from '../../core/schema.js';
import type { Bundle } from '../../model/bundle.js';
import { predict } from '../../model/predict.js';
import { emptyReport, type ReadReport } from '../../model/table-from-rows.js';
import { stepsOf, unseenCategories } from '../../model/unseen-categories.js';
import type { DataSource } from '../data/data-source.js';
import { openSource } from '../data/open-source.js';
import { AtomicFile } from './atomic-file.js';
import { readBundle } from './bundle-io.js';
import type { CommandContext } from './context.js';
import { duckShare } from './duck-share.js';
import { splitNames } from './name-list.js';
import { nodeClock } from './node-clock.js';
import { parseInput } from './options.js';
import { predictionColumns, type RowFormat, rowWriter, type Sureness } from './prediction-rows.js';
import { spareInputs } from './spare-inputs.js';
import { shareAsked, surenessOf } from './sureness.js';
import { writeOut } from './write-out.js';

const input = z.object({
  bundle: z.string(),
  data: z.array(z.string()).min(1),
  out: z.string().min(1).optional(),
  keep: z.array(z.string()).default([]),
  sql: z.string().optional(),
  interval: shareAsked('--interval'),
  set: shareAsked('--set'),
  json: z.boolean().optional(),
});

/** Rows that are held at a time. */
const BATCH = 8192;

/** Something in the rows that did not fit what the model was trained on; they are scored all the same. */
export interface PredictWarning {
  kind: 'missing-column' | 'extra-column' | 'unreadable-cells' | 'unseen-category' | 'replaced-column';
  column: string;
  count: number;
  message: string;
}

/** What scoring a table came to. */
export interface PredictSummary {
  /** Absent when the rows went to standard output. */
  out?: string;
  rows: number;
  warnings: PredictWarning[];
  seconds: number;
}

/**
 * Scores rows in their order, a batch at a time, into a file or standard output.
 * @throws MillwrightError `BUNDLE_…`, `DATA_…`, `COLUMN_NOT_FOUND`, `SCHEMA_MISMATCH`, `OUTPUT_FAILED`, `INTERRUPTED`; then no file is left
 */
export async function predictCommand(options: unknown, context: CommandContext): Promise<PredictSummary> {
  const asked = parseInput(input, options);
  const toFile = asked.out !== undefined && asked.out !== '-';
  if (!toFile && asked.json) throw new MillwrightError('USAGE', '--json needs a file for the rows.', 'Name one with -o.');
  if (toFile) await spareInputs(asked.out as string, asked.data, asked.bundle);
  const bundle = await readBundle(asked.bundle);
  const sureness = surenessOf(bundle, asked);
  const source = await openSource({ from: asked.data, sql: asked.sql }, { streaming: true, ...duckShare(), signal: context.signal });
  const out = toFile ? (asked.out as string) : undefined;
  try {
    for (;;) {
      const attempt: Attempt = { bundle, source, keep: asked.keep, sureness, out, rows: 0 };
      try {
        const warnings = await score(attempt, context);
        return { ...(toFile && { out }), rows: attempt.rows, warnings, seconds: (nodeClock.now() - context.startedAt) / 1000 };
      } catch (error) {
        if (!source.recover(error)) throw error; // else the source knows better now, and reads all anew
        if (!toFile && attempt.rows > 0)
          throw new MillwrightError(
            'DATA_UNREADABLE',
            `${source.label} turned out not to be UTF-8 after ${attempt.rows} rows were written.`,
            'Write to a file with -o, which can begin anew, or convert the data to UTF-8.',
            { cause: error },
          );
      }
    }
  } finally {
    await source.close();
  }
}

/** One pass over the rows. */
interface Attempt {
  readonly bundle: Bundle;
  readonly source: DataSource;
  readonly keep: readonly string[];
  readonly sureness: Sureness;
  /** Standard output when absent. */
  readonly out: string | undefined;
  /** Rows written so far. */
  rows: number;
}

async function score(attempt: Attempt, context: CommandContext): Promise<PredictWarning[]> {
  const { bundle, source, sureness, out } = attempt;
  checkColumns(bundle, source);
  const { keep, replaced } = keptColumns(bundle, source, attempt.keep, sureness);
  const report = emptyReport();
  const unseen = new Map<string, number>();
  const file = out === undefined ? undefined : await AtomicFile.create(out);
  const write = (text: string) => (file ? file.write(text) : writeOut(text));
  try {
    const writer = rowWriter(bundle.task, formatOf(out), sureness);
    let header = writer.header(keep);
    for await (const { table, kept } of source.batches(bundle.schema, BATCH, { keep, report })) {
      if (context.signal?.aborted) throw new MillwrightError('INTERRUPTED', 'Scoring was interrupted; nothing was written.', 'Run again.');
      const scored = predict(bundle, table);
      for (const [name, count] of unseenCategories(stepsOf(bundle), table)) unseen.set(name, (unseen.get(name) ?? 0) + count);
      const columns = keep.map((name, i) => ({ name, cell: (row: number) => kept[i]?.[row] ?? '' }));
      await write(header + writer.rows(columns, scored, table.rows));
      header = '';
      attempt.rows += table.rows;
      await nodeClock.pause();
    }
    if (header !== '') await write(header);
    await file?.commit();
  } catch (error) {
    await file?.discard();
    throw error;
  }
  return [...replaced, ...warningsOf(report, unseen, attempt.rows)];
}

/** The format of a file of rows, by its name. */
export function formatOf(out: string | undefined): RowFormat {
  const name = out?.toLowerCase() ?? '';
  return /\.(ndjson|jsonl|json)$/.test(name) ? 'ndjson' : /\.(tsv|tab)$/.test(name) ? 'tsv' : 'csv';
}

/** @throws MillwrightError `SCHEMA_MISMATCH` when the data has none of the columns that the model reads */
export function checkColumns({ schema }: Bundle, source: DataSource): void {
  const present = new Set(source.columns);
  const read = schema.columns.filter(isInput).map((c) => c.name);
  if (read.some((name) => present.has(name))) return;
  throw new MillwrightError(
    'SCHEMA_MISMATCH',
    `${source.label} has none of the ${read.length} columns that the model reads.`,
    `The model reads ${read.slice(0, 10).join(', ')}${read.length > 10 ? ', …' : ''}; the data has ${source.columns.slice(0, 10).join(', ')}.`,
  );
}

/** The columns to copy; those that would stand beside a new column of the same name give way to it. */
function keptColumns(
  { task }: Bundle,
  source: DataSource,
  asked: readonly string[],
  sureness: Sureness,
): { keep: string[]; replaced: PredictWarning[] } {
  const present = new Set(source.columns);
  const all = asked.length === 1 && asked[0] === 'all' && !present.has('all');
  const wanted = all ? [...source.columns] : splitNames(asked, present);
  for (const name of wanted) {
    if (present.has(name)) continue;
    const near = nearestName(name, [...source.columns]);
    throw new MillwrightError(
      'COLUMN_NOT_FOUND',
      `There is no column "${name}" to keep.`,
      near ? `Did you mean "${near}"?` : `The columns are ${source.columns.slice(0, 20).join(', ')}.`,
    );
  }
  const made = new Set(predictionColumns(task, sureness));
  const replaced = wanted
    .filter((name) => made.has(name))
    .map(
      (column): PredictWarning => ({
        kind: 'replaced-column',
        column,
        count: 0,
        message: `Column "${column}" of the data is left out: the new one has its name.`,
      }),
    );
  return { keep: wanted.filter((name) => !made.has(name)), replaced };
}

/** What reading and scoring noticed, in sentences. */
export function warningsOf(report: ReadReport, unseen: ReadonlyMap<string, number>, rows: number): PredictWarning[] {
  const cells = (n: number) => `${n} ${n === 1 ? 'cell' : 'cells'}`;
  return [
    ...report.missingColumns.map(
      (column): PredictWarning => ({
        kind: 'missing-column',
        column,
        count: rows,
        message: `Column "${column}" is absent; its cells count as missing.`,
      }),
    ),
    ...report.extraColumns.map(
      (column): PredictWarning => ({
        kind: 'extra-column',
        column,
        count: rows,
        message: `Column "${column}" was not there in training; it is ignored.`,
      }),
    ),
    ...[...report.unreadable].map(
      ([column, n]): PredictWarning => ({
        kind: 'unreadable-cells',
        column,
        count: n,
        message: `${cells(n)} of "${column}" could not be read; they count as missing.`,
      }),
    ),
    ...[...unseen].map(
      ([column, n]): PredictWarning => ({
        kind: 'unseen-category',
        column,
        count: n,
        message: `${cells(n)} of "${column}" hold a category that training had never, or too rarely.`,
      }),
    ),
  ];
}
