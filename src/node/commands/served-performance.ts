import { predictionsAsColumns } from '../../engine/monitor/build-reference.js';
import type { WindowSize } from '../../engine/monitor/monitor.js';
import { codeRows } from '../../engine/monitor/observer.js';
import { scoringOf } from '../../engine/monitor/performance/bundle-scoring.js';
import { PerformanceBook } from '../../engine/monitor/performance/performance-book.js';
import { type PerformanceReport, performanceReport } from '../../engine/monitor/performance/performance-report.js';
import { decodeReference } from '../../engine/monitor/reference-json.js';
import type { Bundle } from '../../model/bundle.js';
import { predict } from '../../model/predict.js';
import { tableFromRows } from '../../model/table-from-rows.js';
import type { Traffic } from '../store/store.js';
import { nodeClock } from './node-clock.js';

/** Answered rows of a model in a project's store. */
export interface ServedQuestion {
  readonly model: string;
  readonly version: number;
  readonly window: WindowSize;
  /** Asked from then on. */
  readonly since?: string;
  /** Columns to tell scores by. */
  readonly by?: readonly string[];
  /** The latest so many; 50,000 unless told. */
  readonly limit?: number;
}

const BATCH = 4096;

/**
 * How a served version does, from the predictions and the feedback of the store: estimated where no truth has been told yet, real where it has; of several
 * answers for a row the last counts. Rows are scored again by the bundle, which gives the same to the bit.
 * @returns undefined for a bundle without a reference, and where nothing was answered
 * @throws MillwrightError `BUNDLE_UNREADABLE`
 */
export async function servedPerformance(
  bundle: Bundle,
  traffic: Pick<Traffic, 'predictions' | 'feedback'>,
  { model, version, window, since, by = [], limit = 50_000 }: ServedQuestion,
): Promise<PerformanceReport | undefined> {
  if (bundle.reference === undefined) return undefined;
  const reference = decodeReference(bundle.reference);
  const known = { model, ...(since !== undefined && { since }) };
  const asked = (await traffic.predictions({ ...known, version, limit }))
    .filter(({ row }) => typeof row === 'object' && row !== null)
    .reverse();
  if (asked.length === 0) return undefined;
  const book = new PerformanceBook({ ...scoringOf(bundle, reference), window });
  for (let from = 0; from < asked.length; from += BATCH) {
    const some = asked.slice(from, from + BATCH);
    const table = tableFromRows(
      bundle.schema,
      some.map(({ row }) => row as Record<string, unknown>),
    );
    const { values } = predict(bundle, table);
    const times = Float64Array.from(some, ({ at }) => Date.parse(at));
    const coded = codeRows(reference, table, predictionsAsColumns(bundle.task, values, table.rows), times);
    book.add({ coded, predicted: values, keys: some.map(({ id }) => id) });
    await nodeClock.pause();
  }
  const { kind, classes } = bundle.task;
  // truths come after their rows: what came first is left out where there is more than the limit
  for (const { prediction, actual } of (await traffic.feedback({ ...known, limit: 2 * limit })).reverse()) {
    const value = kind === 'regression' ? Number(actual) : classes.indexOf(String(actual));
    if (prediction !== undefined && (kind === 'regression' || value >= 0)) book.answer(prediction, value);
  }
  return performanceReport(book, { by });
}
