import { log } from '../../core/math.js';
import type { CategoryColumn } from '../../core/table.js';
import { Table } from '../../core/table.js';
import type { Fields } from '../fields.js';
import { unreadable } from '../fields.js';
import { fromBase64 } from '../from-base64.js';
import type { BoundStep, StepData, StepKind } from '../step.js';
import { categoryOf, newNumeric } from './columns.js';
import { type Grams, textGrams } from './text-grams.js';

/** Adds, for each output, how much the words of a text speak for it: a linear model of its hashed grams, weighted by how rare they are. */
export interface TextScoreStep extends StepData {
  readonly kind: 'text-score';
  readonly columns: readonly {
    readonly name: string;
    readonly outputs: readonly string[];
    /** Grams fall into 2^bits places. */
    readonly bits: number;
    /** In base64, a byte a place: 16 times its rarity, log((1 + texts) / (1 + texts with it)) + 1; 0: not fitted. */
    readonly rarity: string;
    /** In base64, a signed byte q a place and output, meaning `scale` · q · |q|. */
    readonly weights: string;
    readonly scale: number;
    /** One an output. */
    readonly intercept: readonly number[];
  }[];
}

/** Places at most, as a power of 2: half of them lost 3 % of the loss on app reviews and news, twice as many won 1 %. */
export const MOST_BITS = 17;

export const textScore: StepKind<TextScoreStep> = {
  read: (fields: Fields): TextScoreStep => ({
    kind: 'text-score',
    columns: fields.list('columns', (f) => {
      const outputs = f.texts('outputs');
      const bits = f.whole('bits', 4, MOST_BITS);
      const [rarity, weights] = [f.text('rarity'), f.text('weights')];
      if (bytesOf(rarity) !== 1 << bits || bytesOf(weights) !== outputs.length * (1 << bits))
        throw unreadable(`${f.where}.weights do not fit its places and outputs.`);
      return {
        name: f.text('name'),
        outputs,
        bits,
        rarity,
        weights,
        scale: f.number('scale'),
        intercept: f.numbers('intercept', outputs.length),
      };
    }),
  }),
  bind(step, input): BoundStep {
    const parts = step.columns.map((column) => {
      const to = column.outputs.map((name) => newNumeric(name, input.rows));
      const scorer = scorerOf(column);
      return { from: categoryOf(input, column.name), to, scorer, row: new Float64Array(to.length) };
    });
    const run = (): void => {
      for (const { from, to, scorer, row } of parts) {
        scoreRows(from, scorer, row, (i) => {
          for (let k = 0; k < to.length; k++) (to[k] as { values: Float64Array }).values[i] = row[k] as number;
        });
      }
    };
    return { table: new Table([...input.columns, ...parts.flatMap((p) => p.to)], input.rows), run };
  },
};

function bytesOf(base64: string): number {
  try {
    return fromBase64(base64).length;
  } catch {
    return -1;
  }
}

/** The linear model of a column, decoded. */
interface Scorer {
  readonly rarity: Uint8Array;
  readonly weights: Float32Array;
  readonly intercept: readonly number[];
}

const scorers = new WeakMap<object, Scorer>();

/** Decoded once for each fitted column: several tables are bound to it. */
function scorerOf(column: TextScoreStep['columns'][number]): Scorer {
  let scorer = scorers.get(column);
  if (!scorer) {
    const bytes = new Int8Array(fromBase64(column.weights).buffer);
    scorer = {
      rarity: fromBase64(column.rarity),
      weights: Float32Array.from(bytes, (q) => column.scale * q * Math.abs(q)),
      intercept: column.intercept,
    };
    scorers.set(column, scorer);
  }
  return scorer;
}

/** Scores each text once, however many rows hold it. */
function scoreRows({ codes, levels }: CategoryColumn, scorer: Scorer, row: Float64Array, done: (row: number) => void): void {
  const width = row.length;
  const known = levels.length > 1 ? new Float64Array(levels.length * width).fill(Number.NaN) : undefined;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] as number;
    if (code < 0) row.fill(Number.NaN);
    else if (known && !Number.isNaN(known[code * width])) row.set(known.subarray(code * width, (code + 1) * width));
    else {
      scoreText(textGrams(levels[code] as string), scorer, row);
      known?.set(row, code * width);
    }
    done(i);
  }
}

function scoreText(grams: Grams, { rarity, weights, intercept }: Scorer, row: Float64Array): void {
  const width = row.length;
  const values = gramValues(grams, rarity);
  const mask = rarity.length - 1;
  for (let k = 0; k < width; k++) row[k] = intercept[k] as number;
  for (let g = 0; g < values.length; g++) {
    const x = values[g] as number;
    if (x === 0) continue;
    const at = ((grams.ids[g] as number) & mask) * width;
    for (let k = 0; k < width; k++) row[k] = (row[k] as number) + x * (weights[at + k] as number);
  }
}

const LOGS = Float64Array.from({ length: 64 }, (_, count) => (count === 0 ? 0 : 1 + log(count)));

/**
 * The values of grams: (1 + log count) · rarity, negative for half of the hashes so that grams in one place cancel rather than add up; words and pieces
 * each of length √½ together.
 */
export function gramValues({ ids, counts, words }: Grams, rarity: Uint8Array): Float64Array {
  const values = new Float64Array(ids.length);
  const mask = rarity.length - 1;
  let squares = 0;
  for (let g = 0, first = 0; g <= ids.length; g++) {
    if (g === words || g === ids.length) {
      const factor = squares > 0 ? Math.sqrt(0.5 / squares) : 0;
      for (let i = first; i < g; i++) values[i] = (values[i] as number) * factor;
      first = g;
      squares = 0;
      if (g === ids.length) break;
    }
    const id = ids[g] as number;
    const x = (LOGS[Math.min(counts[g] as number, LOGS.length - 1)] as number) * (rarity[id & mask] as number);
    squares += x * x;
    values[g] = id < 0 ? -x : x;
  }
  return values;
}
