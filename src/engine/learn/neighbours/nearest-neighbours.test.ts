import { describe, it } from 'vitest';
import { learnerConformance } from '../../checks/learner-conformance.js';
import { nearestNeighbours } from './nearest-neighbours.js';

// the number of neighbours is chosen from a grid, and counts rows: five copies of a row fill it sooner
describe('nearest neighbours conform', () => {
  for (const { name, run } of learnerConformance(nearestNeighbours, { tolerance: 0.08 })) it(name, run);
});
