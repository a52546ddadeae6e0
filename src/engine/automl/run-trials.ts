import { Fold, type FoldRows } from './fold.js';
import { bestTrial, commonFolds, explainCost, refitCost, wrapUpCost } from './reserve.js';
import { isBetter, type RunContext } from './run-context.js';
import { memoryPlace, withinMemory } from './too-large.js';
import { baselineId, type FoldFit, fitOnFold, foldPlace, meanScore, type Trial } from './trial.js';

/** What must still fit into the budget after the trials. */
export interface Aftermath {
  readonly holdoutRows: number;
  /** Rows of the refits: all but the holdout, then all. */
  readonly refitRows: number;
  /** Predictions that the full explanation makes. */
  readonly explainPredictions: number;
}

/**
 * Fits every trial on the first fold, the simplest first; then, while the budget lasts, all of them on further folds. A fold after the first
 * counts only when every trial ended it, so that all are compared on the same rows.
 * @returns folds that count
 */
export async function runTrials(
  context: RunContext,
  trials: readonly Trial[],
  folds: readonly FoldRows[],
  after: Aftermath,
): Promise<number> {
  const first = folds[0] as FoldRows;
  await firstFold(context, trials, first, after);
  if (folds.length > 1 && first.validation.length >= fewestToDrop) dropWeak(context, trials);
  for (let k = 1; k < folds.length; k++) {
    if (await furtherFold(context, trials, folds[k] as FoldRows, k, after)) continue;
    context.log.shorten('folds');
    break;
  }
  return commonFolds(trials);
}

/** Rows of a fold below which one fold says too little to drop a candidate by. */
const fewestToDrop = 500;
/** Share of the way from the best score back to the baseline's beyond which a candidate drops out. */
const weak = 0.02;

/** Candidates clearly behind on a large first fold are spared the others; the baseline stays. Asks no clock, so that a repetition does the same. */
function dropWeak(context: RunContext, trials: readonly Trial[]): void {
  const best = bestTrial(context, trials, 1).fits[0]?.score ?? Number.NaN;
  const baseline = trials.find((t) => t.learner.id === baselineId)?.fits[0]?.score ?? Number.NaN;
  for (const trial of trials) {
    const score = trial.fits[0]?.score;
    if (score === undefined || trial.learner.id === baselineId) continue;
    const behind = context.metric.greaterIsBetter ? best - score : score - best;
    trial.dropped = !(behind <= weak * Math.abs(best - baseline));
    if (trial.dropped) context.progress.advance(context.plan.validation.folds - 1);
  }
}

async function firstFold(context: RunContext, trials: readonly Trial[], rows: FoldRows, after: Aftermath): Promise<void> {
  const { log, limit, progress } = context;
  let fold = new Fold(context, rows);
  let thin = false;
  for (const trial of inOrder(context, trials)) {
    const baseline = trial.learner.id === baselineId;
    if (!baseline && !thin) {
      thin = true;
      fold = thinned(context, trials, fold, after);
    }
    const place = foldPlace(trial, 0);
    if (log.replaying && !log.recorded(place) && !log.recorded(memoryPlace(place))) continue;
    const milliseconds = log.replaying || baseline ? Number.POSITIVE_INFINITY : firstAllowance(context, trials, trial, fold, after);
    if (milliseconds <= 0) {
      log.shorten(`candidate ${trial.id}`);
      continue;
    }
    progress.say('train', trial.learner.title);
    const fit = await withinMemory(context, place, () => fitOnFold(context, trial, fold, 0, milliseconds));
    progress.advance();
    if (fit) keep(context, trials, trial, fit, 0);
    if (fit?.cut) log.shorten(`training of ${trial.id}`);
    await limit.breathe();
  }
}

/** The simplest first; but where time is so short that preparation had to be tried on a few rows, what promises most comes before the rest. */
function inOrder(context: RunContext, trials: readonly Trial[]): readonly Trial[] {
  if (!context.pace.knows('probe')) return trials;
  const baselines = trials.filter((t) => t.learner.id === baselineId);
  const firstTrees = trials.find((t) => t.learner.input === 'trees' && t.learner.id !== baselineId);
  return [...baselines, ...(firstTrees ? [firstTrees] : []), ...trials.filter((t) => !baselines.includes(t) && t !== firstTrees)];
}

/** Rows to fit on below which a fold is not worth it. */
const fewestToFit = 500;

/** The fold with fewer rows to fit on when preparing all of them would leave too little time for the fit itself. */
function thinned(context: RunContext, trials: readonly Trial[], fold: Fold, after: Aftermath): Fold {
  const { train, validation } = fold.rows;
  const { pace, limit, log, rng } = context;
  const settled = log.settle('fold1', () => {
    // only where time is so short that preparation had to be tried on a few rows
    if (!pace.knows('probe')) return undefined;
    const ready = limit.remaining() - wrapUpCost(context, trials, after.holdoutRows);
    if (pace.cost('probe', train.length + validation.length) <= 0.5 * ready) return undefined;
    const affordable = Math.floor((0.3 * ready) / pace.cost('probe', 1)) - validation.length;
    return affordable >= fewestToFit && affordable < train.length ? { train: affordable } : undefined;
  });
  if (!settled) return fold;
  log.shorten('rows of the first fold');
  const kept = rng.child('fold1').sample(train.length, settled.train as number);
  return new Fold(context, { train: kept.map((i) => train[i] as number), validation });
}

/** Milliseconds for a trial's first fold; 0 when it should not be begun. */
function firstAllowance(context: RunContext, trials: readonly Trial[], trial: Trial, fold: Fold, after: Aftermath): number {
  const { limit, pace } = context;
  const { input } = trial.learner;
  const ready = limit.remaining() - wrapUpCost(context, trials, after.holdoutRows);
  const rows = fold.rows.train.length + fold.rows.validation.length;
  // the probe prepared as trees do; dense preparation was seen to take about three times that
  const trees = pace.cost('prepare trees', rows, pace.cost('probe', rows, 0.4 * pace.cost('prepare dense', rows)));
  const other = input === 'trees' ? trees : 3 * trees;
  const prepare = fold.has(input) ? 0 : pace.cost(`prepare ${input}`, rows, other);
  const left = ready - prepare;
  // a linear model that takes a quarter of a budget is not the quick look that it should be
  if (input === 'dense') return prepare > 0.25 * ready ? 0 : 0.25 * left;
  const siblings = trials.filter((t) => t !== trial && t.learner.id === trial.learner.id && t.fits.length > 0);
  if (siblings.length === 0) return 0.85 * left;
  const dearest = Math.max(...siblings.map((t) => refitCost(context, t, t.fits[0]?.trainRows ?? 0)));
  const spare = left - Math.max(...siblings.map((t) => refitCost(context, t, after.refitRows)));
  return spare < 1.5 * dearest || siblings.some((t) => t.fits[0]?.cut) ? 0 : spare;
}

async function furtherFold(context: RunContext, trials: readonly Trial[], rows: FoldRows, k: number, after: Aftermath): Promise<boolean> {
  const { log, limit, progress } = context;
  const running = trials.filter((t) => t.fits.length === k && !t.dropped);
  const baseline = running.find((t) => t.learner.id === baselineId);
  if (log.replaying ? !baseline || !log.recorded(foldPlace(baseline, k)) : !affordable(context, trials, running, rows, after)) return false;
  const fold = new Fold(context, rows);
  const fits: [Trial, FoldFit][] = [];
  for (const trial of running) {
    const left = log.replaying ? Number.POSITIVE_INFINITY : limit.remaining() - wrapUpCost(context, trials, after.holdoutRows);
    progress.say('train', `${trial.learner.title}, fold ${k + 1}`);
    const fit =
      left > 0 && !limit.expired() ? await withinMemory(context, undefined, () => fitOnFold(context, trial, fold, k, left)) : undefined;
    progress.advance();
    // what a cut fold says of one trial and not of the next would mislead
    if (!fit || (fit.cut && !log.replaying)) return false;
    fits.push([trial, fit]);
    await limit.breathe();
  }
  for (const [trial, fit] of fits) keep(context, trials, trial, fit, k);
  return true;
}

function affordable(context: RunContext, trials: readonly Trial[], running: readonly Trial[], rows: FoldRows, after: Aftermath): boolean {
  const { limit } = context;
  if (limit.expired() || running.some((t) => t.fits[0]?.cut)) return false;
  const left = limit.remaining();
  const fold = running.reduce((sum, t) => sum + refitCost(context, t, rows.train.length), 0);
  const best = bestTrial(context, trials, commonFolds(trials));
  const explain = Math.min(0.2 * context.pace.total, explainCost(context, best, after.explainPredictions));
  return left > fold + refitCost(context, best, after.refitRows) + explain + wrapUpCost(context, trials, after.holdoutRows);
}

function keep(context: RunContext, trials: readonly Trial[], trial: Trial, fit: FoldFit, k: number): void {
  trial.fits.push(fit);
  context.log.note(foldPlace(trial, k), fit.work);
  let best = Number.NaN;
  for (const t of trials) if (isBetter(context, meanScore(t, t.fits.length), best)) best = meanScore(t, t.fits.length);
  context.progress.best(best);
}
