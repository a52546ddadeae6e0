import type { FitJob, FitOutcome, FitTeam, NoFit } from './fit-team.js';

/** A fit that is wanted; what it may take is asked when its turn comes. */
export interface Wanted {
  readonly job: Omit<FitJob, 'milliseconds'>;
  /** Milliseconds that it may take from now; 0 or less: it is not begun. */
  readonly allowed: () => number;
  readonly onStart?: () => void;
  readonly onProgress?: (done: number) => void;
  readonly onEnd?: (outcome: FitOutcome | NoFit | undefined) => void;
}

/**
 * Has fits done by a team, as many at once as it can, in order as far as possible; jobs of one division go one after the other to whoever has its rows ready.
 * @returns outcomes in the order of `wanted`; undefined for what there was no time for
 */
export async function dispatch(team: FitTeam, wanted: readonly Wanted[]): Promise<(FitOutcome | NoFit | undefined)[]> {
  const outcomes: (FitOutcome | NoFit | undefined)[] = wanted.map(() => undefined);
  const waiting = wanted.map((_, i) => i);
  const held: (string | undefined)[] = new Array(team.size).fill(undefined);
  const next = (slot: number): number | undefined => {
    const division = (i: number): string => (wanted[i] as Wanted).job.division;
    const own = waiting.findIndex((i) => division(i) === held[slot]);
    const free = waiting.findIndex((i) => !held.includes(division(i)));
    const at = own >= 0 ? own : Math.max(free, 0);
    const [taken] = waiting.splice(at, 1);
    return taken;
  };
  const serve = async (slot: number): Promise<void> => {
    for (;;) {
      const i = next(slot);
      if (i === undefined) return;
      const { job, allowed, onStart, onProgress, onEnd } = wanted[i] as Wanted;
      const before = team.recall?.(job);
      const milliseconds = before ? 0 : allowed();
      if (before) outcomes[i] = before;
      else if (milliseconds > 0) {
        held[slot] = job.division;
        onStart?.();
        outcomes[i] = await team.fit(slot, { ...job, milliseconds }, onProgress);
      }
      onEnd?.(outcomes[i]);
    }
  };
  await Promise.all(Array.from({ length: team.size }, (_, slot) => serve(slot)));
  return outcomes;
}
