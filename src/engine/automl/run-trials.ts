import { hearColumns, judge } from './audition.js';
import { thinned } from './first-fold.js';
import { type FoldWish, fitFolds } from './fit-folds.js';
import { secondsExpected, secondsSpent } from './fit-shape.js';
import type { Preparation } from './fit-team.js';
import { baselineId } from './fitter.js';
import type { FoldRows } from './fold-rows.js';
import type { Plan } from './plan.js';
import { madePreparation, nextTrial } from './plan-trials.js';
import { choosingCost, closingCost, fitCost, leaderOf, refitCost, wrapUpCost } from './reserve.js';
import { isBetter, type RunContext } from './run-context.js';
import type { Suggest } from './search-candidates.js';
import { fewestUnanswered, teachersOf } from './self-training.js';
import { type Candidate, foldPlace, type Trial } from './trial.js';
import { budgetSeconds } from './work-cost.js';
import { memoryPlace } from './work-log.js';

/** What must still fit into the budget after the trials. */
export interface Aftermath {
  readonly holdoutRows: number;
  /** Rows of all refits together. */
  readonly refitRows: number;
  /** Predictions that the full explanation makes. */
  readonly explainPredictions: number;
}

/**
 * Share of the budget, in nominal seconds of one thread, that the trials take; a usual machine has two. Counted in work, so that equal runs on a usual machine
 * do equal work.
 */
const plannedShare = 0.9;
/** Candidates that are looked at together after the first ones; not the number of threads, which must not change what is done. */
const together = 2;
/** Rows of a fold below which one fold says too little to drop a candidate by. */
const fewestToDrop = 300;
/** Share of the planned work that one further candidate may take. */
const mostOfOne = 0.3;
/** Share of the planned work that is kept for rows without an answer, where there are any. */
const taughtShare = 0.2;
/** Suggestions of a search that may be too long for what is left before it ends. */
const mostRefused = 6;
/** Share of the way from the best score back to the baseline's beyond which a candidate is not worth further folds. */
const weak = 0.1;

/**
 * Fits the trials on the folds: the first candidates, then the others two by two as long as the planned work lasts, then what a search suggests, two by two until
 * too many suggestions do not fit. Every candidate is looked at on the first fold and taken further unless it is clearly behind. The clock only guards: where it
 * ends the work early, the log says so.
 * @param trials grows by what is suggested
 * @returns folds that count, what was made of the columns when the plan left that to the run, and what came of rows without an answer
 */
export async function runTrials(
  context: RunContext,
  trials: Trial[],
  folds: readonly FoldRows[],
  after: Aftermath,
  suggest: Suggest,
): Promise<{ counted: number; preparation: Plan['preparation']; taught: string | undefined }> {
  const { log } = context;
  const search = new TrialSearch(context, trials, folds, after);
  if (log.replaying) await search.repeat();
  else await search.run(suggest);
  return { counted: leaderOf(context, trials)?.fits.length ?? 0, preparation: search.preparation, taught: search.taught };
}

class TrialSearch {
  readonly #allowance: number;
  /** Nominal seconds of it that are kept for the rows without an answer. */
  #kept: number;
  /** What came of the rows without an answer. */
  taught: string | undefined;
  /** Suggestions that were too long. */
  #refused = 0;
  /** What further candidates see besides the columns of the schema. */
  #seen: Preparation | undefined;
  /** What was made of the columns. */
  preparation: Plan['preparation'];
  #folds: readonly FoldRows[];

  constructor(
    readonly context: RunContext,
    readonly trials: Trial[],
    folds: readonly FoldRows[],
    readonly after: Aftermath,
  ) {
    this.#folds = folds;
    this.preparation = context.plan.preparation;
    this.#seen = madePreparation(context.plan);
    this.#allowance = plannedShare * budgetSeconds(context.plan);
    this.#kept = this.#mayTeach() ? taughtShare * this.#allowance : 0;
  }

  /** Does what the record says, whatever the clock says. */
  async repeat(): Promise<void> {
    const { log } = this.context;
    const recorded = (trial: Trial, fold: number): boolean =>
      [foldPlace(trial, fold), memoryPlace(foldPlace(trial, fold))].some((place) => log.recorded(place) !== undefined);
    this.#folds = thinned(this.context, this.trials, this.#folds, this.after);
    const again = (trials: readonly Trial[]): Promise<void> =>
      this.#fit(
        this.#folds.flatMap((_, fold) =>
          trials.filter((t) => recorded(t, fold)).map((trial) => ({ trial, fold, allowed: () => Number.POSITIVE_INFINITY, evenCut: true })),
        ),
      );
    await again(this.trials.filter((t) => !t.taught));
    const teachers = teachersOf(this.context, this.trials, this.#folds.length);
    for (const trial of this.trials.filter((t) => t.taught)) {
      trial.taught = teachers;
      if (!teachers[0] || !this.#mayTeach()) continue;
      await again([trial]);
      this.#judgeTaught(trial, teachers[0]);
    }
  }

  async run(suggest: Suggest): Promise<void> {
    const { context, trials } = this;
    const baseline = trials.filter((t) => t.learner.id === baselineId);
    const others = trials.filter((t) => t.learner.id !== baselineId);
    await this.#fit(this.#folds.flatMap((_, fold) => baseline.map((trial) => ({ trial, fold, allowed: () => Number.POSITIVE_INFINITY }))));
    this.#folds = thinned(context, trials, this.#folds, this.after);
    const opening = this.#inOrder(others.slice(0, together));
    await this.#fit(opening.map((trial) => ({ trial, fold: 0, allowed: () => this.#openingAllowance(trial), evenCut: true })));
    this.#dropWeak(opening);
    const waiting = others.slice(together);
    let whole = this.preparation === 'auto';
    if (whole) await this.#audition(opening, waiting);
    for (let current = opening; current.length > 0; ) {
      const next = this.#next(waiting, suggest);
      // the further folds of the ones beside the first fold of the others, so that no thread waits
      const first = next.map((trial): FoldWish => ({ trial, fold: 0, allowed: () => this.#spare(trial) }));
      await this.#fit([...(whole ? [] : this.#furtherFolds(current)), ...first]);
      whole = false;
      if (current.some((t) => t.fits.length > 0 && t.fits.length < this.#folds.length && !t.dropped)) context.log.shorten('folds');
      this.#dropWeak(next);
      // what follows may be shorter
      this.#refused += next.filter((t) => t.fits.length === 0 && !t.dropped).length;
      current = next;
    }
    this.#kept = 0;
    if (this.#mayTeach()) await this.#teach();
  }

  #mayTeach(): boolean {
    return this.context.answered.unanswered.rows >= fewestUnanswered && !this.context.plan.limits?.interpretable;
  }

  /** A candidate like the best one, that learns from the rows without an answer too; it stays when it is better on the rows that have one. */
  async #teach(): Promise<void> {
    const teachers = teachersOf(this.context, this.trials, this.#folds.length);
    const best = teachers[0];
    this.taught = 'There was no time to learn from them.';
    if (!best || !this.#isWhole(best) || !this.#mayTry(best)) return;
    this.context.progress.say('train', 'rows without an answer');
    const trial = await this.#tryTrial({ learner: best.learner.id, parameters: best.parameters, taught: true }, best.preparation, teachers);
    this.#judgeTaught(trial, best);
  }

  #judgeTaught(trial: Trial, best: Trial): void {
    const { better, scores } = judge(this.context, best, trial, this.#folds);
    trial.declined = !better;
    this.taught = better
      ? `Answered by the best models, they were learned from, because that was better for rows with an answer: ${scores}.`
      : `Learning from them, answered by the best models, was not better for rows with an answer: ${scores}.`;
  }

  /**
   * Hears columns that could be made of others, by what the trees of the opening still get wrong, and tries the best in trees like them: a candidate of its own.
   * All further candidates see the columns when that one is better on more than one fold.
   */
  async #audition(opening: readonly Trial[], waiting: readonly Trial[]): Promise<void> {
    const { context } = this;
    this.preparation = { features: [], drop: [], reason: 'There was no time to look for columns to make.' };
    await this.#fit(this.#furtherFolds(opening));
    const plain = opening.find((t) => t.learner.id === 'boosted-trees');
    if (!plain || !this.#isWhole(plain) || !this.#mayTry(plain)) return;
    const { preparation } = hearColumns(context, plain, this.#folds);
    this.preparation = preparation;
    const columns = madePreparation({ preparation });
    if (!columns) return;
    const candidate = { learner: plain.learner.id, parameters: plain.parameters, selected: plain.preparation?.selected };
    const trial = await this.#tryTrial(candidate, columns);
    const { better, scores } = judge(context, plain, trial, this.#folds);
    const after = better ? 'the candidates after that see them' : 'the other candidates do without';
    this.preparation = { ...preparation, reason: `${preparation.reason} Boosted trees with them: ${scores}; ${after}.` };
    if (!better) return;
    this.#seen = columns;
    for (const other of waiting) other.preparation = { ...columns, ...(other.preparation?.selected && { selected: true }) };
  }

  #isWhole(trial: Trial): boolean {
    return !trial.dropped && trial.fits.length === this.#folds.length && !trial.fits.some((f) => f.cut);
  }

  /** Whether there is time for another trial like this one. */
  #mayTry({ learner, parameters }: Trial): boolean {
    const trial = nextTrial({ learner: learner.id, parameters }, this.trials, this.context.catalog);
    return this.#affordable([trial]) && this.#spare(trial) > 0;
  }

  /** A further trial, fitted on all folds. */
  async #tryTrial(candidate: Candidate, columns: Preparation | undefined, taught?: readonly Trial[]): Promise<Trial> {
    const { context, trials } = this;
    const trial = nextTrial(candidate, trials, context.catalog, columns);
    if (taught) trial.taught = taught;
    trials.push(trial);
    context.progress.plan(this.#folds.length);
    await this.#fit(
      this.#folds.map((_, fold) => ({ trial, fold, allowed: () => (fold === 0 ? this.#spare(trial) : this.#foldAllowance(trial, fold)) })),
    );
    return trial;
  }

  /** The next candidates of the plan, then of the search, that fit into the planned work; none when too many of the search's did not, or the clock stepped in. */
  #next(waiting: Trial[], suggest: Suggest): Trial[] {
    const { context, trials } = this;
    const next: Trial[] = [];
    while (next.length < together && waiting.length > 0) {
      const trial = waiting.shift() as Trial;
      if (this.#affordable([...next, trial])) next.push(trial);
      else context.progress.advance(this.#folds.length);
    }
    while (next.length < together && this.#refused < mostRefused) {
      const candidate = suggest(trials);
      const trial = candidate && nextTrial(candidate, trials, context.catalog, this.#seen);
      if (!trial) this.#refused = mostRefused;
      else if (!this.#affordable([...next, trial])) this.#refused++;
      else {
        next.push(trial);
        trials.push(trial);
        context.progress.plan(this.#folds.length);
      }
    }
    return next;
  }

  #furtherFolds(candidates: readonly Trial[]): FoldWish[] {
    const going = candidates.filter((t) => t.fits.length === 1 && !t.dropped && !t.fits[0]?.cut);
    const wishes: FoldWish[] = [];
    for (let fold = 1; fold < this.#folds.length; fold++)
      for (const trial of going) wishes.push({ trial, fold, allowed: () => this.#foldAllowance(trial, fold) });
    return wishes;
  }

  async #fit(wishes: readonly FoldWish[]): Promise<void> {
    if (wishes.length > 0) await fitFolds(this.context, wishes, this.#folds, this.trials);
  }

  /** Whether all folds of these candidates fit into the planned work, beside what is under way, and none takes too much of it. Asks no clock. */
  #affordable(wanted: readonly Trial[]): boolean {
    const { context, trials } = this;
    const rows = this.#folds[0]?.train.length ?? 0;
    const folds = this.#folds.length;
    let total = 0;
    for (const trial of trials) {
      if (trial.fits.length === 0) continue;
      total += secondsSpent(context, trial);
      if (!trial.dropped && trial.fits.length < folds) total += (folds - trial.fits.length) * secondsExpected(context, trial, rows, trials);
    }
    let dearest = 0;
    for (const trial of wanted) {
      const expected = folds * secondsExpected(context, trial, rows, trials);
      dearest = Math.max(dearest, expected);
      total += expected;
    }
    return total <= this.#allowance - this.#kept && dearest <= mostOfOne * this.#allowance;
  }

  /** Milliseconds that the search may still take when what follows it shall be whole. */
  #left(): number {
    const { context, trials, after } = this;
    const { limit } = context;
    const wrapUp = wrapUpCost(context, trials, after.holdoutRows) + choosingCost(context, after.refitRows);
    return (
      limit.remaining() -
      wrapUp -
      refitCost(context, trials, after.refitRows) -
      closingCost(context, trials, after.explainPredictions).whole
    );
  }

  /** The same for one candidate's first fold; 0 when it would not end in time. */
  #spare(trial: Trial): number {
    const left = this.#left();
    const expected = this.#milliseconds(trial);
    if (expected <= left) return left;
    this.context.log.shorten(`candidate ${trial.id}`);
    return 0;
  }

  /** Milliseconds that a fit of a trial should take here, by what others were foreseen to take and took. */
  #milliseconds(trial: Trial): number {
    const { context, trials } = this;
    let took = 0;
    let nominal = 0;
    for (const t of trials) {
      if (t.learner.id === baselineId) continue;
      for (const fit of t.fits) took += fit.milliseconds.fit;
      nominal += secondsSpent(context, t);
    }
    const rows = this.#folds[0]?.train.length ?? 0;
    return 1.3 * secondsExpected(context, trial, rows, trials) * (nominal > 0 ? took / nominal : 1000);
  }

  #foldAllowance(trial: Trial, fold: number): number {
    const left = this.#left();
    const rows = this.#folds[fold]?.train.length ?? 0;
    return fitCost(trial, rows) + this.context.pace.cost(`prepare ${trial.learner.input}`, rows) <= left ? left : 0;
  }

  /** Milliseconds for a first candidate's first fold; 0 when it should not be begun. */
  #openingAllowance(trial: Trial): number {
    const { context, trials, after } = this;
    const { pace, limit, log } = context;
    const { input } = trial.learner;
    const ready = limit.remaining() - wrapUpCost(context, trials, after.holdoutRows);
    const fold = this.#folds[0] as FoldRows;
    const rows = fold.train.length + fold.validation.length;
    // the probe prepared as trees do; dense preparation was seen to take about three times that
    const probed = pace.cost('probe', rows);
    const prepare = input === 'trees' ? probed : 3 * probed;
    // a linear model that takes a quarter of a budget is not the quick look that it should be
    const allowed = input === 'dense' ? (prepare > 0.25 * ready ? 0 : 0.25 * ready + prepare) : 0.85 * ready;
    if (allowed <= 0) log.shorten(`candidate ${trial.id}`);
    return allowed - prepare;
  }

  /** The simplest first; but where time is so short that preparation had to be tried on a few rows, what promises most comes before the rest. */
  #inOrder(candidates: readonly Trial[]): readonly Trial[] {
    if (!this.context.pace.knows('probe')) return candidates;
    const trees = candidates.filter((t) => t.learner.input === 'trees');
    return [...trees, ...candidates.filter((t) => !trees.includes(t))];
  }

  /** Candidates clearly behind on a large first fold are spared the others. */
  #dropWeak(candidates: readonly Trial[]): void {
    const { context, trials } = this;
    if (this.#folds.length < 2 || (this.#folds[0]?.validation.length ?? 0) < fewestToDrop) return;
    const best = leaderOf(context, trials)?.fits[0]?.score ?? Number.NaN;
    const baseline = trials.find((t) => t.learner.id === baselineId)?.fits[0]?.score ?? Number.NaN;
    for (const trial of candidates) {
      const score = trial.fits[0]?.score;
      if (score === undefined) continue;
      const behind = context.metric.greaterIsBetter ? best - score : score - best;
      // nothing is far behind a leader that is itself no better than the baseline
      if (!isBetter(context, best, baseline)) continue;
      trial.dropped = !(behind <= weak * Math.abs(best - baseline));
      if (trial.dropped) context.progress.advance(this.#folds.length - 1);
    }
  }
}
