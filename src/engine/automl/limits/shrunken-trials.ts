import { applyRecipe } from '../../../model/recipe.js';
import { TreesModel } from '../../../model/trees.js';
import type { FoldRows } from '../fold-rows.js';
import { pick } from '../pick.js';
import { type RunContext, scoreOf } from '../run-context.js';
import type { FoldFit, Trial } from '../trial.js';
import { firstTrees } from './shrink.js';

/** Whether a trial can be made smaller. */
export function isShrinkable(trial: Trial): boolean {
  return trial.fits.length > 0 && trial.fits.every((f) => f.model instanceof TreesModel);
}

/**
 * A trial with the first trees of its models, predictions and scores included: boosted trees as they were after fewer rounds, or a smaller forest.
 * Fitted anew, it stops there too.
 * @param share of the trees, above 0
 */
export function shrunken(context: RunContext, trial: Trial, share: number, folds: readonly FoldRows[]): Trial {
  const { answered } = context;
  const forest = trial.learner.forest === true;
  let trees = 0;
  const fits = trial.fits.slice(0, folds.length).map((fit, k): FoldFit => {
    const whole = fit.model as TreesModel;
    const model = firstTrees(whole, Math.floor(whole.trees.roots.length * share), forest);
    const { validation } = folds[k] as FoldRows;
    const predicted = model.predict(applyRecipe(fit.recipe, answered.table.take(validation)));
    const kept = model.trees.roots.length / whole.trees.roots.length;
    trees = Math.max(trees, model.trees.roots.length);
    const work = fit.work.rounds === undefined ? fit.work : { ...fit.work, rounds: Math.max(1, Math.round(fit.work.rounds * kept)) };
    const weights = answered.weights && pick(answered.weights, validation);
    return { ...fit, model, work, predicted, score: scoreOf(context, pick(answered.target, validation), predicted, weights) };
  });
  const parameters = forest ? { ...trial.parameters, trees } : trial.parameters;
  return { ...trial, id: `${trial.id}~${trees}`, parameters, fits };
}
