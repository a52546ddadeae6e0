import type { Catalog } from '../catalog.js';
import { baselineId } from './fitter.js';
import { learnerOf } from './learner-of.js';
import type { Plan } from './plan.js';
import { type Trial, trialIds } from './trial.js';

/** The plan's candidates, the baseline before them. @throws MillwrightError `PLAN_INVALID` for an unknown learner */
export function planTrials(plan: Plan, catalog: Catalog): Trial[] {
  const candidates = plan.candidates.some((c) => c.learner === baselineId)
    ? plan.candidates
    : [{ learner: baselineId, parameters: {} }, ...plan.candidates];
  // the baseline is fitted first whatever the order: it is the result of last resort
  const ordered = [...candidates.filter((c) => c.learner === baselineId), ...candidates.filter((c) => c.learner !== baselineId)];
  const ids = trialIds(ordered.map((c) => c.learner));
  return ordered.map((candidate, i) => ({
    id: ids[i] as string,
    learner: learnerOf(catalog, candidate.learner),
    parameters: candidate.parameters,
    fits: [],
    dropped: false,
  }));
}
