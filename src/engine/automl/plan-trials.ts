import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import type { Schema } from '../../core/schema.js';
import type { Catalog } from '../catalog.js';
import type { Preparation } from './fit-team.js';
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
  for (const candidate of ordered) trials.push(nextTrial(candidate, trials, catalog, madePreparation(plan)));
  return trials;
}

/** What a plan says is to be made of the columns; undefined when that is nothing, or not settled yet. */
export function madePreparation({ preparation }: Pick<Plan, 'preparation'>): Preparation | undefined {
  if (!preparation || typeof preparation === 'string') return undefined;
  const { features, drop } = preparation;
  return features.length + drop.length > 0 ? { features, drop } : undefined;
}

/** @throws MillwrightError `COLUMN_NOT_FOUND` for a made or dropped column of one that is not there */
export function checkPreparation(plan: Plan, { columns }: Schema): void {
  const made = madePreparation(plan);
  const names = columns.map((c) => c.name);
  const known = new Set(names);
  const used = (made?.features ?? []).flatMap((f) => ('by' in f ? [f.column, f.by] : f.columns));
  const unknown = [...used, ...(made?.drop ?? [])].find((name) => !known.has(name));
  if (unknown === undefined) return;
  const near = nearestName(unknown, names);
  throw new MillwrightError(
    'COLUMN_NOT_FOUND',
    `The plan's preparation names "${unknown}", which is no column.`,
    near ? `Did you mean "${near}"?` : 'Correct or remove it in the plan.',
  );
}

/** A trial of one more candidate. @param made what its columns are besides those of the schema */
export function nextTrial(candidate: Candidate, trials: readonly Trial[], catalog: Catalog, made?: Preparation): Trial {
  const { learner, parameters, prepared = true, selected, taught } = candidate;
  const seen = prepared ? made : undefined;
  const count = trials.filter((t) => t.learner.id === learner).length + 1;
  return {
    id: count === 1 ? learner : `${learner}#${count}`,
    learner: learnerOf(catalog, learner),
    parameters,
    fits: [],
    preparation: learner === baselineId ? undefined : selected ? selectedFrom(seen) : seen,
    ...(taught && { taught: [] }),
    dropped: false,
  };
}

/** The same columns, less those that the rows of each fit decline. */
function selectedFrom(made: Preparation | undefined): Preparation {
  return { features: made?.features ?? [], drop: made?.drop ?? [], selected: true };
}

/** A trial as a plan writes it down. */
export function candidateOf({ learner, parameters, preparation, taught }: Trial, made: Plan['preparation']): Plan['candidates'][number] {
  const bare = !preparation || preparation.features.length + preparation.drop.length === 0;
  const raw = bare && learner.id !== baselineId && madePreparation({ preparation: made }) !== undefined;
  return {
    learner: learner.id,
    parameters,
    ...(raw && { prepared: false }),
    ...(preparation?.selected && { selected: true }),
    ...(taught && { taught: true }),
  };
}
