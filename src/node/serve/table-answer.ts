import { calledClass } from '../../model/predict.js';
import { rowWriter } from '../commands/prediction-rows.js';
import { surenessOf } from '../commands/sureness.js';
import { ARROW_TYPE } from './arrow/arrow-types.js';
import { type ArrowColumn, writeArrow } from './arrow/write-arrow.js';
import type { PredictQuery } from './predict-query.js';
import type { ServedModel } from './served-model.js';

/** What an answer is written in. */
export type AnswerForm = 'json' | 'csv' | 'arrow';

/** The form that a caller accepts; rows in CSV are answered by CSV unless JSON is asked for. */
export function formOf(accept: string | undefined, csv: boolean): AnswerForm {
  if (accept?.includes(ARROW_TYPE)) return 'arrow';
  return csv && accept?.includes('application/json') !== true ? 'csv' : 'json';
}

/** An answer that is a table. */
export interface TableAnswer {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/**
 * Rows in the columns that `millwright predict` writes.
 * @throws MillwrightError `OPTION_INVALID` for an interval or a set that the model does not give
 */
export function tableAnswer(
  form: 'csv' | 'arrow',
  model: ServedModel,
  id: string,
  query: PredictQuery,
  values: Float64Array,
  rows: number,
): TableAnswer {
  const { bundle } = model;
  const { task, threshold, costs } = bundle;
  const sureness = surenessOf(bundle, query);
  const { width, set } = sureness;
  const labels =
    task.kind === 'regression'
      ? undefined
      : Array.from({ length: rows }, (_, r) => task.classes[calledClass(task, values, r, threshold, costs)] as string);
  if (form === 'csv') {
    const writer = rowWriter(task, 'csv', sureness);
    const outputs = labels ? task.classes.length : 1;
    return {
      type: 'text/csv; charset=utf-8',
      body: writer.header([]) + writer.rows([], { outputs, values, ...(labels && { labels }) }, rows),
    };
  }
  const column = (name: string, of: (row: number) => number): ArrowColumn => ({
    name,
    values: Float64Array.from({ length: rows }, (_, r) => of(r)),
  });
  const count = task.classes.length;
  const columns: ArrowColumn[] = labels
    ? [
        { name: 'prediction', values: labels },
        ...task.classes.map((name, k) => column(`probability_${name}`, (r) => values[r * count + k] as number)),
      ]
    : [{ name: 'prediction', values }];
  if (set) columns.push({ name: 'prediction_set', values: Array.from({ length: rows }, (_, r) => JSON.stringify(set(values, r))) });
  if (width !== undefined)
    columns.push(
      column('prediction_low', (r) => (values[r] as number) - width),
      column('prediction_high', (r) => (values[r] as number) + width),
    );
  return {
    type: ARROW_TYPE,
    body: writeArrow(columns, rows, [
      ['model', model.name],
      ['version', model.version],
      ['id', id],
    ]),
  };
}
