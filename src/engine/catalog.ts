import type { Learner } from './learn/learner.js';
import { fitRecipe } from './prep/fit-recipe.js';
import type { FittedRecipe, RecipeRequest } from './prep/recipe-request.js';

/** What a run may choose from; handed to it, so that tests and other hosts can bring their own. */
export interface Catalog {
  /** The simplest first. */
  readonly learners: readonly Learner[];
  readonly fitRecipe: (request: RecipeRequest) => FittedRecipe;
}

/** The catalog of that list of learners, with the preparation that Millwright ships. */
export function catalogOf(learners: readonly Learner[]): Catalog {
  return { learners, fitRecipe };
}
