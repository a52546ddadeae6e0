import type { ErrorCode } from '../../core/errors.js';

/** Exit statuses are part of the contract for scripts. */
export const EXIT = { done: 0, failed: 1, usage: 2, alert: 3, interrupted: 130, pipe: 141 } as const;

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['USAGE', 'PLAN_INVALID', 'OPTION_INVALID', 'POLICY_INVALID']);

/** The exit status for an error code: 2 when the command line or plan is wrong, 130 when interrupted, else 1. */
export function exitStatus(code: ErrorCode): number {
  if (code === 'INTERRUPTED') return EXIT.interrupted;
  return USAGE_CODES.has(code) ? EXIT.usage : EXIT.failed;
}
