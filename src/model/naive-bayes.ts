import { MillwrightError } from '../core/errors.js';
import { softmaxInPlace } from '../core/math.js';
import type { Table } from '../core/table.js';
import { Fields, unreadable } from './fields.js';
import type { Blobs, Model } from './model.js';

/** Numbers that a numeric column keeps for each class: where its bell stands, −1 ÷ twice its variance, its height, and what a missing cell says. */
export const BELL = 4;
/** No cell says more against a class than this. */
export const LEAST = -1e100;

/**
 * Classes by the product of what each column says by itself: a bell curve a class for numbers, frequencies for categories. A number is predicted as the mean
 * over classes that stand for ranges of it.
 */
export class NaiveBayesModel implements Model {
  readonly kind = 'naive-bayes';
  readonly #sizes: readonly number[];

  /**
   * @param levels of each input; 0 for numbers
   * @param prior log-probability of each class
   * @param parts input by input, class by class: a bell, or log-likelihoods of a missing cell and of each level
   * @param values regression: what each class predicts
   */
  constructor(
    readonly inputs: readonly string[],
    readonly levels: readonly number[],
    readonly prior: Float64Array,
    readonly parts: Float64Array,
    readonly values?: Float64Array,
  ) {
    this.#sizes = levels.map(partSize);
  }

  predict(table: Table): Float64Array {
    const classes = this.prior.length;
    const out = this.#likelihoods(table);
    const mean = new Float64Array(this.values ? table.rows : 0);
    for (let row = 0, at = 0; row < table.rows; row++, at += classes) {
      for (let c = 0; c < classes; c++) out[at + c] = (out[at + c] as number) + (this.prior[c] as number);
      softmaxInPlace(out, at, classes);
      if (this.values)
        for (let c = 0; c < classes; c++) mean[row] = (mean[row] as number) + (out[at + c] as number) * (this.values[c] as number);
    }
    return this.values ? mean : out;
  }

  /** Sums of log-likelihoods without the prior: row-major rows × classes. */
  #likelihoods(table: Table): Float64Array {
    const { parts } = this;
    const classes = this.prior.length;
    const out = new Float64Array(table.rows * classes);
    let begin = 0;
    this.inputs.forEach((name, j) => {
      const column = table.column(name);
      const size = this.#sizes[j] as number;
      const cells = column.kind === 'numeric' ? column.values : column.codes;
      const numeric = this.levels[j] === 0;
      if (numeric !== (column.kind === 'numeric'))
        throw new MillwrightError('SCHEMA_MISMATCH', `The column "${name}" is not of the kind that the model was trained on.`);
      for (let c = 0; c < classes; c++, begin += size) {
        const centre = parts[begin] as number;
        const width = parts[begin + 1] as number;
        const height = parts[begin + 2] as number;
        const missing = parts[begin + 3] as number;
        for (let row = 0, at = c; row < cells.length; row++, at += classes) {
          const x = cells[row] as number;
          let said = 0;
          if (numeric) said = x - x === 0 ? height + width * (x - centre) * (x - centre) : missing;
          // a level that training had not says nothing
          else if (x + 1 < size) said = parts[begin + x + 1] as number;
          out[at] = (out[at] as number) + Math.max(LEAST, said);
        }
      }
    });
    return out;
  }

  encode(): { head: Record<string, unknown>; blobs: Blobs } {
    const { kind, inputs, levels, prior, parts, values } = this;
    return { head: { kind, inputs, levels, numbers: values !== undefined }, blobs: { prior, parts, ...(values && { values }) } };
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` when anything does not fit together */
  static decode(head: Record<string, unknown>, blobs: Blobs): NaiveBayesModel {
    const fields = new Fields(head, 'model');
    const inputs = fields.texts('inputs');
    const levels = fields.numbers('levels', inputs.length);
    const { prior, parts, values } = blobs;
    const fine =
      fields.boolean('numbers') === (values !== undefined) &&
      levels.every((n) => Number.isInteger(n) && n >= 0) &&
      prior instanceof Float64Array &&
      parts instanceof Float64Array &&
      prior.length >= (values ? 1 : 2) &&
      (values === undefined || (values instanceof Float64Array && values.length === prior.length && values.every(Number.isFinite))) &&
      parts.length === prior.length * levels.reduce((sum, n) => sum + partSize(n), 0) &&
      prior.every(Number.isFinite) &&
      parts.every(Number.isFinite);
    if (!fine) throw unreadable('The naive Bayes model in the bundle is damaged.');
    return new NaiveBayesModel(inputs, levels, prior, parts, values as Float64Array | undefined);
  }
}

/** Numbers that an input keeps for each class. */
const partSize = (levels: number): number => (levels > 0 ? levels + 1 : BELL);
