import { outputCount } from '../../core/schema.js';
import { applyRecipe } from '../../model/recipe.js';
import type { TaughtRows } from './fit-team.js';
import { baselineId } from './fitter.js';
import { betterFirst, type RunContext } from './run-context.js';
import { combined } from './select-ensemble.js';
import { meanScore, type Trial } from './trial.js';

// Self-training (Yarowsky 1995; Lee 2013): rows without an answer are given the one that the best models foresee, and a further candidate learns from them too.

/** Rows without an answer below which nothing is tried. */
export const fewestUnanswered = 50;
/** Rows without an answer that are used at most, for each that has one. */
const mostOfEach = 2;
const mostRows = 20_000;
const mostTeachers = 3;
/** What all taught rows together may weigh, beside the answered ones. */
const mostWeight = 0.5;

/** Unanswered rows that a candidate learns from: positions after the answered ones. */
export function unansweredRows({ answered, rng }: RunContext): Uint32Array {
  const n = answered.rows.length;
  const count = answered.unanswered.rows;
  const drawn = rng.child('unanswered').sample(count, Math.min(count, mostRows, mostOfEach * n));
  return drawn.sort().map((i) => n + i);
}

/** The best trials that have all folds and were not taught themselves. */
export function teachersOf(context: RunContext, trials: readonly Trial[], folds: number): Trial[] {
  return trials
    .filter((t) => !t.taught && t.learner.id !== baselineId && t.fits.length >= folds)
    .sort((a, b) => betterFirst(context, meanScore(a, folds), meanScore(b, folds)))
    .slice(0, mostTeachers);
}

/**
 * What a trial's teachers foresee for the rows without an answer. For a fold, its own models are asked, which never saw the rows that the fold is judged on; for
 * a refit, those of all folds together.
 * @returns undefined for a trial that is not taught
 */
export function taughtRows(context: RunContext, trial: Trial, fold?: number): TaughtRows | undefined {
  const { taught: teachers } = trial;
  if (!teachers || teachers.length === 0) return undefined;
  const rows = unansweredRows(context);
  const n = context.answered.rows.length;
  const raw = context.answered.unanswered.take(rows.map((i) => i - n));
  const fits = teachers.flatMap((t) => (fold === undefined ? t.fits : t.fits.slice(fold, fold + 1)));
  const outputs = outputCount(context.task);
  const said = combined(
    context,
    fits.map(({ model, recipe }) => [model.predict(applyRecipe(recipe, raw)), 1 / fits.length]),
    outputs,
  );
  return { rows, ...answersFrom(said, outputs, context.answered.rows.length) };
}

/** Numbers as they are; the likeliest class, which weighs the less the less sure it is. */
function answersFrom(said: Float64Array, outputs: number, answered: number): { target: Float64Array; weights: Float64Array } {
  const count = said.length / outputs;
  const target = new Float64Array(count);
  const weights = new Float64Array(count).fill(1);
  for (let i = 0; i < count; i++) {
    if (outputs === 1) {
      target[i] = said[i] as number;
      continue;
    }
    let best = 0;
    for (let k = 1; k < outputs; k++) if ((said[i * outputs + k] as number) > (said[i * outputs + best] as number)) best = k;
    target[i] = best;
    weights[i] = ((said[i * outputs + best] as number) - 1 / outputs) / (1 - 1 / outputs);
  }
  const total = weights.reduce((a, b) => a + b, 0);
  const scale = Math.min(1, (mostWeight * answered) / Math.max(1e-9, total));
  // a row of no weight would be none
  return { target, weights: weights.map((w) => Math.max(1e-6, w * scale)) };
}
