import type { Bundle } from '../../model/bundle.js';
import { EnsembleModel } from '../../model/ensemble.js';
import { predict } from '../../model/predict.js';
import { applyRecipe } from '../../model/recipe.js';
import { nextTurn } from '../commands/decode-any-bundle.js';
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
    const { model, recipe } = this.bundle;
    if (model instanceof EnsembleModel) {
      // each member builds what it needs when it is first asked: one at a time, with answers to others between
      const prepared = applyRecipe(recipe, this.reader.readMany(new Array(64).fill(row), newNotes(true)));
      for (const branch of model.branches) {
        await nextTurn();
        const table = applyRecipe(branch.recipe, prepared);
        for (const member of branch.members) {
          await nextTurn();
          member.model.predict(table);
        }
      }
    }
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
