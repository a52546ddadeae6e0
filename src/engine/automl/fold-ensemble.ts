import { outputCount } from '../../core/schema.js';
import { type Branch, EnsembleModel } from '../../model/ensemble.js';
import type { RunContext } from './run-context.js';
import { combinationOf, type WeightedTrial } from './select-ensemble.js';
import { branchOf } from './trial.js';

/**
 * The chosen trials' models of the folds as one model of raw rows: what was selected, as it is.
 * @param folds which folds' models; each counts the same
 */
export function foldEnsemble(context: RunContext, members: readonly WeightedTrial[], folds: readonly number[]): EnsembleModel {
  const branches = folds.flatMap((fold) => foldBranches(members, fold, 1 / folds.length));
  return new EnsembleModel(combinationOf(context), outputCount(context.task), branches);
}

/** One branch for each preparation that the members of a fold share. */
export function foldBranches(members: readonly WeightedTrial[], fold: number, share: number): Branch[] {
  const branches = new Map<
    string,
    { recipe: Branch['recipe']; members: { model: Branch['members'][number]['model']; weight: number }[] }
  >();
  for (const { trial, weight } of members) {
    const fit = trial.fits[fold];
    if (!fit) continue;
    const branch = branches.get(branchOf(trial)) ?? { recipe: fit.recipe, members: [] };
    branch.members.push({ model: fit.model, weight: weight * share });
    branches.set(branchOf(trial), branch);
  }
  return [...branches.values()];
}
