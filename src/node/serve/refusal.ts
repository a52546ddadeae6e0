import { type ErrorCode, MillwrightError } from '../../core/errors.js';

/** One cell or place of a request that cannot be taken. */
export interface FieldIssue {
  /** From 0. */
  row?: number;
  column?: string;
  message: string;
}

/** A request that is refused, with the places that are wrong. */
export class Refusal extends MillwrightError {
  constructor(
    code: ErrorCode,
    message: string,
    hint?: string,
    readonly fields: readonly FieldIssue[] = [],
    /** Seconds until it may be asked again. */
    readonly retryAfter?: number,
  ) {
    super(code, message, hint);
  }
}

const STATUS: ReadonlyMap<ErrorCode, number> = new Map<ErrorCode, number>([
  ['REQUEST_INVALID', 400],
  ['OPTION_INVALID', 400],
  ['USAGE', 400],
  ['NOT_AUTHENTICATED', 401],
  ['NOT_ALLOWED', 403],
  ['NOT_FOUND', 404],
  ['METHOD_NOT_ALLOWED', 405],
  ['REQUEST_TOO_LARGE', 413],
  ['MEDIA_TYPE', 415],
  ['DATA_RAGGED', 422],
  ['DATA_DUPLICATE_COLUMNS', 422],
  ['SCHEMA_MISMATCH', 422],
  ['STORE_CONFLICT', 409],
  ['GATE_REFUSED', 409],
  ['STORE_BUSY', 503],
  ['BUNDLE_UNREADABLE', 422],
  ['BUNDLE_TAMPERED', 422],
  ['BUNDLE_TOO_NEW', 422],
  ['ONNX_UNUSABLE', 422],
  ['SIGNATURE_REFUSED', 409],
  ['MODEL_FAILED', 503],
  ['RUNTIME_MISSING', 503],
  ['TOO_MANY_REQUESTS', 429],
  ['OVERLOADED', 503],
]);

/** The HTTP status that goes with an error code. */
export function statusOf(code: ErrorCode): number {
  return STATUS.get(code) ?? 500;
}

/** The same for the Open Inference Protocol, whose errors are a text. */
export function failureText(error: unknown): { status: number; body: string } {
  const { status, body } = failureBody(error);
  const { error: told } = JSON.parse(body) as { error: { code: string; message: string; fields?: object[] } };
  const fields = told.fields ? ` ${JSON.stringify(told.fields.slice(0, 5))}` : '';
  return { status, body: JSON.stringify({ error: `[${told.code}] ${told.message}${fields}` }) };
}

/** What is told of a failure; nothing of the inside is told of one that has no documented code. */
export function failureBody(error: unknown): { status: number; body: string } {
  const known = error instanceof MillwrightError && statusOf(error.code) !== 500;
  const { code, message, hint, fields } = known
    ? (error as MillwrightError & Partial<Refusal>)
    : { code: 'INTERNAL' as const, message: 'The request could not be answered.', hint: 'See the log of the server.', fields: [] };
  return {
    status: statusOf(code),
    body: JSON.stringify({ error: { code, message, ...(hint && { hint }), ...(fields && fields.length > 0 && { fields }) } }),
  };
}
