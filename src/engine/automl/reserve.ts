import { baselineId } from './fitter.js';
import { scoringCost } from './holdout-scores.js';
import type { RunContext } from './run-context.js';
import { betterFirst, isBetter } from './run-context.js';
import { estimatorCost } from './sketch-training.js';
import { branchOf, meanScore, type Trial } from './trial.js';

/** Members that a final model is foreseen to have. */
const usualMembers = 4;

/** Milliseconds that it takes at least to end with a valid result: predict the holdout by every fold's models, score it, write down. */
export function wrapUpCost(context: RunContext, trials: readonly Trial[], holdoutRows: number): number {
  const { pace } = context;
  const inputs = new Map<string, string>();
  let perRow = 0;
  for (const trial of promising(context, trials)) {
    inputs.set(branchOf(trial), trial.learner.input);
    perRow += trial.fits.length * pace.cost(`predict ${trial.id}`, 1);
  }
  const folds = Math.max(1, ...trials.map((t) => t.fits.length));
  for (const input of inputs.values()) perRow += folds * pace.cost(`prepare ${input}`, 1);
  return 1.2 * perRow * holdoutRows + scoringCost(context, holdoutRows) + pace.slack;
}

/** Averages of trials that choosing among them scores, so many rows each at most. */
const averagesScored = 24 * 16;
const mostScored = 6e6;

/** Milliseconds that it takes to choose an ensemble. */
export function choosingCost({ pace }: RunContext, rows: number): number {
  return Math.min(0.03 * pace.total, pace.cost('sort', Math.min(mostScored, averagesScored * rows)));
}

/** Milliseconds that refits of the most promising trials on so many rows should take, one each, their preparation included. */
export function refitCost(context: RunContext, trials: readonly Trial[], rows: number): number {
  const inputs = new Map<string, string>();
  const each: number[] = [];
  for (const trial of promising(context, trials)) {
    if (!inputs.has(branchOf(trial))) {
      inputs.set(branchOf(trial), trial.learner.input);
      each.push(context.pace.cost(`prepare ${trial.learner.input}`, rows));
    }
    each.push(fitCost(trial, rows));
  }
  const total = each.reduce((a, b) => a + b, 0);
  return 1.2 * Math.max(total / context.team.size, Math.max(0, ...each));
}

/** Milliseconds that a fit of a trial on so many rows should take, going by its folds. */
export function fitCost(trial: Trial, rows: number): number {
  let perRow = 0;
  for (const fit of trial.fits) perRow = Math.max(perRow, fit.milliseconds.fit / Math.max(1, fit.trainRows));
  // without validation rows a learner may have to find by itself what they would have settled
  return perRow * rows * (trial.learner.refitParameters ? 1.1 : 2);
}

/** Milliseconds that the explanation by the models of one fold should take when nothing is shortened. */
function explainCost(context: RunContext, trials: readonly Trial[], predictions: number): number {
  const inputs = new Map<string, string>();
  let perRow = 0;
  for (const trial of promising(context, trials)) {
    inputs.set(branchOf(trial), trial.learner.input);
    perRow += context.pace.cost(`predict ${trial.id}`, 1);
  }
  // a prepared row costs less than one that is also fitted, so this errs on the long side
  for (const input of inputs.values()) perRow += 0.5 * context.pace.cost(`prepare ${input}`, 1);
  return perRow * predictions;
}

/** Share of the budget that the explanation may take, and what estimates scores. */
const closingShare = 0.1;
/** Milliseconds that sketching the training rows takes at most, nearly always. */
const sketching = 200;

/** Milliseconds for what follows the last refit: in full, and what it must have at least. Explanations get shorter where time is short; refits do not. */
export interface Closing {
  /** What makes estimates of scores for rows without an answer. */
  readonly estimating: number;
  readonly whole: number;
  readonly least: number;
}

/** @param predictions that the full explanation makes */
export function closingCost(context: RunContext, trials: readonly Trial[], predictions: number): Closing {
  const most = closingShare * context.pace.total;
  const explaining = Math.min(most, explainCost(context, trials, predictions));
  const estimating = Math.min(most, estimatorCost(context) + sketching);
  return { estimating, whole: explaining + estimating, least: Math.min(explaining + estimating, sketching + 0.15 * explaining) };
}

/** The best trials by the folds that they have, the baseline left out. */
function promising(context: RunContext, trials: readonly Trial[]): Trial[] {
  return trials
    .filter((t) => t.fits.length > 0 && !t.dropped && t.learner.id !== baselineId)
    .sort((a, b) => betterFirst(context, meanScore(a, a.fits.length), meanScore(b, b.fits.length)))
    .slice(0, usualMembers);
}

/** The trial that leads on the first fold; ties go to the earlier, simpler one. */
export function leaderOf(context: RunContext, trials: readonly Trial[]): Trial | undefined {
  let best: Trial | undefined;
  for (const trial of trials) {
    if (trial.fits.length === 0 || trial.dropped) continue;
    if (!best || isBetter(context, trial.fits[0]?.score as number, best.fits[0]?.score as number)) best = trial;
  }
  return best;
}
