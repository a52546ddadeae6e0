import type { Bundle } from '../../model/bundle.js';
import { predict } from '../../model/predict.js';
import { AnswerWriter } from './answer-writer.js';
import { newNotes, RowReader } from './row-reader.js';

/** A version of a model, ready to answer. */
export class ServedModel {
  readonly reader: RowReader;
  readonly writer: AnswerWriter;

  private constructor(
    readonly name: string,
    readonly version: string,
    /** Of the bundle's file. */
    readonly sha256: string,
    readonly bundle: Bundle,
  ) {
    this.reader = new RowReader(bundle);
    this.writer = new AnswerWriter(name, version, bundle.task, bundle.threshold, bundle.costs);
  }

  /** Makes a version ready, in turns with requests to others. @param sha256 of the bundle's file */
  static async prepare(name: string, version: string, sha256: string, bundle: Bundle): Promise<ServedModel> {
    const model = new ServedModel(name, version, sha256, bundle);
    await model.#warm();
    return model;
  }

  /** Scores a few rows, so that the first asked one does not wait for what is built on first use. */
  async #warm(): Promise<void> {
    const row = Object.fromEntries(this.reader.columns.map((name) => [name, null]));
    for (const rows of [2, 64, 256]) {
      await nextTurn();
      const table = this.reader.readMany(new Array(rows).fill(row), newNotes(true));
      this.writer.many('', predict(this.bundle, table), rows, newNotes(true));
    }
    for (let i = 0; i < 50; i++) {
      await nextTurn();
      this.reader.readOne(row, newNotes(true));
      this.writer.one('', this.reader.scoreOne(), newNotes(true));
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
