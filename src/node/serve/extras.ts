import type { Table } from '../../core/table.js';
import type { RowExtras } from './answer-writer.js';
import type { PredictQuery } from './predict-query.js';
import type { ServedModel } from './served-model.js';

/** What stands beside the answer of each row when it was asked for; nothing as a rule. */
export function rowExtras(_model: ServedModel, query: PredictQuery, _values: Float64Array, _table?: Table): RowExtras | undefined {
  if (query.reasons === 0 && query.interval === undefined) return undefined;
  return undefined;
}
