import { describe, it } from 'vitest';
import { learnerConformance } from '../../checks/learner-conformance.js';
import { mlpLearner } from './mlp-learner.js';

describe('the neural network conforms', () => {
  for (const { name, run } of learnerConformance(mlpLearner, { parameters: { epochs: 40, hidden: 16, batch: 64 }, tolerance: 0.07 }))
    it(name, run);
});
