import { describe, it } from 'vitest';
import { learnerConformance } from '../../checks/learner-conformance.js';
import { naiveBayes } from './naive-bayes.js';

describe('naive Bayes conforms', () => {
  for (const { name, run } of learnerConformance(naiveBayes)) it(name, run);
});
