import { describe, it } from 'vitest';
import { learnerConformance } from '../../checks/learner-conformance.js';
import { extraTrees, randomForest } from './forest-learner.js';

for (const learner of [randomForest, extraTrees])
  describe(`${learner.title} conforms`, () => {
    for (const { name, run } of learnerConformance(learner, { parameters: { trees: 60 }, tolerance: 0.07 })) it(name, run);
  });
