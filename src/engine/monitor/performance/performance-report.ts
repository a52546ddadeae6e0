import { Rng } from '../../../core/rng.js';
import type { Alert } from '../alert.js';
import { inputCount } from '../reference.js';
import { blameColumns, type ColumnShare } from './blame-columns.js';
import type { PerformanceWindow, ScoredRow, WindowScore } from './kept-rows.js';
import { performanceAlerts } from './performance-alerts.js';
import type { PerformanceBook } from './performance-book.js';
import { scoreRows } from './score-rows.js';
import { groupsOf, type WeakSlice, weakSlices } from './slices.js';

/** Scores of the rows that are alike in a column. */
export interface GroupScores {
  column: string;
  values: string;
  rows: number;
  answered: number;
  scores: WindowScore[];
}

/** How a model does, estimated and by labels: plain data, for pages and files. */
export interface PerformanceReport {
  /** The model's own metric, or the first that can be estimated. */
  metric: string;
  greaterIsBetter: boolean;
  windows: PerformanceWindow[];
  alerts: readonly Alert[];
  /** Where the model does worse than it should, by the labels of the latest windows. */
  slices: WeakSlice[];
  /** By the columns that were asked for, over the latest windows. */
  groups: GroupScores[];
  /** Answers of rows that are not known. */
  unmatched: number;
}

const FEWEST_IN_GROUP = 30;
/** Columns that are named as those which carry a change, and the share of it that they must take away. */
const MOST_NAMED = 3;
const LEAST_SHARE = 0.15;

/**
 * Everything that a book of scores tells. The same rows and answers give the same alerts, in whatever order they came.
 * @param by columns to tell scores by
 * @example performanceReport(book, { by: ['country'] }).windows.at(-1)?.scores[0]?.estimated
 */
export function performanceReport(
  book: PerformanceBook,
  { by = [], ignore = new Set() }: { by?: readonly string[]; ignore?: ReadonlySet<string> } = {},
): PerformanceReport {
  const { reference } = book.options;
  const windows = book.windows();
  const alerts = alertsOf(book, windows, ignore);
  const all = book.recent().flatMap(({ rows }) => rows);
  const metric = book.setup.metrics[0] as (typeof book.setup.metrics)[number];
  return {
    metric: metric.id,
    greaterIsBetter: metric.greaterIsBetter,
    windows,
    alerts,
    slices: weakSlices(reference, all, book.setup.outputs),
    groups: by.flatMap((column) => groupScores(book, all, column)),
    unmatched: book.unmatched,
  };
}

/** The alerts that windows of a book give rise to. */
export function alertsOf(book: PerformanceBook, windows: readonly PerformanceWindow[], ignore: ReadonlySet<string>): readonly Alert[] {
  const { reference, estimator } = book.options;
  const rowsOf = new Map(book.recent().map(({ window, rows }) => [window, rows]));
  const first = estimator?.scores[0];
  return performanceAlerts(windows, estimator, ({ window }, kind) => {
    const rows = rowsOf.get(window) ?? [];
    const setup = { ...book.setup, metric: first?.metric ?? '', before: first?.value ?? Number.NaN };
    return inWords(blameColumns(reference, rows, kind, setup, ignore), kind);
  });
}

function inWords(shares: readonly ColumnShare[], kind: 'real' | 'estimated'): { columns: string[]; cause: string } {
  const named = shares.filter(({ share }) => share >= LEAST_SHARE).slice(0, MOST_NAMED);
  const percent = (share: number): string => `${Math.round(100 * Math.min(1, share))} %`;
  if (named.length === 0)
    return {
      columns: [],
      cause:
        kind === 'real'
          ? 'No column by itself explains it: most likely answers depend on the columns otherwise than they did.'
          : 'No column by itself explains it: rows are otherwise in several columns together.',
    };
  const list = named.map(({ column, share }) => `“${column}” (${percent(share)} of it)`).join(', ');
  return {
    columns: named.map(({ column }) => column),
    cause: `Other values than in training carry it, each column taken by itself: ${list}.`,
  };
}

function groupScores(book: PerformanceBook, rows: readonly ScoredRow[], name: string): GroupScores[] {
  const { reference } = book.options;
  const column = reference.binnings.slice(0, inputCount(reference)).findIndex((b) => b.name === name);
  if (column < 0) return [];
  const { of, names } = groupsOf(
    reference.binnings[column] as (typeof reference.binnings)[number],
    reference.sketch.counts[column] as Float64Array,
  );
  return names.flatMap((values, group) => {
    const own = rows.filter(({ codes }) => of[codes[column] as number] === group);
    if (own.length < FEWEST_IN_GROUP) return [];
    const { scores } = scoreRows(own, reference, book.setup, new Rng(1).child('group', name, group));
    return [{ column: name, values, rows: own.length, answered: own.filter((r) => !Number.isNaN(r.actual)).length, scores }];
  });
}
