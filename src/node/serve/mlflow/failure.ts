import { type ErrorCode, MillwrightError } from '../../../core/errors.js';
import { statusOf } from '../refusal.js';

/** Our codes in the words of MLflow's clients. */
const CODES: ReadonlyMap<ErrorCode, string> = new Map<ErrorCode, string>([
  ['REQUEST_INVALID', 'INVALID_PARAMETER_VALUE'],
  ['OPTION_INVALID', 'INVALID_PARAMETER_VALUE'],
  ['REQUEST_TOO_LARGE', 'INVALID_PARAMETER_VALUE'],
  ['MEDIA_TYPE', 'INVALID_PARAMETER_VALUE'],
  ['BUNDLE_UNREADABLE', 'INVALID_PARAMETER_VALUE'],
  ['BUNDLE_TAMPERED', 'INVALID_PARAMETER_VALUE'],
  ['BUNDLE_TOO_NEW', 'INVALID_PARAMETER_VALUE'],
  ['NOT_FOUND', 'RESOURCE_DOES_NOT_EXIST'],
  ['METHOD_NOT_ALLOWED', 'ENDPOINT_NOT_FOUND'],
  ['STORE_CONFLICT', 'RESOURCE_ALREADY_EXISTS'],
  ['NOT_AUTHENTICATED', 'UNAUTHENTICATED'],
  ['NOT_ALLOWED', 'PERMISSION_DENIED'],
  ['GATE_REFUSED', 'PERMISSION_DENIED'],
  ['TOO_MANY_REQUESTS', 'REQUEST_LIMIT_EXCEEDED'],
  ['OVERLOADED', 'TEMPORARILY_UNAVAILABLE'],
  ['STORE_BUSY', 'TEMPORARILY_UNAVAILABLE'],
]);

/** What is told of a failure in the form of MLflow: `error_code` and `message`. Nothing of the inside is told. */
export function mlflowFailure(error: unknown): { status: number; body: string } {
  const known = error instanceof MillwrightError && CODES.has(error.code);
  const { code, message, hint } = known ? error : { code: 'INTERNAL' as const, message: 'The request could not be answered.', hint: '' };
  const told = { error_code: CODES.get(code) ?? 'INTERNAL_ERROR', message: hint ? `${message} ${hint}` : message };
  return { status: code === 'STORE_CONFLICT' ? 400 : statusOf(code), body: JSON.stringify(told) };
}
