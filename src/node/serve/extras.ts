import type { Table } from '../../core/table.js';
import type { RowExtras } from './answer-writer.js';
import { explainTable } from './explain-text.js';
import type { PredictQuery } from './predict-query.js';
import { Refusal } from './refusal.js';
import type { ServedModel } from './served-model.js';

/**
 * What stands beside the answer of each row when it was asked for; nothing as a rule.
 * @param table as scored; needed for reasons alone
 * @throws Refusal `REQUEST_INVALID` for an interval that the bundle cannot give, `REQUEST_TOO_LARGE`
 */
export function rowExtras(model: ServedModel, query: PredictQuery, values: Float64Array, table?: Table): RowExtras | undefined {
  const interval = query.interval === undefined ? undefined : intervalText(model, query.interval, values);
  const explained = query.reasons > 0 && table ? explainTable(model, table, values) : undefined;
  if (!interval && !explained) return undefined;
  const reasons = (row: number): string => {
    const told = explained?.contributions(row).slice(0, query.reasons);
    return told ? `,"reasons":${JSON.stringify(told)}` : '';
  };
  return (row) => (interval?.(row) ?? '') + reasons(row);
}

/** Half-widths by their share of rows, as training measured them. */
function intervalText({ bundle }: ServedModel, share: number, values: Float64Array): RowExtras {
  const widths = intervalWidths(bundle.metrics);
  const width = widths.find((w) => w.share >= share - 1e-9);
  if (bundle.task.kind !== 'regression' || !width)
    throw new Refusal(
      'REQUEST_INVALID',
      `This model gives no interval that holds ${share} of the rows.`,
      widths.length === 0 ? undefined : `It gives ${widths.map((w) => w.share).join(', ')}.`,
    );
  return (row) => {
    const value = values[row] as number;
    return `,"interval":{"share":${width.share},"low":${value - width.width},"high":${value + width.width}}`;
  };
}

/** `metrics.intervals`: `[{ share, width }]`, narrowest first. */
function intervalWidths(metrics: Record<string, unknown>): { share: number; width: number }[] {
  const { intervals } = metrics;
  if (!Array.isArray(intervals)) return [];
  return (intervals as { share: number; width: number }[])
    .filter((i) => Number.isFinite(i?.share) && i.width >= 0)
    .sort((a, b) => a.share - b.share);
}
