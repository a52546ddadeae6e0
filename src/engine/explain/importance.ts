import type { Rng } from '../../core/rng.js';
import { type Column, Table } from '../../core/table.js';
import type { Importance } from '../automl/result.js';

/** What permutation importance needs of a fitted pipeline. */
export interface ImportanceInput {
  /** Raw rows that the model has not seen. */
  table: Table;
  /** Raw columns to shuffle. */
  columns: readonly string[];
  /** Raw table → row-major predictions. */
  predict: (table: Table) => Float64Array;
  /** Makes predictions ready to be scored, higher is better, for any weights of the rows. */
  score: (predicted: Float64Array) => (weights?: Float64Array) => number;
  rng: Rng;
  /** Shuffles of each column at most, ≥ 1. */
  repeats: number;
  /** Asked before each column: false ends the work with the whole repeats done so far. */
  proceed?: () => Promise<boolean>;
}

/** Resamples of the rows for each shuffle: they carry the holdout's own uncertainty into the interval. */
const resamples = 10;

/**
 * Permutation importance (Breiman 2001; Fisher, Rudin and Dominici 2019): how much worse the score becomes when one raw column is shuffled.
 * The 90 % interval spans shuffles and resampled rows together. Columns come back most important first.
 * @returns `repeats` done in full; importance is empty when not even one was
 * @example (await permutationImportance({ table, columns: ['age'], predict, score, rng: new Rng(1), repeats: 3 })).importance
 */
export async function permutationImportance(input: ImportanceInput): Promise<{ importance: Importance[]; repeats: number }> {
  const { table, columns, predict, score, rng } = input;
  const base = score(predict(table));
  const baseScore = base();
  const drops: number[][] = columns.map(() => []);
  const spread: number[][] = columns.map(() => []);
  let done = 0;
  for (; done < input.repeats; done++) {
    const draws = Array.from({ length: resamples }, (_, d) => drawnTimes(table.rows, rng.child('rows', done, d)));
    const baseDraws = draws.map((times) => base(times));
    const roundDrops: number[] = [];
    const roundSpread: number[][] = [];
    for (const name of columns) {
      if (input.proceed && !(await input.proceed())) break;
      const worse = score(predict(shuffled(table, name, rng.child('shuffle', done, name))));
      roundDrops.push(baseScore - worse());
      roundSpread.push(draws.map((times, d) => (baseDraws[d] as number) - worse(times)));
    }
    if (roundDrops.length < columns.length) break;
    columns.forEach((_, c) => {
      drops[c]?.push(roundDrops[c] as number);
      spread[c]?.push(...(roundSpread[c] as number[]));
    });
  }
  if (done === 0) return { importance: [], repeats: 0 };
  const importance = columns.map((column, c): Importance => {
    const values = drops[c] as number[];
    const value = values.reduce((a, b) => a + b, 0) / values.length;
    const around = (spread[c] as number[]).filter((v) => Number.isFinite(v)).sort((a, b) => a - b);
    return {
      column,
      drop: { value, low: Math.min(value, quantile(around, 0.05, value)), high: Math.max(value, quantile(around, 0.95, value)) },
    };
  });
  // a stable order: by drop, then by place in the table
  const place = new Map(columns.map((c, i) => [c, i]));
  importance.sort((a, b) => b.drop.value - a.drop.value || (place.get(a.column) as number) - (place.get(b.column) as number));
  return { importance, repeats: done };
}

/** How often a bootstrap resample holds each row. */
function drawnTimes(rows: number, rng: Rng): Float64Array {
  const times = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const row = rng.below(rows);
    times[row] = (times[row] as number) + 1;
  }
  return times;
}

function shuffled(table: Table, name: string, rng: Rng): Table {
  const order = Uint32Array.from({ length: table.rows }, (_, i) => i);
  const one = table.select([name]).take(rng.shuffle(order)).columns[0] as Column;
  return new Table(
    table.columns.map((c) => (c.name === name ? one : c)),
    table.rows,
  );
}

function quantile(sorted: readonly number[], q: number, otherwise: number): number {
  if (sorted.length === 0) return otherwise;
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}
