import type { Model } from '../../model/model.js';
import type { StepData } from '../../model/step.js';
import type { Parameters } from '../learn/learner.js';
import { Fold } from './fold.js';
import { refitCost } from './reserve.js';
import type { RunContext } from './run-context.js';
import { memoryPlace, withinMemory } from './too-large.js';
import { baselineId, fitRecorded, type Trial } from './trial.js';

/** A recipe and the model that reads what it prepares. */
export interface Pipeline {
  readonly recipe: StepData[];
  readonly model: Model;
  readonly trainRows: number;
}

/**
 * Fits the chosen candidate anew on the given rows, with the work that its folds found best. In a repetition only if the recorded run did.
 * @param reserve milliseconds that must be left afterwards
 * @returns undefined when time does not allow it
 */
export async function refit(
  context: RunContext,
  trial: Trial,
  folds: number,
  rows: Uint32Array,
  part: 'train' | 'all',
  reserve: number,
): Promise<Pipeline | undefined> {
  const { log, limit } = context;
  const place = `${trial.id}/${part}`;
  const left = limit.remaining() - reserve;
  // the baseline costs nothing and is always there to compare with
  const baseline = trial.learner.id === baselineId;
  if (log.replaying) {
    if (!log.recorded(place) && !log.recorded(memoryPlace(place))) return undefined;
  } else if (!baseline && (limit.expired() || refitCost(context, trial, rows.length) > left)) {
    log.shorten('refit');
    return undefined;
  }
  const fold = new Fold(context, { train: rows, validation: new Uint32Array(0) });
  return withinMemory(context, place, () => fitAnew(context, trial, folds, fold, place, reserve));
}

async function fitAnew(
  context: RunContext,
  trial: Trial,
  folds: number,
  fold: Fold,
  place: string,
  reserve: number,
): Promise<Pipeline | undefined> {
  const { log, limit } = context;
  const rows = fold.rows.train;
  const baseline = trial.learner.id === baselineId;
  const prepared = baseline ? fold.bare() : fold.prepare(trial.learner.input);
  if (prepared.train.table.columns.length === 0 && !baseline) return undefined;
  const milliseconds = log.replaying || baseline ? Number.POSITIVE_INFINITY : limit.remaining() - reserve;
  const fitted = await fitRecorded(context, trial, prepared, place, milliseconds, refitParameters(trial, folds, rows.length));
  // half a refit is worth less than the whole model there is
  if (fitted.cut && !log.replaying && !baseline) {
    log.shorten('refit');
    return undefined;
  }
  log.note(place, fitted.work);
  return { recipe: prepared.recipe, model: fitted.model, trainRows: rows.length };
}

/**
 * The candidate's parameters with the number of rounds that its folds stopped at, mean over the folds; somewhat more for more rows, by the
 * square root of their ratio.
 */
export function refitParameters(trial: Trial, folds: number, rows: number): Parameters {
  const fits = trial.fits.slice(0, folds).filter((f) => f.work.rounds !== undefined);
  if (fits.length === 0 || trial.learner.parameters.rounds === undefined) return trial.parameters;
  const rounds = fits.reduce((sum, f) => sum + (f.work.rounds as number) * Math.sqrt(rows / Math.max(1, f.trainRows)), 0) / fits.length;
  return { ...trial.parameters, rounds: Math.max(1, Math.round(rounds)) };
}
