import type { Task } from '../../core/schema.js';
import type { CostMatrix } from '../../model/bundle.js';
import { calledClass, type Predictions } from '../../model/predict.js';
import type { RowNotes } from './row-reader.js';

/** Something that stands beside the answer of a row: `"interval":…`, `"reasons":…`; JSON without braces. */
export type RowExtras = (row: number) => string;

/** Writes answers as JSON; what does not change from one to the next is prepared once for each model. */
export class AnswerWriter {
  readonly #head: string;
  readonly #labels: readonly string[];
  readonly #openings: readonly string[];

  constructor(
    model: string,
    version: string,
    readonly task: Task,
    readonly threshold: number | undefined,
    readonly costs?: CostMatrix,
  ) {
    this.#head = `{"model":${JSON.stringify(model)},"version":${JSON.stringify(version)},"id":"`;
    this.#labels = task.classes.map((c) => `"prediction":${JSON.stringify(c)},"probabilities":{`);
    this.#openings = task.classes.map((c, k) => `${k === 0 ? '' : ','}${JSON.stringify(c)}:`);
  }

  /** The answer for one row. @param values what the model gave for it */
  one(id: string, values: Float64Array, notes: RowNotes, extras?: RowExtras): string {
    return `${this.#head}${id}",${this.#row(values, 0)}${extras ? extras(0) : ''}${warningsText(notes, 1)}}`;
  }

  /** The answer for several rows. */
  many(id: string, { values }: Pick<Predictions, 'values'>, rows: number, notes: RowNotes, extras?: RowExtras): string {
    let text = `${this.#head}${id}","predictions":[`;
    for (let r = 0; r < rows; r++) text += `${r === 0 ? '{' : ',{'}${this.#row(values, r)}${extras ? extras(r) : ''}}`;
    return `${text}]${warningsText(notes, rows)}}`;
  }

  /** The prediction of one row, without braces. */
  #row(values: Float64Array, row: number): string {
    const { task } = this;
    if (task.kind === 'regression') return `"prediction":${number(values[row] as number)}`;
    const count = task.classes.length;
    let text = this.#labels[calledClass(task, values, row, this.threshold, this.costs)] as string;
    for (let k = 0; k < count; k++) text += (this.#openings[k] as string) + number(values[row * count + k] as number);
    return `${text}}`;
  }
}

function number(x: number): string {
  return x - x === 0 ? String(x) : 'null';
}

/** What did not fit, in the kinds and words of the command line. */
export function warningsOf(notes: RowNotes, rows: number): { kind: string; column: string; count: number; message: string }[] {
  const cells = (n: number): string => `${n} ${n === 1 ? 'cell' : 'cells'}`;
  const unreadable = new Map<string, number>();
  for (const { column } of notes.issues) if (column !== undefined) unreadable.set(column, (unreadable.get(column) ?? 0) + 1);
  return [
    ...notes.missing.map((column) => ({
      kind: 'missing-column',
      column,
      count: rows,
      message: `Column "${column}" is absent; its cells count as missing.`,
    })),
    ...[...notes.extra].map((column) => ({
      kind: 'extra-column',
      column,
      count: rows,
      message: `Column "${column}" was not there in training; it is ignored.`,
    })),
    ...[...unreadable].map(([column, count]) => ({
      kind: 'unreadable-cells',
      column,
      count,
      message: `${cells(count)} of "${column}" could not be read; they count as missing.`,
    })),
    ...[...notes.unseen].map(([column, count]) => ({
      kind: 'unseen-category',
      column,
      count,
      message: `${cells(count)} of "${column}" hold a category that training had never, or too rarely.`,
    })),
  ];
}

function warningsText(notes: RowNotes, rows: number): string {
  if (notes.missing.length === 0 && notes.extra.size === 0 && notes.issueCount === 0 && notes.unseen.size === 0) return '';
  return `,"warnings":${JSON.stringify(warningsOf(notes, rows))}`;
}
