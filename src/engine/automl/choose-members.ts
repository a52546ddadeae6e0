import { costThreshold } from '../evaluate/cost-matrix.js';
import { metricFor } from '../evaluate/metrics/registry.js';
import { bestThreshold } from '../evaluate/threshold.js';
import type { FoldRows } from './fold-rows.js';
import { type LimitedSelection, selectWithin } from './limits/select-within.js';
import { type OutOfFold, outOfFoldPredictions } from './out-of-fold.js';
import { isBetter, type RunContext } from './run-context.js';
import type { WeightedTrial } from './select-ensemble.js';
import { meanScore, type Trial } from './trial.js';

/**
 * The best ensemble within the plan's limits of the trials that have all the folds that count; the baseline alone when nothing beats it.
 * @param folds those that count
 */
export function selectMembers(
  context: RunContext,
  tried: readonly Trial[],
  baseline: Trial,
  folds: readonly FoldRows[],
  rows: OutOfFold,
): LimitedSelection {
  const least = meanScore(baseline, folds.length);
  const whole = tried.filter((t) => t !== baseline && !t.declined && t.fits.length >= folds.length);
  const better = whole.filter((t) => isBetter(context, meanScore(t, folds.length), least));
  if (better.length > 0) return selectWithin(context, better, rows, folds);
  const nothing = { members: [{ trial: baseline, weight: 1 }], predicted: outOfFoldPredictions(baseline, rows), score: least };
  return { ...nothing, unlimited: nothing, alternatives: [], smaller: [], missed: false };
}

/** What the chosen model is, in words. */
export function titleOf(members: readonly WeightedTrial[]): string {
  const titles = [...new Set(members.map((m) => m.trial.learner.title))];
  if (members.length === 1) return titles[0] as string;
  const [first, ...others] = titles;
  return `Ensemble of ${members.length}: ${[first, ...others.map((t) => `${t.charAt(0).toLowerCase()}${t.slice(1)}`)].join(' + ')}`;
}

/** Probability from which a row is called positive: the plan's, or the one that serves the metric best on rows out of fold. */
export function chooseThreshold(context: RunContext, noSignal: boolean, rows: OutOfFold, predicted: Float64Array): number {
  const { plan, metric } = context;
  if (plan.threshold !== 'auto') return plan.threshold;
  if (plan.costs) return costThreshold(plan.costs);
  // a baseline's probabilities are all alike: there is nothing to choose
  if (noSignal) return 0.5;
  const positive = rows.actual.map((_, i) => predicted[2 * i + 1] as number);
  // precision alone would call hardly any row, recall all
  const chosen = metric.fromCounts && !metric.oneSided ? metric : metricFor('f1', 'binary');
  return bestThreshold(rows.actual, positive, chosen, rows.weights);
}
