import { calledClasses, type MetricInput } from './metric.js';

/** Weighted counts, row-major: `cells[actual · size + called]`. */
export interface Confusion {
  readonly size: number;
  readonly cells: Float64Array;
}

/** Weighted counts of actual against called classes. */
export function confusion(input: MetricInput): Confusion {
  return tally(input, calledClasses(input), input.weights);
}

/** The same with the calls at hand. */
export function tally(input: MetricInput, called: Int32Array, weights?: Float64Array): Confusion {
  const size = Math.max(2, input.outputs);
  const cells = new Float64Array(size * size);
  for (let i = 0; i < called.length; i++) {
    const at = (input.actual[i] as number) * size + (called[i] as number);
    cells[at] = (cells[at] as number) + (weights ? (weights[i] as number) : 1);
  }
  return { size, cells };
}

/** Per class: weight of rows that are it, that are called it, and that are both. */
export interface Margins {
  readonly size: number;
  readonly actual: Float64Array;
  readonly called: Float64Array;
  readonly both: Float64Array;
  readonly total: number;
  readonly correct: number;
}

export function margins({ size, cells }: Confusion): Margins {
  const actual = new Float64Array(size);
  const called = new Float64Array(size);
  const both = new Float64Array(size);
  let total = 0;
  let correct = 0;
  for (let a = 0; a < size; a++) {
    for (let c = 0; c < size; c++) {
      const w = cells[a * size + c] as number;
      actual[a] = (actual[a] as number) + w;
      called[c] = (called[c] as number) + w;
      total += w;
    }
    both[a] = cells[a * size + a] as number;
    correct += both[a] as number;
  }
  return { size, actual, called, both, total, correct };
}
