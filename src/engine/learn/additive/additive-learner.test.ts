import { describe, it } from 'vitest';
import { learnerConformance } from '../../checks/learner-conformance.js';
import { additiveLearner } from './additive-learner.js';

describe('explainable boosting conforms', () => {
  const parameters = { rounds: 80, pairRounds: 20, bags: 3, learningRate: 0.1 };
  for (const { name, run } of learnerConformance(additiveLearner, { parameters, tolerance: 0.07 })) it(name, run);
});
