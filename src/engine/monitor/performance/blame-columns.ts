import { Rng } from '../../../core/rng.js';
import { metric as metricOf } from '../../evaluate/metrics/registry.js';
import { inputCount, type Reference } from '../reference.js';
import { estimateScores } from './estimate-scores.js';
import type { ScoredRow } from './kept-rows.js';
import { flat, inputOf, type ScoringSetup } from './score-rows.js';

/** How much of a change of a score comes back when one column's values are weighed to be as frequent as in training. */
export interface ColumnShare {
  column: string;
  /** The score with that column put back. */
  restored: number;
  /** Share of the change that this takes away; below 0 where the column's change helped. */
  share: number;
}

const MOST_WEIGHT = 5;

/**
 * Which columns carry a change of the score from training to some rows: each column by itself is put back by weighing the rows, so that its values are as frequent as in
 * training. What no column takes away is a change of how answers depend on the columns, or of columns together.
 * @returns the greatest share first
 */
export function blameColumns(
  reference: Reference,
  rows: readonly ScoredRow[],
  kind: 'real' | 'estimated',
  setup: ScoringSetup & { metric: string; before: number },
  ignore: ReadonlySet<string> = new Set(),
): ColumnShare[] {
  const used = kind === 'real' ? rows.filter((r) => !Number.isNaN(r.actual)) : rows;
  if (used.length < 30) return [];
  const score = scorer(used, kind, setup);
  const now = score(new Float64Array(used.length).fill(1));
  const change = setup.before - now;
  if (!(Math.abs(change) > 0)) return [];
  const found: ColumnShare[] = [];
  for (let c = 0; c < inputCount(reference); c++) {
    const name = reference.binnings[c]?.name as string;
    if (ignore.has(name) || reference.moving[c]) continue;
    const restored = score(weightsBack(reference.sketch.counts[c] as Float64Array, used, c));
    if (Number.isFinite(restored)) found.push({ column: name, restored, share: (restored - now) / change });
  }
  return found.sort((a, b) => b.share - a.share || (a.column < b.column ? -1 : 1));
}

/** The score of weighted rows. */
function scorer(
  rows: readonly ScoredRow[],
  kind: 'real' | 'estimated',
  setup: ScoringSetup & { metric: string },
): (weights: Float64Array) => number {
  const metric = metricOf(setup.metric);
  if (kind === 'real') {
    const evaluate = metric.prepare(inputOf(rows, setup));
    return (weights) => evaluate(weights);
  }
  const { outputs, threshold, costs } = setup;
  const expected = flat(rows, (r) => r.expected);
  const predicted = flat(rows, (r) => r.predicted);
  const width = outputs === 1 ? 2 : outputs;
  return (weights) => {
    const total = weights.reduce((a, b) => a + b, 0) / weights.length;
    const weighed = expected.map((e, i) => (e * (weights[Math.floor(i / width)] as number)) / total);
    const found = estimateScores({ predicted, outputs, expected: weighed, threshold, ...(costs && { costs }) }, [metric], new Rng(0), {
      draws: 0,
    });
    return found.get(metric.id)?.value ?? Number.NaN;
  };
}

/** Weights by which a column's codes are as frequent as in training; no row counts more than five times. */
function weightsBack(before: Float64Array, rows: readonly ScoredRow[], column: number): Float64Array {
  const now = new Float64Array(before.length);
  for (const { codes } of rows) now[codes[column] as number] = (now[codes[column] as number] as number) + 1;
  const all = before.reduce((a, b) => a + b, 0);
  return Float64Array.from(rows, ({ codes }) => {
    const code = codes[column] as number;
    return Math.min(MOST_WEIGHT, (((before[code] as number) + 0.5) / (all + 0.5 * before.length)) * (rows.length / (now[code] as number)));
  });
}
