import { scoringCost } from './holdout-scores.js';
import type { RunContext } from './run-context.js';
import { isBetter } from './run-context.js';
import { baselineId, meanScore, type Trial } from './trial.js';

/** Milliseconds that it takes at least to end with a valid result: score the holdout, write down. */
export function wrapUpCost(context: RunContext, trials: readonly Trial[], holdoutRows: number): number {
  const { pace } = context;
  let perRow = 0;
  for (const trial of trials) {
    if (trial.fits.length === 0 || trial.learner.id === baselineId) continue;
    perRow = Math.max(perRow, pace.cost(`prepare ${trial.learner.input}`, 1) + pace.cost(`predict ${trial.id}`, 1));
  }
  return 1.5 * perRow * holdoutRows + scoringCost(context, holdoutRows) + pace.slack;
}

/** Milliseconds that a refit of a trial on so many rows should take, its preparation included. */
export function refitCost(context: RunContext, trial: Trial, rows: number): number {
  if (trial.learner.id === baselineId) return 0;
  let perRow = 0;
  for (const fit of trial.fits) perRow = Math.max(perRow, fit.milliseconds / Math.max(1, fit.trainRows));
  // without validation rows a learner that stops by rounds is told how many; any other must find its own way, with a split of its own
  const again = trial.learner.parameters.rounds === undefined ? 2 : 1;
  return 1.2 * again * rows * (perRow + context.pace.cost(`prepare ${trial.learner.input}`, 1));
}

/** Milliseconds that the explanation of a trial should take when nothing is shortened. */
export function explainCost(context: RunContext, trial: Trial, predictions: number): number {
  if (trial.learner.id === baselineId) return 0;
  // a prepared row costs less than one that is also fitted, so this errs on the long side
  const perRow = context.pace.cost(`predict ${trial.id}`, 1) + 0.5 * context.pace.cost(`prepare ${trial.learner.input}`, 1);
  return perRow * predictions;
}

/** The best trial by the folds that it shares with all others; ties go to the earlier, simpler one. */
export function bestTrial(context: RunContext, trials: readonly Trial[], folds: number): Trial {
  let best = trials[0] as Trial;
  for (const trial of trials) if (!trial.dropped && isBetter(context, meanScore(trial, folds), meanScore(best, folds))) best = trial;
  return best;
}

/** Folds that every trial still in the race has in common. */
export function commonFolds(trials: readonly Trial[]): number {
  return trials.reduce(
    (fewest, trial) => (trial.fits.length > 0 && !trial.dropped ? Math.min(fewest, trial.fits.length) : fewest),
    Number.POSITIVE_INFINITY,
  );
}
