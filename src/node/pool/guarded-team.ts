import type { FitOutcome, NoFit } from '../../engine/automl/fit-team.js';
import { baselineId } from '../../engine/automl/fitter.js';
import type { OpenTeam } from '../../engine/automl/run.js';

/** A team whose workers can be started anew, so that what they hold is given back. */
export interface RenewableTeam extends OpenTeam {
  renew(slot: number): Promise<void>;
}

/** Share of the ceiling above which fits wait for each other, and above which a fit is not begun. */
const ALONE = 0.8;
const FULL = 0.92;

/**
 * Keeps a team under a ceiling: where the process takes much of it, fits go one at a time and workers begin anew without what they kept; where that does not
 * help, a fit is declined for lack of memory.
 * @param taken bytes that the process takes now
 * @param declined told once of each fit that was not begun
 */
export function guardedTeam(
  team: RenewableTeam,
  ceiling: number,
  taken: () => number = () => process.memoryUsage.rss(),
  declined: (place: string) => void = () => {},
): OpenTeam {
  let busy = 0;
  // what was short once will be again: from then on one fit at a time
  let alone = false;
  let ended: (() => void)[] = [];
  const wait = (): Promise<void> =>
    new Promise((resolve) => {
      ended.push(resolve);
    });
  return {
    ...team,
    size: team.size,
    fit: async (slot, job, onProgress): Promise<FitOutcome | NoFit> => {
      while (busy > 0 && (alone || taken() > ALONE * ceiling)) await wait();
      busy++;
      try {
        // only idle ones: this is the only fit, and has not begun
        if (busy === 1 && taken() > ALONE * ceiling) {
          alone = true;
          for (let i = 0; i < team.size; i++) await team.renew(i);
        }
        if (taken() > FULL * ceiling && job.learner !== baselineId) {
          declined(job.place);
          return 'memory';
        }
        return await team.fit(slot, job, onProgress);
      } finally {
        busy--;
        const waiting = ended;
        ended = [];
        for (const resume of waiting) resume();
      }
    },
  };
}
