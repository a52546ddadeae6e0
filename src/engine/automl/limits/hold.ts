import { outputCount } from '../../../core/schema.js';
import type { Bundle } from '../../../model/bundle.js';
import { encodeBundle } from '../../../model/bundle-file.js';
import type { Model } from '../../../model/model.js';
import type { StepData } from '../../../model/step.js';
import type { RunContext } from '../run-context.js';
import type { WeightedTrial } from '../select-ensemble.js';
import { FinalCosts, isWithin } from './final-cost.js';
import { type Limits, limitsOf } from './limits.js';
import { memberCost, noCost, plus } from './model-cost.js';
import { shareWithin } from './select-within.js';
import { withFewerTrees } from './shrink.js';

interface Prepared {
  readonly recipe: StepData[];
  readonly model: Model;
}

/** Steps of making a model smaller until its file is. */
const mostSteps = 8;

/** How often the members that draw random numbers may be fitted. */
export function seedsWithin(context: RunContext, members: readonly WeightedTrial[], limits: Limits): number {
  const costs = new FinalCosts(context);
  let once = costs.ofRest(members.map((m) => m.trial));
  let again = noCost;
  for (const { trial } of members) {
    const cost = plus(costs.ofModel(trial), memberCost(outputCount(context.task)));
    if (trial.learner.seeded) again = plus(again, cost);
    else once = plus(once, cost);
  }
  return Math.max(1, Math.floor(shareWithin(once, again, limits)));
}

/**
 * The first of some models that is within the plan's limits; if none is, the last with fewer trees.
 * @param attempts from the best on, at least one; the last is a single model where one was chosen
 */
export function firstWithin<P extends Prepared>(context: RunContext, members: readonly WeightedTrial[], attempts: readonly (() => P)[]): P {
  const limits = limitsOf(context.plan);
  const costs = new FinalCosts(context);
  let last: P | undefined;
  // a mean of the folds' models is no longer one that a person can read
  for (const attempt of limits.interpretable ? attempts.slice(-1) : attempts) {
    last = attempt();
    if (isWithin(costs.ofPipeline(last.recipe, last.model), limits)) return last;
  }
  const whole = last as P;
  const rest = costs.ofRest(members.map((m) => m.trial));
  const { nanoseconds, bytes } = costs.ofPipeline(whole.recipe, whole.model);
  const share = shareWithin(rest, { nanoseconds: nanoseconds - rest.nanoseconds, bytes: bytes - rest.bytes }, limits);
  return { ...whole, model: fewer(whole.model, share, members) };
}

/** The bundle, with as many trees taken away as its file must be smaller; as it is when nothing more can be taken. */
export async function holdSize(bundle: Bundle, size: number | null, members: readonly WeightedTrial[]): Promise<Bundle> {
  let held = bundle;
  for (let step = 0; size !== null && step < mostSteps; step++) {
    const { length } = await encodeBundle(held);
    if (length <= size) break;
    const model = fewer(held.model, (0.95 * size) / length, members);
    if (model === held.model) break;
    held = { ...held, model };
  }
  return held;
}

function fewer(model: Model, share: number, members: readonly WeightedTrial[]): Model {
  const forests = members.filter(({ trial }) => trial.learner.forest).length;
  // of numbers, a forest among boosted trees cannot be told from them
  if (forests > 0 && forests < members.length) return model;
  return withFewerTrees(model, share, () => forests > 0);
}
