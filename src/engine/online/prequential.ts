import { log } from '../../core/math.js';
import { type Fields, unreadable } from '../../model/fields.js';

/** Probabilities below this are taken for it, as scikit-learn does. */
const LEAST = 2.220446049250313e-16;

/**
 * Scores of predictions that were made before their answers were learned, over all rows or with older ones fading: a row that is k rows old counts fade^k
 * (Gama, Sebastião and Rodrigues 2013). Names and signs are scikit-learn's.
 * @example const score = new Prequential('classes', 0.999); score.addClass(1, probabilities, 1); score.scores().get('accuracy');
 */
export class Prequential {
  /** Flattened by actual and called class. */
  #matrix: number[] = [];
  #classes = 0;
  #n = 0;
  #logLoss = 0;
  #absolute = 0;
  #squared = 0;
  #mean = 0;
  #spread = 0;

  constructor(
    readonly target: 'classes' | 'number',
    readonly fade = 1,
  ) {}

  /** Rows, by weight. */
  get rows(): number {
    return this.#n;
  }

  /** @param called −1: none, which is an error whatever the answer */
  addClass(actual: number, probabilities: ArrayLike<number>, called: number): void {
    this.#grow(Math.max(actual, called) + 1);
    this.#age();
    const p = Math.min(1, Math.max(LEAST, probabilities[actual] ?? 0));
    this.#logLoss -= log(p);
    // nothing called: counted as the next class, which is wrong like any other
    const column = called >= 0 ? called : (actual + 1) % this.#classes;
    const at = actual * this.#classes + column;
    if (called >= 0 || this.#classes > 1) this.#matrix[at] = (this.#matrix[at] as number) + 1;
  }

  addNumber(actual: number, predicted: number): void {
    this.#age();
    const error = actual - predicted;
    this.#absolute += Math.abs(error);
    this.#squared += error * error;
    const far = actual - this.#mean;
    this.#mean += far / this.#n;
    this.#spread += far * (actual - this.#mean);
  }

  #age(): void {
    this.#n = this.fade * this.#n + 1;
    if (this.fade === 1) return;
    this.#logLoss *= this.fade;
    this.#absolute *= this.fade;
    this.#squared *= this.fade;
    this.#spread *= this.fade;
    for (let i = 0; i < this.#matrix.length; i++) this.#matrix[i] = (this.#matrix[i] as number) * this.fade;
  }

  #grow(classes: number): void {
    if (classes <= this.#classes) return;
    const wider = new Array<number>(classes * classes).fill(0);
    for (let a = 0; a < this.#classes; a++)
      for (let b = 0; b < this.#classes; b++) wider[a * classes + b] = this.#matrix[a * this.#classes + b] as number;
    this.#matrix = wider;
    this.#classes = classes;
  }

  /** By name; NaN where it is not defined. */
  scores(): Map<string, number> {
    const n = this.#n;
    if (this.target === 'number')
      return new Map([
        ['root_mean_squared_error', Math.sqrt(this.#squared / n)],
        ['mean_absolute_error', this.#absolute / n],
        ['r2', 1 - this.#squared / this.#spread],
      ]);
    const k = this.#classes;
    let right = 0;
    let chance = 0;
    let recall = 0;
    let present = 0;
    for (let a = 0; a < k; a++) {
      let [row, column] = [0, 0];
      for (let b = 0; b < k; b++) {
        row += this.#matrix[a * k + b] as number;
        column += this.#matrix[b * k + a] as number;
      }
      const diagonal = this.#matrix[a * k + a] as number;
      right += diagonal;
      chance += (row / n) * (column / n);
      if (row > 0) {
        recall += diagonal / row;
        present++;
      }
    }
    return new Map([
      ['accuracy', right / n],
      ['balanced_accuracy', recall / present],
      ['cohen_kappa', (right / n - chance) / (1 - chance)],
      ['log_loss', this.#logLoss / n],
    ]);
  }

  save(): object {
    const sums = [this.#n, this.#logLoss, this.#absolute, this.#squared, this.#mean, this.#spread];
    return { matrix: this.#matrix, classes: this.#classes, sums };
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` */
  static load(target: 'classes' | 'number', fade: number, fields: Fields): Prequential {
    const score = new Prequential(target, fade);
    score.#classes = fields.whole('classes', 0, 1000);
    score.#matrix = fields.numbers('matrix', score.#classes * score.#classes);
    const sums = fields.numbers('sums', 6) as [number, number, number, number, number, number];
    if (sums[0] < 0) throw unreadable(`${fields.where}.sums are below 0.`);
    [score.#n, score.#logLoss, score.#absolute, score.#squared, score.#mean, score.#spread] = sums;
    return score;
  }
}
