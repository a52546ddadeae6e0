import { addWeighted, type Combination, finishWeighted } from '../../model/combine.js';
import { type OutOfFold, outOfFoldPredictions } from './out-of-fold.js';
import { betterFirst, isBetter, type RunContext, scoreOf } from './run-context.js';
import { stackWeights } from './stack-weights.js';
import { meanScore, type Trial } from './trial.js';

export interface WeightedTrial {
  readonly trial: Trial;
  /** Above 0; all sum to 1. */
  readonly weight: number;
}

/** The chosen trials with their weights, and what they said together of the rows out of fold. */
export interface Selection {
  /** By weight, the heaviest first. */
  readonly members: readonly WeightedTrial[];
  readonly predicted: Float64Array;
  /** Mean of the fold scores, in the metric's sign. */
  readonly score: number;
}

const steps = 24;
/** Trials that selection looks at, the best by themselves. */
const mostTrials = 16;
const mostMembers = 6;
/** Weights below this are left out. */
const leastWeight = 0.05;
/** Values that are compared in all, so that selection stays a matter of a second. */
const mostValues = 6e6;

/** How the predictions of a task are averaged. */
export function combinationOf(context: RunContext): Combination {
  return context.task.kind === 'regression' ? 'number' : 'probability';
}

/**
 * Greedy selection with replacement on out-of-fold predictions (Caruana et al. 2004): from the best trial on, adds whichever improves the average most, and
 * keeps the best prefix. No row's own fold was seen by the models that predict it.
 * @param trials at least one, each fitted on all the folds; the baseline is none of them
 * @param within whether a final model of these trials is small and quick enough; each trial alone is
 */
export function selectEnsemble(
  context: RunContext,
  trials: readonly Trial[],
  rows: OutOfFold,
  within: (together: readonly Trial[]) => boolean = () => true,
): Selection {
  const folds = rows.starts.length - 1;
  const ranked = [...trials].sort((a, b) => betterFirst(context, meanScore(a, folds), meanScore(b, folds))).slice(0, mostTrials);
  const whole = ranked.map((t) => outOfFoldPredictions(t, rows));
  const weights = ranked.length > 1 ? weigh(context, whole, rows, (picked) => within(ranked.filter((_, i) => picked[i]))) : [1];
  const members = heaviest(ranked, weights);
  const predicted = combined(
    context,
    members.map(({ trial, weight }) => [whole[ranked.indexOf(trial)] as Float64Array, weight]),
    rows.outputs,
  );
  return { members, predicted, score: foldMean(context, predicted, rows) };
}

/** Metrics that the stacker's least squares or log loss serve. */
const stacked = new Set([
  'root_mean_squared_error',
  'mean_squared_error',
  'r2',
  'log_loss',
  'roc_auc',
  'roc_auc_ovr',
  'average_precision',
  'brier_score_loss',
]);

/**
 * A weight for each: what greedy selection picks, weighted by how often it did, or by the mean of that and a stacker's weights where its loss goes with the metric.
 * @param within whether those marked may be members together
 */
function weigh(
  context: RunContext,
  whole: readonly Float64Array[],
  all: OutOfFold,
  within: (marked: readonly boolean[]) => boolean,
): number[] {
  const how = combinationOf(context);
  const sample = thinnedRows(all, Math.max(1000, Math.floor(mostValues / (whole.length * steps * all.outputs))));
  const { rows } = sample;
  const parts = whole.map((predicted) => {
    const part = takeRows(predicted, sample.places, all.outputs);
    const ready = new Float64Array(part.length);
    addWeighted(how, ready, part, 1);
    return ready;
  });
  const counts = greedy(context, parts, rows, within);
  const total = counts.reduce((a, b) => a + b, 0);
  const picked = counts.map((count) => count / total);
  if (!stacked.has(context.metric.id)) return picked;
  const places = counts.flatMap((count, i) => (count > 0 ? [i] : []));
  const { actual, weights, outputs } = rows;
  const stack = stackWeights({ parts: places.map((i) => parts[i] as Float64Array), actual, weights, outputs });
  places.forEach((i, k) => {
    picked[i] = ((picked[i] as number) + (stack[k] as number)) / 2;
  });
  return picked;
}

/** How often each was picked. */
function greedy(
  context: RunContext,
  parts: readonly Float64Array[],
  rows: OutOfFold,
  within: (marked: readonly boolean[]) => boolean,
): number[] {
  const how = combinationOf(context);
  const sums = new Float64Array(parts[0]?.length ?? 0);
  const trial = new Float64Array(sums.length);
  const picked = parts.map(() => 0);
  const order: number[] = [];
  let best = Number.NaN;
  let bestLength = 0;
  for (let step = 0; step < steps; step++) {
    let found = -1;
    let foundScore = Number.NaN;
    for (let i = 0; i < parts.length; i++) {
      if (picked[i] === 0 && !within(picked.map((n, j) => n > 0 || j === i))) continue;
      const part = parts[i] as Float64Array;
      for (let j = 0; j < sums.length; j++) trial[j] = (sums[j] as number) + (part[j] as number);
      const score = foldMean(context, finishWeighted(how, trial, step + 1, rows.outputs), rows);
      // equals go to what is there already: fewer models
      const tie = score === foundScore && (picked[i] as number) > 0 && found >= 0 && (picked[found] as number) === 0;
      if (found < 0 || isBetter(context, score, foundScore) || tie) {
        found = i;
        foundScore = score;
      }
    }
    if (found < 0) break;
    const part = parts[found] as Float64Array;
    for (let j = 0; j < sums.length; j++) sums[j] = (sums[j] as number) + (part[j] as number);
    picked[found] = (picked[found] as number) + 1;
    order.push(found);
    if (step === 0 || isBetter(context, foundScore, best)) {
      best = foundScore;
      bestLength = step + 1;
    }
  }
  const counts = parts.map(() => 0);
  for (const i of order.slice(0, bestLength)) counts[i] = (counts[i] as number) + 1;
  return counts;
}

function heaviest(trials: readonly Trial[], weights: readonly number[]): WeightedTrial[] {
  const kept = trials
    .map((trial, i) => ({ trial, weight: weights[i] as number }))
    .filter((m) => m.weight >= leastWeight)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, mostMembers);
  const all = kept.reduce((sum, m) => sum + m.weight, 0);
  return kept.map(({ trial, weight }) => ({ trial, weight: weight / all }));
}

/** The weighted mean of predictions, as the ensemble's model computes it. */
export function combined(context: RunContext, parts: readonly (readonly [Float64Array, number])[], outputs: number): Float64Array {
  const how = combinationOf(context);
  const sums = new Float64Array(parts[0]?.[0].length ?? 0);
  let total = 0;
  for (const [predicted, weight] of parts) {
    addWeighted(how, sums, predicted, weight);
    total += weight;
  }
  return finishWeighted(how, sums, total, outputs);
}

/** Mean of the fold scores, by rows; folds without a score are left out. */
export function foldMean(context: RunContext, predicted: Float64Array, { actual, weights, starts, outputs }: OutOfFold): number {
  let total = 0;
  let counted = 0;
  for (let k = 0; k + 1 < starts.length; k++) {
    const [from, to] = [starts[k] as number, starts[k + 1] as number];
    const part = predicted.subarray(from * outputs, to * outputs);
    const score = scoreOf(context, actual.subarray(from, to), part, weights?.subarray(from, to));
    if (Number.isNaN(score)) continue;
    total += score * (to - from);
    counted += to - from;
  }
  return counted > 0 ? total / counted : Number.NaN;
}

/** At most about so many rows, every so-manieth, each fold for itself. */
function thinnedRows(rows: OutOfFold, most: number): { places: Uint32Array; rows: OutOfFold } {
  const stride = Math.max(1, Math.ceil(rows.rows.length / most));
  const places: number[] = [];
  const starts = [0];
  for (let k = 0; k + 1 < rows.starts.length; k++) {
    for (let i = rows.starts[k] as number; i < (rows.starts[k + 1] as number); i += stride) places.push(i);
    starts.push(places.length);
  }
  const taken = Uint32Array.from(places);
  const pickFrom = (values: Float64Array): Float64Array => Float64Array.from(taken, (i) => values[i] as number);
  return {
    places: taken,
    rows: {
      rows: taken.map((i) => rows.rows[i] as number),
      actual: pickFrom(rows.actual),
      weights: rows.weights && pickFrom(rows.weights),
      starts,
      outputs: rows.outputs,
    },
  };
}

function takeRows(predicted: Float64Array, places: Uint32Array, outputs: number): Float64Array {
  const taken = new Float64Array(places.length * outputs);
  places.forEach((from, to) => {
    taken.set(predicted.subarray(from * outputs, (from + 1) * outputs), to * outputs);
  });
  return taken;
}
