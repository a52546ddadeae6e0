import { catalogOf } from '../../engine/catalog.js';
import { constantLearner } from '../../engine/learn/constant/constant-learner.js';
import { linearLearner } from '../../engine/learn/linear/linear-learner.js';
import { mlpLearner } from '../../engine/learn/mlp/mlp-learner.js';
import { boostedTrees } from '../../engine/learn/trees/boosted-trees.js';

/** The learners that a run may choose from, the simplest first. */
export const catalog = catalogOf([constantLearner, linearLearner, boostedTrees, mlpLearner]);
