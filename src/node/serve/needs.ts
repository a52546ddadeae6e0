import type { Role } from '../store/records.js';

/** What a route needs of a caller, and the roles that have it; `everyone`: no token is asked for. */
export const NEEDS = {
  everyone: undefined,
  describe: ['viewer', 'predictor', 'builder', 'approver', 'admin'],
  predict: ['predictor', 'builder', 'admin'],
  feedback: ['predictor', 'builder', 'admin'],
  metrics: ['viewer', 'builder', 'admin'],
  operate: ['admin'],
} as const satisfies Record<string, readonly Role[] | undefined>;

export type Need = keyof typeof NEEDS;
