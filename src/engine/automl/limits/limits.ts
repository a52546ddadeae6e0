import type { Plan } from '../plan.js';

/** What the final model may cost, and whether a person must be able to read it. */
export interface Limits {
  /** Microseconds to answer one row, foreseen from counts; null: no limit. */
  readonly latency: number | null;
  /** Bytes of the model's file; null: no limit. */
  readonly size: number | null;
  /** Only learners whose whole model a person can read, one of them alone. */
  readonly interpretable: boolean;
}

/** Microseconds that a row may take when nobody says: a usual machine then answers well within 0.2 ms. */
export const usualLatency = 110;

/** What a plan allows. */
export function limitsOf(plan: Pick<Plan, 'limits'>): Limits {
  const { latency = usualLatency, size = null, interpretable = false } = plan.limits ?? {};
  return { latency, size, interpretable };
}
