import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { Deadline } from '../../core/clock.js';
import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import { Rng } from '../../core/rng.js';
import type { Schema } from '../../core/schema.js';
import type { Table } from '../../core/table.js';
import type { Alert } from '../../engine/monitor/alert.js';
import { gravestFirst } from '../../engine/monitor/alert-book.js';
import { buildReference, predictionsAsColumns, timesOf } from '../../engine/monitor/build-reference.js';
import { type ColumnFigures, figuresOf } from '../../engine/monitor/column-figures.js';
import { type DomainCheck, domainCheck } from '../../engine/monitor/domain-classifier.js';
import {
  ExpectationCheck,
  type Expectations,
  parseExpectations,
  proposeExpectations,
  type Unmet,
} from '../../engine/monitor/expectations.js';
import { strongestInteraction } from '../../engine/monitor/interactions.js';
import { jointAlert } from '../../engine/monitor/joint-alert.js';
import { Monitor, type MonitorOptions, type WindowSummary } from '../../engine/monitor/monitor.js';
import { codeRows } from '../../engine/monitor/observer.js';
import { scoringOf } from '../../engine/monitor/performance/bundle-scoring.js';
import { PerformanceBook } from '../../engine/monitor/performance/performance-book.js';
import { type PerformanceReport, performanceReport } from '../../engine/monitor/performance/performance-report.js';
import { inputCount, type Reference } from '../../engine/monitor/reference.js';
import { decodeReference } from '../../engine/monitor/reference-json.js';
import type { Bundle } from '../../model/bundle.js';
import { predict } from '../../model/predict.js';
import { emptyReport } from '../../model/table-from-rows.js';
import { openSource } from '../data/open-source.js';
import { parsePrice } from './alert-cost.js';
import { writeWhole } from './atomic-file.js';
import { readBundle } from './bundle-io.js';
import type { CommandContext } from './context.js';
import { duckShare } from './duck-share.js';
import { actualOf, readLabels, requireColumn, requireInput } from './late-labels.js';
import { monitorOutcome } from './monitor-outcome.js';
import { nodeClock } from './node-clock.js';
import { parseInput } from './options.js';
import { spareInputs } from './spare-inputs.js';
import { parseWindow } from './window-size.js';

export type { WindowScore } from '../../engine/monitor/performance/kept-rows.js';
export type { PerformanceReport } from '../../engine/monitor/performance/performance-report.js';

/** What is asked of files and streams alike. */
export const monitorOptions = {
  bundle: z.string(),
  window: z.string().default('500'),
  time: z.string().optional(),
  reference: z.string().optional(),
  against: z.enum(['training', 'before'], '--against is training or before').default('training'),
  ignore: z.array(z.string()).default([]),
  expectations: z.string().optional(),
  writeExpectations: z.string().optional(),
  failOn: z.enum(['alert', 'danger', 'never'], '--fail-on is alert, danger or never').default('never'),
  json: z.boolean().optional(),
};
const input = z.object({
  ...monitorOptions,
  data: z.array(z.string()).min(1),
  sql: z.string().optional(),
  labels: z.string().optional(),
  key: z.string().optional(),
  html: z.string().min(1).optional(),
  store: z.boolean().default(false),
  value: z.string().optional(),
  as: z.string().optional(),
  by: z.array(z.string()).default([]),
});
type MonitorQuestion = Omit<z.infer<typeof input>, 'data' | 'sql' | 'labels' | 'key' | 'by' | 'html' | 'store' | 'value' | 'as'>;

/** Rows that are held at a time. */
const BATCH = 8192;
const REFERENCE_ROWS = 50_000;
/** Rows of each side for the domain classifier, and the milliseconds that it may take. */
const DOMAIN_ROWS = 8192;
const DOMAIN_TIME = 30_000;

/** How a model's input fares. */
export interface MonitorSummary {
  rows: number;
  /** `healthy` without open alerts, else the gravest of them. */
  health: 'healthy' | 'notice' | 'warning' | 'danger';
  /** Open ones first, then by gravity. */
  alerts: readonly Alert[];
  /** Each column over all rows. */
  columns: ColumnFigures[];
  /** How many of the last columns are the model's outputs. */
  predictions: number;
  windows: readonly WindowSummary[];
  unmet: Unmet[];
  /** Scores by window, estimated and by labels; absent with `--reference`, and where there is neither an estimator in the bundle nor any label. */
  performance?: PerformanceReport;
  /** With `--reference`: how well a model tells the first rows of both apart. */
  domain?: DomainCheck;
  reference: { rows: number; from: string };
  seconds: number;
  /** Whether `--fail-on` makes this a failure. */
  failed: boolean;
}

/**
 * Compares rows with those that a model was trained on, window by window, and says what has changed.
 * @throws MillwrightError `BUNDLE_…`, `DATA_…`, `COLUMN_NOT_FOUND`, `OPTION_INVALID`, `REFERENCE_MISSING`, `INTERRUPTED`
 */
export async function monitorCommand(options: unknown, context: CommandContext): Promise<MonitorSummary> {
  const asked = parseInput(input, options);
  const { labels: file, key } = asked;
  if (asked.value !== undefined) parsePrice(asked.value);
  if (asked.html !== undefined) await spareInputs(asked.html, asked.data, asked.bundle);
  if ((file === undefined) !== (key === undefined))
    throw new MillwrightError(
      'USAGE',
      '--labels and --key go together.',
      'Name the file of answers, and the column that rows and answers have in common.',
    );
  const { bundle, schema, column, reference, rows, rules, ...how } = await prepareMonitoring(asked, asked.data, context);
  for (const name of asked.by) requireInput(reference, name);
  // other rows to compare with have no scores to compare with
  const scoring = asked.reference === undefined ? scoringOf(bundle, reference) : undefined;
  const labels = file !== undefined && key !== undefined ? await readLabels(file, key, bundle, context) : undefined;
  const source = await openSource({ from: asked.data, sql: asked.sql }, { streaming: true, ...duckShare(), signal: context.signal });
  try {
    if (key !== undefined) requireColumn(source, key, 'COLUMN_NOT_FOUND');
    const keep = key === undefined ? ('none' as const) : [key];
    for (;;) {
      const book = scoring && new PerformanceBook({ ...scoring, window: how.window });
      const monitor = new Monitor(reference, how);
      const check = rules && new ExpectationCheck(rules, schema);
      const report = emptyReport();
      let first: Table | undefined;
      try {
        for await (const { table, kept } of source.batches(schema, BATCH, { keep, report })) {
          if (context.signal?.aborted) throw new MillwrightError('INTERRUPTED', 'The watching was interrupted.', 'Run again.');
          const { values } = predict(bundle, table);
          const coded = codeRows(reference, table, predictionsAsColumns(bundle.task, values, table.rows), timesOf(table, column));
          monitor.push(coded);
          const keys = kept[0];
          book?.add({ coded, predicted: values, ...(keys && { keys }), ...actualOf(bundle, table, keys, labels) });
          check?.add(table);
          first ??= table;
          await nodeClock.pause();
        }
        monitor.close();
        const from = asked.reference ?? 'training';
        const domain = rows && first && (await domainCheck(rows, first, schema, new Rng(0), new Deadline(nodeClock, DOMAIN_TIME)));
        const pair = rows && first && strongestInteraction(reference, codeRows(reference, rows, []), codeRows(reference, first, []));
        const joint = jointAlert(domain, pair, first?.rows ?? 0, monitor.alerts);
        const unmet = check?.unmet(report.unreadable) ?? [];
        const performance = book && performanceReport(book, { by: asked.by, ignore: how.ignore });
        const seconds = (nodeClock.now() - context.startedAt) / 1000;
        const summary = summaryOf(monitor, unmet, from, asked.failOn, seconds, performance, joint ? [joint] : []);
        await monitorOutcome(asked, monitor, summary);
        return { ...summary, ...(domain && { domain }) };
      } catch (error) {
        if (!source.recover(error)) throw error; // else the source knows better now, and reads all anew
      }
    }
  } finally {
    await source.close();
  }
}

/** What watching takes, whether of files or of a stream. */
export interface Monitoring extends MonitorOptions {
  bundle: Bundle;
  schema: Schema;
  /** Of the times of rows. */
  column: string | undefined;
  reference: Reference;
  /** With `--reference`: some rows of it. */
  rows?: Table;
  rules: Expectations | undefined;
}

/** Reads the bundle, the reference and the expectations. @throws MillwrightError as `monitorCommand` */
export async function prepareMonitoring(asked: MonitorQuestion, data: readonly string[], context: CommandContext): Promise<Monitoring> {
  const window = parseWindow(asked.window);
  const rules = asked.expectations === undefined ? undefined : await readExpectations(asked.expectations);
  if (asked.writeExpectations !== undefined) await spareInputs(asked.writeExpectations, data, asked.bundle);
  const bundle = await readBundle(asked.bundle);
  const { schema, time } = withTime(bundle.schema, asked.time);
  const { reference, rows } = await referenceOf(bundle, schema, time, asked.reference, context);
  const column = time ?? reference.season.column;
  if ('milliseconds' in window && column === undefined)
    throw new MillwrightError(
      'OPTION_INVALID',
      `--window ${asked.window} needs times.`,
      'Name the column of dates with --time, or give a number of rows.',
    );
  if (asked.writeExpectations !== undefined) await writeExpectations(asked.writeExpectations, proposeExpectations(reference, schema));
  const ignore = new Set([...asked.ignore, ...(rules?.columns.filter((c) => c.ignore).map((c) => c.column) ?? [])]);
  return { bundle, schema, column, reference, ...(rows && { rows }), rules, window, against: asked.against, ignore };
}

export function summaryOf(
  monitor: Monitor,
  unmet: Unmet[],
  from: string,
  failOn: string,
  seconds: number,
  performance?: PerformanceReport,
  more: readonly Alert[] = [],
): MonitorSummary {
  const { reference, total } = monitor;
  const alerts = [...monitor.alerts, ...more, ...(performance?.alerts ?? [])].sort(gravestFirst);
  const open = alerts.filter((a) => a.state === 'open');
  const health = unmet.length > 0 && open.length === 0 ? 'warning' : (open[0]?.severity ?? 'healthy');
  const columns = total.rows === 0 ? [] : reference.binnings.map((_, c) => figuresOf(reference, reference.sketch, total, c));
  const failed =
    (failOn === 'alert' && (alerts.length > 0 || unmet.length > 0)) || (failOn === 'danger' && alerts.some((a) => a.severity === 'danger'));
  return {
    rows: total.rows,
    health,
    alerts,
    columns,
    predictions: reference.binnings.length - inputCount(reference),
    windows: monitor.windows,
    unmet,
    ...([...(performance?.windows ?? []), ...(performance?.groups ?? [])].some(isScored) && { performance }),
    reference: { rows: reference.sketch.rows, from },
    seconds,
    failed,
  };
}

const isScored = ({ scores }: Pick<PerformanceReport['windows'][number], 'scores'>): boolean => scores.some((s) => s.estimated ?? s.real);

/** The schema with the column of times among those that are read. */
function withTime(schema: Schema, name: string | undefined): { schema: Schema; time?: string } {
  if (name === undefined) return { schema };
  const column = schema.columns.find((c) => c.name === name);
  if (!column) {
    const near = nearestName(
      name,
      schema.columns.map((c) => c.name),
    );
    throw new MillwrightError('COLUMN_NOT_FOUND', `The model knows no column "${name}".`, near ? `Did you mean "${near}"?` : undefined);
  }
  if (column.type !== 'datetime')
    throw new MillwrightError(
      'OPTION_INVALID',
      `--time "${name}" is a column of type ${column.type}, not of dates.`,
      'Name a column of dates.',
    );
  const columns = schema.columns.map((c) => (c === column && c.use === 'ignore' ? { ...c, use: 'group' as const } : c));
  return { schema: { columns }, time: name };
}

async function referenceOf(
  bundle: Bundle,
  schema: Schema,
  time: string | undefined,
  file: string | undefined,
  context: CommandContext,
): Promise<{ reference: Reference; rows?: Table }> {
  if (file === undefined) {
    if (bundle.reference !== undefined) return { reference: decodeReference(bundle.reference) };
    throw new MillwrightError(
      'REFERENCE_MISSING',
      'The bundle holds no sketch of its training rows.',
      'Give rows to compare with by --reference train.csv, or train the model anew.',
    );
  }
  const source = await openSource({ from: [file] }, { ...duckShare(), signal: context.signal });
  try {
    const table = await source.read(schema, { maxRows: REFERENCE_ROWS, seed: 0 });
    const predicted = predictionsAsColumns(bundle.task, predict(bundle, table).values, table.rows);
    const reference = buildReference(table, schema, { predicted, time });
    const step = Math.max(1, table.rows / DOMAIN_ROWS);
    const some = Uint32Array.from({ length: Math.min(table.rows, DOMAIN_ROWS) }, (_, i) => Math.floor(i * step));
    return { reference, rows: table.take(some) };
  } finally {
    await source.close();
  }
}

async function readExpectations(path: string): Promise<Expectations> {
  try {
    const text = await readFile(path, 'utf8');
    return parseExpectations((await import('yaml')).parse(text, { maxAliasCount: 0 }));
  } catch (cause) {
    if (cause instanceof MillwrightError) throw cause;
    const first = cause instanceof Error ? (cause.message.split('\n')[0] as string) : String(cause);
    throw new MillwrightError(
      'OPTION_INVALID',
      `The expectations ${path} cannot be read: ${first.replace(/[:.]$/, '')}.`,
      'Write them with --write-expectations.',
      { cause },
    );
  }
}

async function writeExpectations(path: string, expectations: Expectations): Promise<void> {
  const { stringify } = await import('yaml');
  const head = '# What rows should be like, from the training rows. Edit freely; check with --expectations.\n';
  await writeWhole(path, head + stringify(expectations, { lineWidth: 0 }));
}
