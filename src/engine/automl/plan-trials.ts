import type { Catalog } from '../catalog.js';
import { baselineId } from './fitter.js';
import { learnerOf } from './learner-of.js';
import type { Plan } from './plan.js';
import type { Candidate, Trial } from './trial.js';

/** The plan's candidates, the baseline before them. @throws MillwrightError `PLAN_INVALID` for an unknown learner */
export function planTrials(plan: Plan, catalog: Catalog): Trial[] {
  const candidates = plan.candidates.some((c) => c.learner === baselineId)
    ? plan.candidates
    : [{ learner: baselineId, parameters: {} }, ...plan.candidates];
  // the baseline is fitted first whatever the order: it is the result of last resort
  const ordered = [...candidates.filter((c) => c.learner === baselineId), ...candidates.filter((c) => c.learner !== baselineId)];
  const trials: Trial[] = [];
  for (const candidate of ordered) trials.push(nextTrial(candidate, trials, catalog));
  return trials;
}

/** A trial of one more candidate. */
export function nextTrial({ learner, parameters }: Candidate, trials: readonly Trial[], catalog: Catalog): Trial {
  const count = trials.filter((t) => t.learner.id === learner).length + 1;
  return { id: count === 1 ? learner : `${learner}#${count}`, learner: learnerOf(catalog, learner), parameters, fits: [], dropped: false };
}
