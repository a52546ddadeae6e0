import type { Bundle } from '../../model/bundle.js';
import { predict } from '../../model/predict.js';
import { AnswerWriter } from './answer-writer.js';
import { newNotes, RowReader } from './row-reader.js';

/** A version of a model, ready to answer. */
export class ServedModel {
  readonly reader: RowReader;
  readonly writer: AnswerWriter;

  constructor(
    readonly name: string,
    readonly version: string,
    /** Of the bundle's file. */
    readonly sha256: string,
    readonly bundle: Bundle,
  ) {
    this.reader = new RowReader(bundle);
    this.writer = new AnswerWriter(name, version, bundle.task, bundle.threshold, bundle.costs);
    this.#warm();
  }

  /** Scores a few rows, so that the first asked one does not wait for what is built on first use. */
  #warm(): void {
    const row = Object.fromEntries(this.reader.columns.map((name) => [name, null]));
    for (const rows of [2, 64, 256]) {
      const table = this.reader.readMany(new Array(rows).fill(row), newNotes(true));
      this.writer.many('', predict(this.bundle, table), rows, newNotes(true));
    }
    for (let i = 0; i < 50; i++) {
      this.reader.readOne(row, newNotes(true));
      this.writer.one('', this.reader.scoreOne(), newNotes(true));
    }
  }
}
