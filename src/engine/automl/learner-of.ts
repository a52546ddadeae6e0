import { MillwrightError } from '../../core/errors.js';
import type { Catalog } from '../catalog.js';
import type { Learner } from '../learn/learner.js';

/** The learner of that id. @throws MillwrightError `PLAN_INVALID` when there is none */
export function learnerOf(catalog: Catalog, id: string): Learner {
  const found = catalog.learners.find((l) => l.id === id);
  if (found) return found;
  throw new MillwrightError(
    'PLAN_INVALID',
    `The plan names a learner "${id}" that does not exist.`,
    `Choose among ${catalog.learners.map((l) => l.id).join(', ')}.`,
  );
}
