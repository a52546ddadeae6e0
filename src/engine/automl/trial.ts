import type { Learner, Parameters } from '../learn/learner.js';
import type { FitOutcome, Preparation } from './fit-team.js';

/** A candidate fitted on one fold, and how its predictions of the fold's validation rows scored. */
export interface FoldFit extends FitOutcome {
  /** The run's metric on them. */
  readonly score: number;
}

/** A learner's id and the parameters that differ from its defaults. */
export interface Candidate {
  readonly learner: string;
  readonly parameters: Parameters;
  /** False: sees the columns as they are, whatever the plan's preparation says. */
  readonly prepared?: boolean;
  /** True: sees only columns that tell more than shuffled ones, chosen anew on the training rows of every fold. */
  readonly selected?: boolean;
  /** True: learns from rows without an answer too. */
  readonly taught?: boolean;
}

/** A candidate of the plan and its fits, one a fold. */
export interface Trial {
  /** The learner's id, with `#2`, `#3` … for further candidates of the same learner. */
  readonly id: string;
  readonly learner: Learner;
  readonly parameters: Parameters;
  /** In the order of the folds, without gaps. */
  readonly fits: FoldFit[];
  /** What its columns are besides those of the schema; it may be settled until the first fit. */
  preparation?: Preparation;
  /** Trials that answer the rows that have no answer, for this one to learn from; none when they are not chosen yet. */
  taught?: readonly Trial[];
  /** True: learning from rows without an answer made it no better; it is no member. */
  declined?: boolean;
  /** Why it was not taken further: clearly behind on the first fold, or it could not be fitted. */
  dropped: boolean;
}

/** Where the log keeps the work of a trial on a fold. */
export function foldPlace(trial: Pick<Trial, 'id'>, index: number): string {
  return `${trial.id}/fold${index + 1}`;
}

/** Where the log keeps the work of a refit on all rows; the first has no number. */
export function refitPlace(trial: Pick<Trial, 'id'>, part: 'train' | 'all', index = 0): string {
  return index === 0 ? `${trial.id}/${part}` : `${trial.id}/${part}${index + 1}`;
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

/** Score over the folds that count; a trial that has fewer gets the leader's, moved by their distance on the folds that it has. */
export function standing(trial: Trial, folds: number, leader: Trial): number {
  if (trial.fits.length >= folds) return meanScore(trial, folds);
  const own = trial.fits.length;
  return meanScore(leader, folds) + meanScore(trial, own) - meanScore(leader, own);
}

/** Trials of one branch read the same prepared rows. */
export function branchOf(trial: Pick<Trial, 'learner' | 'preparation'>): string {
  return JSON.stringify([trial.learner.input, trial.preparation ?? null]);
}
