import type { Task } from '../../core/schema.js';
import type { Predictions } from '../../model/predict.js';
import { csvNumber, csvText } from './csv-cell.js';

/** How predictions are written down. */
export type RowFormat = 'csv' | 'tsv' | 'ndjson';

/** The input's columns that stand beside the predictions. */
export interface KeptColumn {
  name: string;
  /** The cell as it is spelled; a missing one is empty. */
  cell(row: number): string;
}

/** Text for batches of scored rows: kept columns, `prediction`, and for classes `probability_<class>`. */
export interface RowWriter {
  header(keptNames: readonly string[]): string;
  rows(kept: readonly KeptColumn[], predictions: Predictions, count: number): string;
}

/** How sure predictions are, told beside them where it was asked for. */
export interface Sureness {
  /** Half of the interval around each predicted number. */
  readonly width?: number;
  /** The classes that a row may be of. */
  readonly set?: (values: Float64Array, row: number) => string[];
}

/** The names of the columns that a task's predictions take. */
export function predictionColumns(task: Task, { width, set }: Sureness = {}): string[] {
  if (width !== undefined) return ['prediction', 'prediction_low', 'prediction_high'];
  const probabilities = task.kind === 'regression' ? [] : task.classes.map((c) => `probability_${c}`);
  return ['prediction', ...probabilities, ...(set ? ['prediction_set'] : [])];
}

/** @param format by the name of the file */
export function rowWriter(task: Task, format: RowFormat, sureness: Sureness = {}): RowWriter {
  return format === 'ndjson' ? jsonRows(task, sureness) : delimitedRows(task, format === 'tsv' ? '\t' : ',', sureness);
}

function delimitedRows(task: Task, separator: string, sureness: Sureness): RowWriter {
  const { width, set } = sureness;
  const labels = new Map(task.classes.map((c) => [c, csvText(c)]));
  return {
    header: (kept) => `${[...kept, ...predictionColumns(task, sureness)].map(csvText).join(separator)}\n`,
    rows(kept, { outputs, values, labels: called }, count) {
      let text = '';
      for (let row = 0; row < count; row++) {
        for (const column of kept) text += csvText(column.cell(row)) + separator;
        if (called) {
          text += labels.get(called[row] as string) ?? '';
          for (let k = 0; k < outputs; k++) text += separator + csvNumber(values[row * outputs + k] as number);
          if (set) text += separator + csvText(JSON.stringify(set(values, row)));
        } else {
          const value = values[row] as number;
          text += csvNumber(value);
          if (width !== undefined) text += separator + csvNumber(value - width) + separator + csvNumber(value + width);
        }
        text += '\n';
      }
      return text;
    },
  };
}

function jsonRows(task: Task, { width, set }: Sureness): RowWriter {
  const names = predictionColumns(task);
  const number = (x: number) => (Number.isFinite(x) ? x : null);
  return {
    header: () => '',
    rows(kept, { outputs, values, labels }, count) {
      let text = '';
      for (let row = 0; row < count; row++) {
        // kept cells stay text, as in CSV: an identifier such as 007 is no number
        const pairs: [string, unknown][] = kept.map((column) => [column.name, column.cell(row)]);
        pairs.push(['prediction', labels ? labels[row] : number(values[row] as number)]);
        if (labels) for (let k = 0; k < outputs; k++) pairs.push([names[k + 1] as string, number(values[row * outputs + k] as number)]);
        if (set) pairs.push(['prediction_set', set(values, row)]);
        if (width !== undefined)
          pairs.push(
            ['prediction_low', number((values[row] as number) - width)],
            ['prediction_high', number((values[row] as number) + width)],
          );
        // by hand, since an object would lose a column called "__proto__" and reorder those called "1"
        text += `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}\n`;
      }
      return text;
    },
  };
}
