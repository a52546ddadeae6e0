import { MillwrightError } from '../../core/errors.js';
import { nearestName } from '../../core/nearest-name.js';
import type { Plan } from '../../engine/automl/plan.js';
import type { Learner, Parameters } from '../../engine/learn/learner.js';
import { buildSpace, type Space, type SpaceOverrides } from '../../engine/search/search-space.js';
import { gridSize } from '../../engine/search/space-points.js';
import { TUNE_METHODS, type TuneMethod, type TuneResult } from '../../engine/tune/tune.js';
import { catalog } from './catalog.js';

/** @throws MillwrightError `OPTION_INVALID` with the nearest name */
export function learnerNamed(id: string): Learner {
  const learners = catalog.learners.filter((l) => l.id !== 'baseline');
  const found = learners.find((l) => l.id === id);
  if (found) return found;
  const ids = learners.map((l) => l.id);
  throw notOneOf('--learner', id, ids);
}

/** @throws MillwrightError `OPTION_INVALID` with the nearest name */
export function methodNamed(name: string): TuneMethod {
  const found = TUNE_METHODS.find((m) => m === name);
  if (found) return found;
  throw notOneOf('--method', name, TUNE_METHODS);
}

function notOneOf(option: string, given: string, known: readonly string[]): MillwrightError {
  const near = nearestName(given, known);
  return new MillwrightError(
    'OPTION_INVALID',
    `${option} "${given}" does not exist.`,
    `${near ? `Did you mean "${near}"? ` : ''}Choose among ${known.join(', ')}.`,
  );
}

/** The space to search: the learner's, with what the metric asks for (say, a loss) kept, and what a person says. */
export function spaceFor(learner: Learner, plan: Plan, overrides: SpaceOverrides, only: boolean): Space {
  const proposed = plan.candidates.find((c) => c.learner === learner.id)?.parameters ?? {};
  // words choose what is minimised; numbers are what is searched
  const fixed = Object.fromEntries(
    Object.entries(proposed).filter(([name, value]) => typeof value === 'string' && learner.parameters[name]?.search === undefined),
  );
  return buildSpace(learner, overrides, { only, fixed });
}

/** Points that a grid has at most when nobody says what to search. */
const OWN_GRID = 100;

/**
 * A part of a space whose grid is small: its numbers, then its choices, as they are declared, what matters most first, as far as they fit.
 * @returns the space itself when its grid is small enough
 */
export function smallGrid(space: Space, points: number): Space {
  if (gridSize(space, points, OWN_GRID) <= OWN_GRID) return space;
  const part = (names: ReadonlySet<string>): Space => ({ ...space, dimensions: space.dimensions.filter((d) => names.has(d.name)) });
  let kept = new Set<string>();
  for (const kind of ['number', 'choice'] as const)
    for (const { name, when } of space.dimensions.filter((d) => d.kind === kind)) {
      if (when && !kept.has(when.parameter)) continue;
      const more = new Set([...kept, name]);
      if (gridSize(part(more), points, OWN_GRID) <= OWN_GRID) kept = more;
    }
  return kept.size > 0 ? part(kept) : space;
}

/** The plan with other folds, when they are asked for. */
export function withFolds(plan: Plan, folds: number | undefined): Plan {
  if (folds === undefined) return plan;
  return { ...plan, validation: { ...plan.validation, folds, reason: `${plan.validation.reason} The number of folds was set by hand.` } };
}

/** Only what differs from the learner's defaults. */
export function changedParameters(learner: Learner, parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).filter(([name, value]) => learner.parameters[name]?.default !== value));
}

/** A plan for `run` that tries the best parameters found. */
export function tunedPlan(plan: Plan, learner: Learner, { best }: TuneResult): Plan {
  const { work: _, ...rest } = plan;
  const candidates = [
    { learner: 'baseline', parameters: plan.candidates.find((c) => c.learner === 'baseline')?.parameters ?? {} },
    { learner: learner.id, parameters: changedParameters(learner, best.parameters) },
  ];
  return { ...rest, candidates };
}
