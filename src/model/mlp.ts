import { MillwrightError } from '../core/errors.js';
import { exp, softmaxInPlace } from '../core/math.js';
import type { Table } from '../core/table.js';
import { Fields, unreadable } from './fields.js';
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

interface Layer {
  readonly from: number;
  readonly weights: Float64Array;
  readonly biases: Float64Array;
}

/** Nearly the identity around 0, never beyond ±3: x / √(1 + (x/3)²). */
export function softClip(x: number): number {
  const t = x / 3;
  return x / Math.sqrt(1 + t * t);
}

/** A multilayer perceptron. Sums run in f64 in a fixed order, so that every engine predicts the same bytes. */
export class MlpModel implements Model {
  readonly kind = 'mlp';
  readonly inputs: readonly string[];
  /** By layer: weights of four outputs side by side, [to / 4][from][4], and the padded biases. */
  readonly #layers: Layer[] = [];

  constructor(
    readonly head: MlpHead,
    readonly arrays: MlpArrays,
  ) {
    this.inputs = head.inputs;
    let from = head.inputs.length;
    let w = 0;
    let b = 0;
    for (const to of head.widths) {
      const weights = new Float64Array(from * Math.ceil(to / 4) * 4);
      const biases = new Float64Array(Math.ceil(to / 4) * 4);
      for (let i = 0; i < from; i++)
        for (let o = 0; o < to; o++) weights[((o >> 2) * from + i) * 4 + (o & 3)] = arrays.weights[w++] as number;
      for (let o = 0; o < to; o++) biases[o] = arrays.biases[b++] as number;
      this.#layers.push({ from, weights, biases });
      from = to;
    }
  }

  /** A missing cell counts as 0, the mean of a standardised column. */
  predict(table: Table): Float64Array {
    const { inputs, widths, scale, activation } = this.head;
    const { centre, factor } = this.arrays;
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
    const outputs = widths[widths.length - 1] as number;
    const out = new Float64Array(table.rows * outputs);
    const places = new Int32Array(Math.max(inputs.length, ...widths));
    const values = new Float64Array(places.length);
    const results = new Float64Array(places.length + 3);
    for (let row = 0; row < table.rows; row++) {
      // only what is not 0 is multiplied: most columns of categories are 0
      let count = 0;
      for (let j = 0; j < columns.length; j++) {
        const x = (columns[j] as Float64Array)[row] as number;
        const v = softClip(((x - x === 0 ? x : 0) - (centre[j] as number)) * (factor[j] as number));
        if (v === 0) continue;
        places[count] = j * 4;
        values[count++] = v;
      }
      for (let l = 0; l < this.#layers.length; l++) {
        const { from, weights, biases } = this.#layers[l] as Layer;
        multiply(places, values, count, weights, from * 4, biases, results);
        count = widths[l] as number;
        if (l + 1 === this.#layers.length) break;
        if (activation === 'selu') selu(results, count, places, values);
        else mish(results, count, places, values);
      }
      if (scale) out[row] = Math.min(scale[3], Math.max(scale[2], scale[0] + scale[1] * (results[0] as number)));
      else {
        for (let c = 0; c < outputs; c++) out[row * outputs + c] = results[c] as number;
        softmaxInPlace(out, row * outputs, outputs);
      }
    }
    return out;
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

/** `results = biases + values · weights`, four outputs at a time. */
function multiply(
  places: Int32Array,
  values: Float64Array,
  count: number,
  weights: Float64Array,
  stride: number,
  biases: Float64Array,
  results: Float64Array,
): void {
  for (let o = 0, base = 0; o < biases.length; o += 4, base += stride) {
    let a = biases[o] as number;
    let b = biases[o + 1] as number;
    let c = biases[o + 2] as number;
    let d = biases[o + 3] as number;
    for (let i = 0; i < count; i++) {
      const v = values[i] as number;
      const at = base + (places[i] as number);
      a += v * (weights[at] as number);
      b += v * (weights[at + 1] as number);
      c += v * (weights[at + 2] as number);
      d += v * (weights[at + 3] as number);
    }
    results[o] = a;
    results[o + 1] = b;
    results[o + 2] = c;
    results[o + 3] = d;
  }
}

function selu(from: Float64Array, count: number, places: Int32Array, to: Float64Array): void {
  for (let i = 0; i < count; i++) {
    const x = from[i] as number;
    to[i] = x > 0 ? 1.0507009873554805 * x : 1.7580993408473766 * (exp(x) - 1);
    places[i] = i * 4;
  }
}

/** x · tanh(log(1 + e^x)). */
function mish(from: Float64Array, count: number, places: Int32Array, to: Float64Array): void {
  for (let i = 0; i < count; i++) {
    const x = from[i] as number;
    const e = exp(Math.min(x, 20));
    const n = e * (e + 2);
    to[i] = (x * n) / (n + 2);
    places[i] = i * 4;
  }
}
