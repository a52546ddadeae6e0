import type { FitJob, FitOutcome, FitTeam, NoFit } from './fit-team.js';

/** A fit, whatever time it had. */
export type NamedJob = Omit<FitJob, 'milliseconds'>;

/** Where the finished work of a run outlives it, so that a run that was killed can go on with it. */
export interface KeptWork {
  /** What an earlier part of the run got from this very job; undefined: nothing. */
  recall(job: NamedJob): FitOutcome | NoFit | undefined;
  keep(job: NamedJob, outcome: FitOutcome | NoFit): void;
  /** What an earlier part settled at a place of the work log; `counts` is undefined where it settled on nothing. */
  settled(place: string): { readonly counts?: Record<string, number> } | undefined;
  settle(place: string, counts: Record<string, number> | undefined): void;
}

/** The same team; what it finishes is kept, and what was kept is not done again. */
export function keepingTeam(team: FitTeam, kept: KeptWork): FitTeam {
  let stopped = false;
  return {
    size: team.size,
    recall: (job) => kept.recall(job),
    fit: async (slot, job, onProgress) => {
      const outcome = await team.fit(slot, job, onProgress);
      // what a person's interrupt cut is done anew when the run goes on
      if (!stopped || typeof outcome === 'string' || !outcome.cut) kept.keep(job, outcome);
      return outcome;
    },
    stop: () => {
      stopped = true;
      team.stop();
    },
  };
}
