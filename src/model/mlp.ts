import { MillwrightError } from '../core/errors.js';
import { softmaxInPlace } from '../core/math.js';
import type { Table } from '../core/table.js';
import { Fields, unreadable } from './fields.js';
import { ForwardKernel } from './forward-kernel.js';
import type { Blobs, Model } from './model.js';

const ACTIVATIONS = ['selu', 'mish'] as const;
const WIDEST = 1_000_000;

/** The parts of a neural network beside its arrays. */
export interface MlpHead {
  readonly inputs: readonly string[];
  /** Units of each hidden layer, then scores: 1 for a number, else one a class. */
  readonly widths: readonly number[];
  readonly activation: 'selu' | 'mish';
  /** Regression: a prediction is location + spread · score, kept within [low, high]. Absent: scores are of classes, for softmax. */
  readonly scale?: readonly [location: number, spread: number, low: number, high: number];
}

export interface MlpArrays {
  /** What is taken from each input, and what it is then multiplied with. */
  readonly centre: Float64Array;
  readonly factor: Float64Array;
  /** Layer after layer, row-major from × to. */
  readonly weights: Float32Array;
  readonly biases: Float32Array;
}

/** Nearly the identity around 0, never beyond ±3: x / √(1 + (x/3)²). */
export function softClip(x: number): number {
  const t = x / 3;
  return x / Math.sqrt(1 + t * t);
}

/**
 * A multilayer perceptron. Its sums are of 32-bit floats in the order of the inputs, in WebAssembly or, to the same bits, here: as in training.
 */
export class MlpModel implements Model {
  readonly kind = 'mlp';
  readonly inputs: readonly string[];
  #kernel: ForwardKernel | undefined | null = null;

  constructor(
    readonly head: MlpHead,
    readonly arrays: MlpArrays,
  ) {
    this.inputs = head.inputs;
  }

  /** A missing cell counts as 0, the mean of a standardised column. */
  predict(table: Table): Float64Array {
    const { inputs, widths, scale } = this.head;
    const columns = inputs.map((name) => {
      const column = table.column(name);
      if (column.kind !== 'numeric')
        throw new MillwrightError(
          'SCHEMA_MISMATCH',
          `The column "${name}" of the prepared table is not numeric.`,
          'Score raw rows through the whole bundle.',
        );
      return column.values;
    });
    if (this.#kernel === null) this.#kernel = ForwardKernel.of(this.head, this.arrays);
    const outputs = widths[widths.length - 1] as number;
    const out = new Float64Array(table.rows * outputs);
    const block = this.#kernel ?? new Forward(this.head, this.arrays);
    const { length } = block.counts;
    for (let begin = 0; begin < table.rows; begin += length) {
      const rows = Math.min(length, table.rows - begin);
      this.#read(columns, begin, rows, block);
      const scores = block.run(rows);
      for (let row = 0, to = begin * outputs; row < rows; row++, to += outputs) {
        const from = row * block.stride;
        if (scale) out[to] = Math.min(scale[3], Math.max(scale[2], scale[0] + scale[1] * (scores[from] as number)));
        else {
          for (let c = 0; c < outputs; c++) out[to + c] = scores[from + c] as number;
          softmaxInPlace(out, to, outputs);
        }
      }
    }
    return out;
  }

  /** Lists what is not 0 of each row: most columns of categories are 0. */
  #read(columns: readonly Float64Array[], begin: number, rows: number, { stride, values, places, counts }: Block): void {
    const { centre, factor } = this.arrays;
    counts.fill(0);
    for (let j = 0; j < columns.length; j++) {
      const column = columns[j] as Float64Array;
      const c = centre[j] as number;
      const f = factor[j] as number;
      for (let row = 0; row < rows; row++) {
        const x = column[begin + row] as number;
        const v = ((x - x === 0 ? x : 0) - c) * f;
        if (v === 0) continue;
        const count = counts[row] as number;
        values[row * stride + count] = softClip(v);
        places[row * stride + count] = j * 64;
        counts[row] = count + 1;
      }
    }
  }

  encode(): { head: Record<string, unknown>; blobs: Blobs } {
    return { head: { kind: this.kind, ...this.head }, blobs: { ...this.arrays } };
  }

  /** @throws MillwrightError `BUNDLE_UNREADABLE` when anything does not fit together */
  static decode(head: Record<string, unknown>, blobs: Blobs): MlpModel {
    const fields = new Fields(head, 'model');
    const inputs = fields.texts('inputs');
    const widths = fields.numbers('widths');
    const scale = fields.has('scale') ? fields.numbers('scale', 4) : undefined;
    const activation = fields.choice('activation', ACTIVATIONS);
    const [centre, factor, weights, biases] = ['centre', 'factor', 'weights', 'biases'].map((name) =>
      Object.hasOwn(blobs, name) ? blobs[name] : undefined,
    );
    let from = inputs.length;
    let w = 0;
    let b = 0;
    for (const to of widths) {
      if (!Number.isInteger(to) || to < 1 || to > WIDEST) throw unreadable('The layers of the neural network have no proper widths.');
      w += from * to;
      b += to;
      from = to;
    }
    const fits =
      widths.length > 0 &&
      (scale ? from === 1 && (scale[2] as number) <= (scale[3] as number) : from > 1) &&
      centre instanceof Float64Array &&
      factor instanceof Float64Array &&
      weights instanceof Float32Array &&
      biases instanceof Float32Array &&
      centre.length === inputs.length &&
      factor.length === inputs.length &&
      weights.length === w &&
      biases.length === b;
    if (!fits || ![centre, factor, weights, biases].every((a) => (a as Float64Array).every(Number.isFinite)))
      throw unreadable('The neural network in the bundle is damaged.');
    return new MlpModel(
      { inputs, widths, activation, ...(scale && { scale: scale as unknown as MlpHead['scale'] }) },
      { centre: centre as Float64Array, factor: factor as Float64Array, weights: weights as Float32Array, biases: biases as Float32Array },
    );
  }
}

/** Some rows on their way through a network. */
interface Block {
  readonly stride: number;
  readonly values: Float32Array;
  readonly places: Int32Array;
  readonly counts: Int32Array;
  run(rows: number): Float32Array;
}

/** What `ForwardKernel` does, a row at a time, where there is no WebAssembly. */
class Forward implements Block {
  readonly stride = 0;
  readonly values: Float32Array;
  readonly places: Int32Array;
  readonly counts = new Int32Array(1);

  constructor(
    readonly head: MlpHead,
    readonly arrays: MlpArrays,
  ) {
    this.values = new Float32Array(head.inputs.length);
    this.places = new Int32Array(head.inputs.length);
  }

  run(): Float32Array {
    const { widths, inputs, activation } = this.head;
    const { weights, biases } = this.arrays;
    let values = this.values.subarray(0, this.counts[0]);
    let begin = 0;
    let bias = 0;
    let from = inputs.length;
    widths.forEach((to, l) => {
      const sums = biases.slice(bias, bias + to);
      values.forEach((v, i) => {
        const at = begin + (l === 0 ? (this.places[i] as number) / 64 : i) * to;
        for (let o = 0; o < to; o++) sums[o] = (sums[o] as number) + Math.fround(v * (weights[at + o] as number));
      });
      values = l + 1 < widths.length ? sums.map(activation === 'selu' ? selu : mish) : sums;
      begin += from * to;
      bias += to;
      from = to;
    });
    return values;
  }
}

const f32 = Math.fround;
const TAYLOR = [720, 120, 24, 6, 2, 1, 1].map((n) => f32(1 / n));
const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

/** e^x in the arithmetic of kernels/mlp-maths.ts. */
function exp32(value: number): number {
  const x = Math.max(-87, Math.min(87, value));
  const k = f32(f32(f32(x * f32(Math.LOG2E)) + 12582912) - 12582912);
  const r = f32(f32(x - f32(k * 0.693359375)) - f32(k * f32(-2.1219444e-4)));
  const p = TAYLOR.reduce((sum, term) => f32(f32(sum * r) + term));
  bits[0] = (k + 127) << 23;
  return f32(p * (float[0] as number));
}

const ALPHA = f32(1.75809934);

function selu(x: number): number {
  return x > 0 ? x * f32(1.05070098) : f32(f32(exp32(x) * ALPHA) - ALPHA);
}

/** x · tanh(log(1 + e^x)). */
function mish(x: number): number {
  const e = exp32(Math.min(x, 20));
  const n = f32(e * f32(e + 2));
  return f32(x * n) / f32(n + 2);
}
