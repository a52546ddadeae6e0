import type { Bundle } from '../../model/bundle.js';
import { canonicalPlan } from './canonical-plan.js';
import { baselineId } from './fitter.js';
import { foldEnsemble } from './fold-ensemble.js';
import { leaderOf } from './reserve.js';
import type { RunContext } from './run-context.js';
import { meanScore, type Trial } from './trial.js';

/** The leading trial as a model of raw rows, its folds' models together; undefined while the baseline leads. */
export function bestSoFar(
  context: RunContext,
  trials: readonly Trial[],
  lineage: { millwright: string; dataHash: string; rows: number },
): Bundle | undefined {
  const { plan, schema, task, metric } = context;
  const leader = leaderOf(context, trials);
  if (!leader || leader.learner.id === baselineId) return undefined;
  const folds = leader.fits.map((_, k) => k);
  return {
    schema,
    task,
    recipe: [],
    model: foldEnsemble(context, [{ trial: leader, weight: 1 }], folds),
    metrics: {
      metric: metric.id,
      candidate: leader.id,
      learner: leader.learner.title,
      validation: meanScore(leader, folds.length),
      folds: folds.length,
      unfinished: true,
    },
    ...(task.kind === 'binary' && plan.threshold !== 'auto' && { threshold: plan.threshold }),
    lineage: { ...lineage, seed: plan.seed, plan: canonicalPlan(plan) },
  };
}
