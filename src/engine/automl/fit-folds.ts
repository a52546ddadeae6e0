import { outputCount } from '../../core/schema.js';
import { dispatch, type Wanted } from './dispatch.js';
import type { FitOutcome, NoFit } from './fit-team.js';
import { baselineId } from './fitter.js';
import type { FoldRows } from './fold-rows.js';
import { timeScoring } from './holdout-scores.js';
import { pick } from './pick.js';
import { isBetter, type RunContext, scoreOf } from './run-context.js';
import { taughtRows } from './self-training.js';
import { foldPlace, meanScore, type Trial } from './trial.js';
import { memoryPlace } from './work-log.js';

/** A fit of a trial on a fold. */
export interface FoldWish {
  readonly trial: Trial;
  readonly fold: number;
  /** Milliseconds that it may take, asked when its turn comes; 0 or less: not at all. */
  readonly allowed: () => number;
  /** Keep a fit that the clock cut short. */
  readonly evenCut?: boolean;
}

/**
 * Fits trials on folds, as many at once as the team can, and keeps what counts: of each trial its folds in order without a gap.
 * @param all every trial of the run, for the best score so far
 */
export async function fitFolds(
  context: RunContext,
  wishes: readonly FoldWish[],
  folds: readonly FoldRows[],
  all: readonly Trial[],
): Promise<void> {
  const { log, progress } = context;
  const open = wishes.filter(({ trial, fold }) => {
    const place = memoryPlace(foldPlace(trial, fold));
    const short = log.recorded(place);
    if (short) log.note(place, short);
    if (short && fold === 0) trial.dropped = true;
    return !short;
  });
  const wanted = open.map(({ trial, fold, allowed }): Wanted => {
    const place = foldPlace(trial, fold);
    const { train, validation } = folds[fold] as FoldRows;
    const said = fold === 0 ? trial.learner.title : `${trial.learner.title}, fold ${fold + 1}`;
    return {
      job: {
        place,
        division: `fold${fold + 1}/${train.length}`,
        train,
        validation,
        learner: trial.learner.id,
        parameters: trial.parameters,
        preparation: trial.preparation,
        taught: taughtRows(context, trial, fold),
        limits: log.recorded(place),
      },
      allowed: () =>
        log.replaying || trial.learner.id === baselineId ? Number.POSITIVE_INFINITY : context.limit.expired() ? 0 : allowed(),
      onStart: () => progress.say('train', said),
      onProgress: (done) => progress.say('train', said, done),
      onEnd: () => progress.advance(),
    };
  });
  const outcomes = await dispatch(context.team, wanted);
  const found = new Map<Trial, Map<number, FitOutcome | NoFit>>();
  open.forEach(({ trial, fold }, i) => {
    const outcome = outcomes[i];
    if (!outcome) return;
    const ofTrial = found.get(trial) ?? new Map<number, FitOutcome | NoFit>();
    ofTrial.set(fold, outcome);
    found.set(trial, ofTrial);
  });
  for (const { trial, fold, evenCut } of [...open].sort((a, b) => a.fold - b.fold)) {
    const outcome = found.get(trial)?.get(fold);
    if (!outcome || trial.fits.length !== fold) continue;
    keep(context, trial, fold, outcome, folds[fold] as FoldRows, evenCut === true);
  }
  // scores over different folds do not compare
  const most = Math.max(...all.map((t) => t.fits.length));
  let best = Number.NaN;
  for (const t of all) if (t.fits.length === most && isBetter(context, meanScore(t, most), best)) best = meanScore(t, most);
  progress.best(best);
  context.onFits?.(all);
}

function keep(context: RunContext, trial: Trial, fold: number, outcome: FitOutcome | NoFit, rows: FoldRows, evenCut: boolean): void {
  const { log, answered, pace, task } = context;
  const place = foldPlace(trial, fold);
  if (outcome === 'memory' || outcome === 'columns') {
    trial.dropped = fold === 0;
    if (outcome === 'memory') log.note(memoryPlace(place), { short: 1 });
    return;
  }
  const { milliseconds, predicted, cut } = outcome;
  if (milliseconds.prepare > 0)
    pace.note(`prepare ${trial.learner.input}`, rows.train.length + rows.validation.length, milliseconds.prepare);
  pace.note(`predict ${trial.id}`, rows.validation.length, milliseconds.predict);
  if (cut && !log.replaying && trial.learner.id !== baselineId) {
    log.shorten(`training of ${trial.id}`);
    // what a cut fold says of one trial and not of the next would mislead
    if (!evenCut) return;
  }
  const actual = pick(answered.target, rows.validation);
  const weights = answered.weights && pick(answered.weights, rows.validation);
  if (!pace.knows('sort') && !log.replaying) timeScoring(context, { weights, actual, predicted });
  if (predicted.length !== actual.length * outputCount(task)) return;
  const score = pace.time('score', actual.length, () => scoreOf(context, actual, predicted, weights));
  trial.fits.push({ ...outcome, score });
  log.note(place, outcome.work);
}
