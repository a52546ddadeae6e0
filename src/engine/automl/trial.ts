import type { Model } from '../../model/model.js';
import type { StepData } from '../../model/step.js';
import type { Fitted, Learner, Parameters } from '../learn/learner.js';
import type { Fold, Prepared } from './fold.js';
import { timeScoring } from './holdout-scores.js';
import { type RunContext, scoreOf } from './run-context.js';

/** The learner that all others must beat. */
export const baselineId = 'baseline';

/** A candidate fitted on one fold, and what it said of the fold's validation rows. */
export interface FoldFit {
  readonly model: Model;
  readonly recipe: StepData[];
  readonly work: Record<string, number>;
  readonly cut: boolean;
  /** Row-major predictions of the validation rows. */
  readonly predicted: Float64Array;
  /** The run's metric on them. */
  readonly score: number;
  readonly trainRows: number;
  readonly milliseconds: number;
}

/** A candidate of the plan and its fits, one a fold, in order. */
export interface Trial {
  /** The learner's id, with `#2`, `#3` … for further candidates of the same learner. */
  readonly id: string;
  readonly learner: Learner;
  readonly parameters: Parameters;
  readonly fits: FoldFit[];
  /** True once it was so far behind on the first fold that it was not tried on others. */
  dropped: boolean;
}

/**
 * Fits a trial on a fold. In a repetition exactly the recorded work is done.
 * @param milliseconds at most so many; the learner then ends early with what it has
 * @returns undefined when it has nothing to fit on
 */
export async function fitOnFold(
  context: RunContext,
  trial: Trial,
  fold: Fold,
  index: number,
  milliseconds: number,
): Promise<FoldFit | undefined> {
  const { pace } = context;
  const prepared = trial.learner.id === baselineId ? fold.bare() : fold.prepare(trial.learner.input);
  const { validation } = prepared;
  if (!validation || (prepared.train.table.columns.length === 0 && trial.learner.id !== baselineId)) return undefined;
  const place = foldPlace(trial, index);
  const start = pace.deadline.clock.now();
  const fitted = await fitRecorded(context, trial, prepared, place, milliseconds);
  const end = pace.deadline.clock.now();
  const predicted = pace.time(`predict ${trial.id}`, validation.target.length, () => fitted.model.predict(validation.table));
  if (index === 0 && !context.log.replaying) timeScoring(context, { weights: validation.weights, actual: validation.target, predicted });
  const score = pace.time('score', validation.target.length, () => scoreOf(context, validation.target, predicted, validation.weights));
  return {
    model: fitted.model,
    recipe: prepared.recipe,
    work: fitted.work,
    cut: fitted.cut,
    predicted,
    score,
    trainRows: prepared.train.target.length,
    milliseconds: end - start,
  };
}

/** Fits with the parameters given, or the work that is recorded for the place. */
export async function fitRecorded(
  context: RunContext,
  trial: Trial,
  prepared: Prepared,
  place: string,
  milliseconds: number,
  parameters: Parameters = trial.parameters,
): Promise<Fitted> {
  const { limit, log, rng, task, host, progress } = context;
  await limit.breathe();
  const step = /\/(train|all)$/.test(place) ? 'refit' : 'train';
  return trial.learner.fit(
    prepared.train,
    prepared.validation,
    parameters,
    {
      task,
      rng: rng.child('fit', place),
      deadline: Number.isFinite(milliseconds) ? limit.within(milliseconds) : limit,
      host,
      onProgress: (done) => progress.say(step, sentence(trial, place), done),
    },
    log.recorded(place),
  );
}

/** Score over the folds that count; a trial that dropped out gets the leader's, moved by their distance on the first fold. */
export function standing(trial: Trial, folds: number, leader: Trial): number {
  const first = trial.fits[0]?.score ?? Number.NaN;
  return trial.dropped ? meanScore(leader, folds) + first - (leader.fits[0]?.score ?? Number.NaN) : meanScore(trial, folds);
}

/** Where the log keeps the work of a trial on a fold. */
export function foldPlace(trial: Pick<Trial, 'id'>, index: number): string {
  return `${trial.id}/fold${index + 1}`;
}

/** Mean of the fold scores over the first so many folds, in the metric's sign; folds without a score are left out. */
export function meanScore(trial: Trial, folds: number): number {
  let total = 0;
  let rows = 0;
  for (const fit of trial.fits.slice(0, folds)) {
    if (Number.isNaN(fit.score)) continue;
    // predictions hold the same number of outputs a row in every fold
    total += fit.score * fit.predicted.length;
    rows += fit.predicted.length;
  }
  return rows > 0 ? total / rows : Number.NaN;
}

/** Ids for the candidates of a plan: the learner's, with a number from the second on. */
export function trialIds(learners: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return learners.map((learner) => {
    const count = (seen.get(learner) ?? 0) + 1;
    seen.set(learner, count);
    return count === 1 ? learner : `${learner}#${count}`;
  });
}

function sentence(trial: Trial, place: string): string {
  const part = place.slice(trial.id.length + 1);
  if (part === 'all') return `${trial.learner.title} on all rows`;
  if (part === 'train') return `${trial.learner.title} on all rows but the holdout`;
  return `${trial.learner.title}, fold ${part.slice(4)}`;
}
