import type { Table } from '../../core/table.js';
import { intervalWidth, predictionSet } from '../commands/sureness.js';
import type { RowExtras } from './answer-writer.js';
import { explainTable } from './explain-text.js';
import type { PredictQuery } from './predict-query.js';
import type { ServedModel } from './served-model.js';

/**
 * What stands beside the answer of each row when it was asked for; nothing as a rule.
 * @param table as scored; needed for reasons alone
 * @throws MillwrightError `OPTION_INVALID` for an interval or a set that the bundle cannot give, `REQUEST_TOO_LARGE`
 */
export function rowExtras(model: ServedModel, query: PredictQuery, values: Float64Array, table?: Table): RowExtras | undefined {
  const interval = query.interval === undefined ? undefined : intervalText(model, query.interval, values);
  const set = query.set === undefined ? undefined : setText(model, query.set, values);
  const explained = query.reasons > 0 && table ? explainTable(model, table, values) : undefined;
  if (!interval && !set && !explained) return undefined;
  const reasons = (row: number): string => {
    const told = explained?.contributions(row).slice(0, query.reasons);
    return told ? `,"reasons":${JSON.stringify(told)}` : '';
  };
  return (row) => (interval?.(row) ?? '') + (set?.(row) ?? '') + reasons(row);
}

/** Half-widths by their share of rows, as training measured them. */
function intervalText({ bundle }: ServedModel, asked: number, values: Float64Array): RowExtras {
  const { share, width } = intervalWidth(bundle, asked);
  return (row) => {
    const value = values[row] as number;
    return `,"interval":{"share":${share},"low":${value - width},"high":${value + width}}`;
  };
}

/** The classes that a row may be of. */
function setText({ bundle }: ServedModel, asked: number, values: Float64Array): RowExtras {
  const { share, classes } = predictionSet(bundle, asked);
  return (row) => `,"set":{"share":${share},"classes":${JSON.stringify(classes(values, row))}}`;
}
