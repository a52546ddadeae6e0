import { MillwrightError } from '../core/errors.js';
import { lowerBound } from '../core/lower-bound.js';
import { sigmoid, softmaxInPlace } from '../core/math.js';
import type { Column, Table } from '../core/table.js';
import { Fields, unreadable } from './fields.js';
import type { Link } from './linear.js';
import type { Blobs, Model } from './model.js';

const LINKS: readonly Link[] = ['identity', 'logistic', 'softmax'];

/** The effect of one column: a score for each of its bins. Bin 0 is missing, and categories without a bin of their own. */
export interface AdditiveColumn {
  readonly name: string;
  /** Numeric: bin b ≥ 1 holds bounds[b−2] < x ≤ bounds[b−1]; ascending, one fewer than bins after bin 0. */
  readonly bounds?: Float64Array;
  /** Category: the bin of each level. */
  readonly binOf?: Uint8Array;
  /** Row-major outputs × bins. */
  readonly scores: Float64Array;
  /** For pairs: the cell of each bin along this column's side of a grid. */
  readonly cells: Uint8Array;
}

/** The joint effect of two columns beyond their own ones: a score a cell, row-major cells of `first` × cells of `second`. One output only. */
export interface AdditivePair {
  readonly first: number;
  readonly second: number;
  readonly scores: Float64Array;
}

/** The bin of every row of a column. @throws MillwrightError `SCHEMA_MISMATCH` when the column is of the other kind */
export function binsOf(column: Column, { bounds, binOf }: Pick<AdditiveColumn, 'bounds' | 'binOf'>): Uint8Array {
  if (column.kind === 'numeric' && bounds) {
    const out = new Uint8Array(column.values.length);
    for (let i = 0; i < out.length; i++) {
      const x = column.values[i] as number;
      if (Number.isNaN(x)) continue;
      out[i] = lowerBound(bounds, x) + 1;
    }
    return out;
  }
  if (column.kind === 'category' && binOf) {
    const { codes } = column;
    const out = new Uint8Array(codes.length);
    for (let i = 0; i < out.length; i++) out[i] = binOf[codes[i] as number] ?? 0;
    return out;
  }
  throw new MillwrightError('SCHEMA_MISMATCH', `The column "${column.name}" is not of the kind that the model was trained on.`);
}

/** A generalised additive model with pairs: link(intercept + a score for each column's bin + a score for each pair's cell). */
export class AdditiveModel implements Model {
  readonly kind = 'additive';
  readonly inputs: readonly string[];
  readonly #widths: readonly number[];

  /** @param intercept one an output */
  constructor(
    readonly columns: readonly AdditiveColumn[],
    readonly pairs: readonly AdditivePair[],
    readonly intercept: Float64Array,
    readonly link: Link,
  ) {
    this.inputs = columns.map((c) => c.name);
    this.#widths = pairs.map(({ second }) => side(columns[second] as AdditiveColumn));
  }

  predict(table: Table): Float64Array {
    const k = this.intercept.length;
    const scores = new Float64Array(table.rows * k);
    for (let i = 0; i < scores.length; i++) scores[i] = this.intercept[i % k] as number;
    this.#visit(table, (_, output, parts, cells) => {
      for (let row = 0, at = output; row < cells.length; row++, at += k)
        scores[at] = (scores[at] as number) + (parts[cells[row] as number] as number);
    });
    if (this.link === 'softmax') for (let o = 0; o < scores.length; o += k) softmaxInPlace(scores, o, k);
    if (this.link !== 'logistic') return scores;
    const both = new Float64Array(2 * scores.length);
    for (let i = 0; i < scores.length; i++) {
      const p = sigmoid(scores[i] as number);
      both[2 * i + 1] = p;
      both[2 * i] = 1 - p;
    }
    return both;
  }

  /**
   * What each term adds to each score, before the link: row-major rows × terms × outputs, first the columns, then the pairs. Exact: the intercept and a row's
   * terms, summed in this order, are its score to the last bit.
   */
  contributions(table: Table): Float64Array {
    const k = this.intercept.length;
    const width = (this.columns.length + this.pairs.length) * k;
    const out = new Float64Array(table.rows * width);
    this.#visit(table, (term, output, parts, cells) => {
      for (let row = 0, at = term * k + output; row < cells.length; row++, at += width) out[at] = parts[cells[row] as number] as number;
    });
    return out;
  }

  /** Shows each term with its scores and the place of every row among them. */
  #visit(table: Table, show: (term: number, output: number, scores: Float64Array, cells: Uint8Array | Uint16Array) => void): void {
    const bins = this.columns.map((c) => binsOf(table.column(c.name), c));
    this.columns.forEach(({ scores, cells }, term) => {
      for (let k = 0; k < this.intercept.length; k++)
        show(term, k, scores.subarray(k * cells.length, (k + 1) * cells.length), bins[term] as Uint8Array);
    });
    const grid = new Uint16Array(table.rows);
    this.pairs.forEach(({ first, second, scores }, i) => {
      const [a, b] = [this.columns[first]?.cells, this.columns[second]?.cells] as [Uint8Array, Uint8Array];
      const [x, y] = [bins[first], bins[second]] as [Uint8Array, Uint8Array];
      const width = this.#widths[i] as number;
      for (let row = 0; row < grid.length; row++) grid[row] = (a[x[row] as number] as number) * width + (b[y[row] as number] as number);
      show(this.columns.length + i, 0, scores, grid);
    });
  }

  encode(): { head: Record<string, unknown>; blobs: Blobs } {
    const blobs: Blobs = { intercept: this.intercept };
    this.columns.forEach((c, i) => {
      blobs[`column${i}`] = c.scores;
      blobs[`cells${i}`] = c.cells;
      blobs[`bins${i}`] = (c.bounds ?? c.binOf) as Float64Array | Uint8Array;
    });
    const pairs = this.pairs.map(({ first, second, scores }, i) => {
      blobs[`pair${i}`] = scores;
      return { first, second };
    });
    return { head: { kind: this.kind, inputs: this.inputs, link: this.link, pairs }, blobs };
  }

  /** Checks every size, bin and number. @throws MillwrightError `BUNDLE_UNREADABLE` */
  static decode(head: Record<string, unknown>, blobs: Blobs): AdditiveModel {
    const f = new Fields(head, 'model');
    const link = f.choice('link', LINKS);
    const check = (fine: boolean, what: string): void => {
      if (!fine) throw unreadable(`The additive model in the bundle is damaged: ${what}.`);
    };
    const blob = (name: string): Blobs[string] | undefined => (Object.hasOwn(blobs, name) ? blobs[name] : undefined);
    const numbers = (name: string): Float64Array => {
      const found = blob(name);
      check(found instanceof Float64Array && found.every(Number.isFinite), name);
      return found as Float64Array;
    };
    const intercept = numbers('intercept');
    const k = intercept.length;
    check(link === 'softmax' ? k >= 2 : k === 1, 'intercept');
    const columns = f.texts('inputs').map((name, i): AdditiveColumn => {
      const scores = numbers(`column${i}`);
      const cells = blob(`cells${i}`) as Uint8Array;
      const bins = blob(`bins${i}`);
      check(cells instanceof Uint8Array && cells.length >= 1 && cells.length <= 256 && scores.length === k * cells.length, name);
      if (bins instanceof Uint8Array) {
        check(
          bins.every((bin) => bin < cells.length),
          name,
        );
        return { name, binOf: bins, scores, cells };
      }
      const bounds = numbers(`bins${i}`);
      check(bounds.length === cells.length - 2 && bounds.every((v, b) => b === 0 || v > (bounds[b - 1] as number)), name);
      return { name, bounds, scores, cells };
    });
    const pairs = f.list('pairs', (p): AdditivePair => {
      check(columns.length > 0 && k === 1, 'pairs');
      return { first: p.whole('first', 0, columns.length - 1), second: p.whole('second', 0, columns.length - 1), scores: intercept };
    });
    const whole = pairs.map((pair, i) => {
      const scores = numbers(`pair${i}`);
      check(scores.length === side(columns[pair.first] as AdditiveColumn) * side(columns[pair.second] as AdditiveColumn), `pair ${i}`);
      return { ...pair, scores };
    });
    check(Object.keys(blobs).length === 1 + 3 * columns.length + whole.length, 'sizes');
    return new AdditiveModel(columns, whole, intercept, link);
  }
}

/** Cells along a column's side of a grid. */
export function side({ cells }: Pick<AdditiveColumn, 'cells'>): number {
  let most = 0;
  for (const cell of cells) most = Math.max(most, cell);
  return most + 1;
}
