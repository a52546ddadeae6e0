import { catalogOf } from '../../engine/catalog.js';
import { additiveLearner } from '../../engine/learn/additive/additive-learner.js';
import { constantLearner } from '../../engine/learn/constant/constant-learner.js';
import { extraTrees, randomForest } from '../../engine/learn/forest/forest-learner.js';
import { linearLearner } from '../../engine/learn/linear/linear-learner.js';
import { mlpLearner } from '../../engine/learn/mlp/mlp-learner.js';
import { naiveBayes } from '../../engine/learn/naive-bayes/naive-bayes.js';
import { nearestNeighbours } from '../../engine/learn/neighbours/nearest-neighbours.js';
import { boostedTrees } from '../../engine/learn/trees/boosted-trees.js';

/** The learners that a run may choose from, the simplest first. */
export const catalog = catalogOf([
  constantLearner,
  linearLearner,
  naiveBayes,
  nearestNeighbours,
  additiveLearner,
  randomForest,
  extraTrees,
  boostedTrees,
  mlpLearner,
]);
