import { PERMISSIONS } from '../commands/registry/permissions.js';
import type { Role } from '../store/records.js';

/** What a route needs of a caller, and the roles that have it; `everyone`: no token is asked for. */
export const NEEDS = {
  everyone: undefined,
  describe: ['viewer', 'predictor', 'builder', 'approver', 'admin'],
  predict: PERMISSIONS.predict,
  feedback: PERMISSIONS.feedback,
  metrics: ['viewer', 'builder', 'admin'],
  operate: ['admin'],
  review: PERMISSIONS.read,
  log: PERMISSIONS['run.log'],
  register: PERMISSIONS['version.register'],
  ask: PERMISSIONS['request.open'],
  handle: PERMISSIONS['alert.handle'],
  retrain: PERMISSIONS.retrain,
  decide: PERMISSIONS['request.approve'],
} as const satisfies Record<string, readonly Role[] | undefined>;

export type Need = keyof typeof NEEDS;
